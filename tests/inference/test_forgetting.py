"""What was deleted is not kept at hand, whoever deleted it and however."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cartridge_store.grants import GrantedCartridge
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from services.inference.app import create_app
from services.inference.owners import Owners
from services.inference.settings import InferenceSettings

from .serving import Caller, await_ready, serving
from .shelf import OTHER_TEXT, Shelf


@pytest.fixture(scope="module")
def forgetful_url(
    settings: InferenceSettings, objects: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A service that looks often."""
    update = {"inference_forget_seconds": 0.2, "data_dir": tmp_path_factory.mktemp("forgetful")}
    with serving(create_app(settings.model_copy(update=update))) as url:
        with httpx.Client(base_url=url) as client:
            await_ready(client)
        yield url


@pytest.fixture
def forgetful(forgetful_url: str, settings: InferenceSettings, shelf: Shelf) -> Iterator[Caller]:
    with httpx.Client(base_url=forgetful_url, timeout=30) as client:
        yield Caller(client, settings, shelf.tenant_id)


def _at_hand(caller: Caller) -> set[str]:
    return {each["digest"] for each in caller.client.get("/v1/cartridges").json()["data"]}


def _await_gone(caller: Caller, digest: str) -> None:
    deadline = time.monotonic() + 30
    while digest in _at_hand(caller):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)


def test_a_cartridge_whose_object_is_gone_is_forgotten_and_no_other(forgetful: Caller, shelf: Shelf) -> None:
    deleted, other = shelf.put(tokens=21), shelf.put(OTHER_TEXT, tokens=22)
    for cartridge in (deleted, other):
        assert forgetful.ask(cartridge).status_code == 200
    pinned = {"digest": deleted.digest, "pinned": True}
    loaded = forgetful.client.post("/v1/load_cartridge", json=pinned, headers=forgetful.headers(deleted))
    assert loaded.status_code == 204
    assert _at_hand(forgetful) >= {deleted.digest, other.digest}
    shelf.objects.delete(deleted.object_key)
    _await_gone(forgetful, deleted.digest)
    assert other.digest in _at_hand(forgetful)
    assert forgetful.ask(deleted).json()["code"] == "cartridge_not_found"


def test_the_other_tenant_of_the_same_cartridge_goes_on_with_its_own(
    forgetful: Caller, forgetful_url: str, shelf: Shelf
) -> None:
    theirs = replace(shelf, tenant_id=new_id("ten"))
    mine, same = shelf.put(tokens=23), theirs.put(tokens=23)
    assert mine.digest == same.digest
    with httpx.Client(base_url=forgetful_url, timeout=30) as client:
        them = Caller(client, forgetful.settings, theirs.tenant_id)
        expected = [each.ask(which).json()["text"] for each, which in ((forgetful, mine), (them, same))]
        shelf.objects.delete(mine.object_key)
        _await_gone(forgetful, mine.digest)
        assert them.ask(same).json()["text"] == expected[1] == expected[0]
        time.sleep(0.6)
        assert same.digest in _at_hand(them)


def test_owners_are_known_after_a_restart(tmp_path: Path) -> None:
    directory = tmp_path / "owners"
    owners = Owners(directory)
    one = GrantedCartridge(digest="a" * 64, object_key="tenants/t/cartridges/a.safetensors", size_bytes=1)
    other = GrantedCartridge(digest="b" * 64, object_key="tenants/t/cartridges/b.safetensors", size_bytes=1)
    for cartridge in (one, other):
        owners.note("t", cartridge)
    owners.note("u", one.model_copy(update={"object_key": "tenants/u/cartridges/a.safetensors"}))
    owners.forget("t", other.digest)
    (directory / ("c" * 64)).write_text('{"t": "tenants')
    again = Owners(directory)
    assert again.of(one.digest) == {
        "t": one.object_key,
        "u": "tenants/u/cartridges/a.safetensors",
    }
    assert again.of(other.digest) == again.of("c" * 64) == {}


def test_what_was_granted_just_now_is_remembered_though_it_is_not_at_hand_yet(tmp_path: Path) -> None:
    directory = tmp_path / "owners"
    owners = Owners(directory)
    cartridge = GrantedCartridge(digest="a" * 64, object_key="tenants/t/x", size_bytes=1)
    owners.note("t", cartridge)
    owners.forget_all_but({"b"}, idle_seconds=60)
    assert owners.of(cartridge.digest) == {"t": "tenants/t/x"}
    owners.forget_all_but({"a" * 64}, idle_seconds=0)
    assert owners.of(cartridge.digest) == {"t": "tenants/t/x"}
    owners.forget_all_but({"b"}, idle_seconds=0)
    assert owners.of(cartridge.digest) == {}
    assert list(directory.iterdir()) == []
