"""Where sockets go."""

import os
from pathlib import Path

import pytest

from services.cli.stack.sockets import SocketDirectoryError, socket_directory

NAME = "linker-0.sock"


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the system calls its temporary directory."""
    directory = tmp_path_factory.mktemp("t")
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


def test_a_short_path_is_used_as_it_is(tmp_path: Path) -> None:
    wanted = tmp_path / "sockets"
    assert socket_directory(wanted, NAME) == wanted
    assert wanted.stat().st_mode & 0o777 == 0o700


def test_a_path_too_long_for_a_socket_gets_a_short_one_of_its_own(tmp_path: Path, temporary: Path) -> None:
    first, second = (socket_directory(tmp_path / ("d" * 100) / name, NAME) for name in ("a", "b"))
    assert first.parent == second.parent == temporary
    assert first != second
    assert first == socket_directory(tmp_path / ("d" * 100) / "a", NAME)
    assert len(os.fsencode(first / NAME)) <= 107


def test_a_link_in_its_place_is_not_followed(tmp_path: Path, temporary: Path) -> None:
    wanted = tmp_path / ("d" * 100)
    taken = socket_directory(wanted, NAME)
    taken.rmdir()
    taken.symlink_to(tmp_path)
    with pytest.raises(SocketDirectoryError, match="shorter data directory"):
        socket_directory(wanted, NAME)
