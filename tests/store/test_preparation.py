"""What has to be there before services start is made, and left alone where it is there."""

import pytest
from minio import Minio

from cartridge_store import preparation
from cartridge_store.db.roles import Role
from tests.conftest import Backing

BUCKET = "prepared"


@pytest.fixture
def environment(backing: Backing, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in backing.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CARTRIDGES_S3_BUCKET", BUCKET)
    return monkeypatch


def test_tables_logins_and_bucket_are_made_once_and_stay(
    environment: pytest.MonkeyPatch, backing: Backing, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preparation.main() == 0
    assert preparation.main() == 0
    assert "up to date" in capsys.readouterr().out
    client = Minio(
        backing.environment["CARTRIDGES_S3_ENDPOINT"],
        access_key=backing.environment["CARTRIDGES_S3_ACCESS_KEY"],
        secret_key=backing.environment["CARTRIDGES_S3_SECRET_KEY"],
        secure=False,
    )
    assert client.bucket_exists(BUCKET)
    client.remove_bucket(BUCKET)


def test_it_is_said_which_urls_are_missing(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv(Role.WORKER.url_variable)
    assert preparation.main() == 1
    assert Role.WORKER.url_variable in capsys.readouterr().err


def test_a_store_that_is_away_ends_it_with_a_word(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("CARTRIDGES_S3_ENDPOINT", "127.0.0.1:9")
    assert preparation.main() == 1
    assert BUCKET in capsys.readouterr().err
