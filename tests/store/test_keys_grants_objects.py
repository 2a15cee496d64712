"""Keys are kept as hashes, grants end and cannot be forged, objects are whole or missing."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from cartridge_store.errors import GrantInvalidError, ObjectMissingError, ObjectStoreUnavailableError
from cartridge_store.grants import Grant, GrantedCartridge, sign_grant, verify_grant
from cartridge_store.ids import new_id
from cartridge_store.keys import key_prefix, matches, new_key
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings

PEPPER = SecretStr("p" * 32)
SECRET = SecretStr("s" * 32)
GRANT = Grant(tenant_id="ten_a", cartridges=(GrantedCartridge(digest="d", object_key="k", size_bytes=3),))


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id("x") for _ in range(2000)]
    assert ids == sorted(set(ids))
    assert {len(id_) for id_ in ids} == {28}


def test_only_the_key_itself_matches_its_hash() -> None:
    key = new_key(PEPPER)
    assert key_prefix(key.text) == key.prefix
    assert matches(key.text, key.hash, PEPPER)
    assert not matches(key.text + "x", key.hash, PEPPER)
    assert not matches(key.text, key.hash, SecretStr("q" * 32))
    assert key.text not in repr(key)


@pytest.mark.parametrize("text", ["", "ck_", "sk-abc", "ck_short_" + "x" * 43, "ck_abcdefghjk_short"])
def test_what_is_no_key_has_no_prefix(text: str) -> None:
    assert key_prefix(text) is None


def test_a_grant_says_what_was_signed() -> None:
    assert verify_grant(sign_grant(GRANT, SECRET), SECRET) == GRANT


def test_a_grant_from_a_clock_that_is_ahead_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = time.time() + 30
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: ahead)
        token = sign_grant(GRANT, SECRET)
    assert verify_grant(token, SECRET) == GRANT


def test_settings_print_no_secret(environment: None) -> None:
    settings = DatabaseSettings(database_url="postgresql+psycopg://u:hunter2@h/d")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no.jwt.at-all",
        sign_grant(GRANT, SECRET, seconds=-1),
        sign_grant(GRANT, SecretStr("t" * 32)),
        sign_grant(GRANT, SECRET)[:-4] + "AAAA",
    ],
    ids=["empty", "malformed", "expired", "another secret", "tampered"],
)
def test_other_grants_are_refused(token: str) -> None:
    with pytest.raises(GrantInvalidError):
        verify_grant(token, SECRET)


def test_an_object_comes_back_as_it_was_put(objects: ObjectStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    objects.put_stream("t/streamed", io.BytesIO(content), size=None, content_type="text/plain")
    assert b"".join(objects.open_stream("t/streamed")) == content
    objects.get_file("t/streamed", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    found = objects.stat("t/streamed")
    assert found is not None
    assert found.size_bytes == len(content)


def test_a_missing_object_is_named(objects: ObjectStore, tmp_path: Path) -> None:
    assert not objects.exists("t/nowhere")
    with pytest.raises(ObjectMissingError, match="t/nowhere"):
        objects.get_file("t/nowhere", tmp_path / "copy")
    with pytest.raises(ObjectMissingError):
        objects.open_stream("t/nowhere")
    objects.delete("t/nowhere")


def test_deleting_a_prefix_leaves_its_neighbours(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for key in ("p/one/a", "p/one/b/c", "p/one-more/a"):
        objects.put_file(key, tmp_path / "file")
    objects.delete_prefix("p/one/")
    assert [info.key for info in objects.list("p/")] == ["p/one-more/a"]


def test_services_that_start_at_once_make_one_bucket(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTRIDGES_S3_BUCKET", new_id("bucket").replace("_", "-"))
    stores = [ObjectStore(ObjectStoreSettings()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ObjectStore.ensure_bucket, stores))
    stores[0].check()


def test_a_missing_bucket_is_not_taken_for_a_missing_object(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTRIDGES_S3_BUCKET", new_id("bucket").replace("_", "-"))
    with pytest.raises(ObjectStoreUnavailableError, match="NoSuchBucket"):
        ObjectStore(ObjectStoreSettings()).open_stream("t/nowhere")


def test_a_server_that_is_away_is_said_to_be_away(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTRIDGES_S3_ENDPOINT", "127.0.0.1:9")
    with pytest.raises(ObjectStoreUnavailableError):
        ObjectStore(ObjectStoreSettings()).check()
