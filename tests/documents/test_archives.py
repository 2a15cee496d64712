"""Archives are opened without trust: what is taken, what is refused and why, and that damaged ones do no harm."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartridge_documents.archives import ArchiveLimits, read_archive
from cartridge_documents.errors import (
    ArchiveTooLargeError,
    ArchiveTooManyEntriesError,
    ArchiveUnreadableError,
    DocumentError,
)

from .files import tarred, word, zipped

FILES = {"docs/a.md": b"# One", "docs/b/c.txt": b"two", "src/main.py": b"print(3)"}
ARCHIVES = {
    "a.zip": zipped(FILES),
    "a.tar": tarred(FILES, mode="w"),
    "a.tar.gz": tarred(FILES),
    "a.tar.bz2": tarred(FILES, mode="w:bz2"),
    "a.tar.xz": tarred(FILES, mode="w:xz"),
}


def _read(
    folder: Path, name: str, content: bytes, limits: ArchiveLimits | None = None
) -> tuple[dict[str, bytes], dict[str, str]]:
    """What was taken with its bytes, and what was refused with its code."""
    path = folder / "archive"
    path.write_bytes(content)
    taken, refused = {}, {}
    for entry in read_archive(path, name, limits or ArchiveLimits()):
        target = io.BytesIO()
        try:
            if entry.refusal is not None:
                raise entry.refusal
            entry.write(target)
            taken[entry.name] = target.getvalue()
        except (ArchiveTooLargeError, ArchiveTooManyEntriesError):
            raise
        except DocumentError as error:
            refused[entry.name] = error.code
    return taken, refused


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_kind_of_archive_gives_its_files_by_their_paths(name: str, tmp_path: Path) -> None:
    assert _read(tmp_path, name, ARCHIVES[name]) == (FILES, {})


def test_entries_of_a_zip_that_lead_astray_are_refused_one_by_one(tmp_path: Path) -> None:
    content = zipped(
        {
            "../out.txt": b"x",
            "/abs.txt": b"x",
            "C:\\windows.txt": b"x",
            "a\\..\\..\\b.txt": b"x",
            "inner.zip": ARCHIVES["a.zip"],
            "tool.exe": b"MZ",
            "good.txt": b"good",
        },
        links={"link.txt": "/etc/passwd"},
    )
    taken, refused = _read(tmp_path, "a.zip", content)
    assert taken == {"good.txt": b"good"}
    assert refused == {
        "out.txt": "entry_path_unsafe",
        "abs.txt": "entry_path_unsafe",
        "windows.txt": "entry_path_unsafe",
        "a/b.txt": "entry_path_unsafe",
        "inner.zip": "entry_nested_archive",
        "tool.exe": "document_type_unsupported",
        "link.txt": "entry_not_a_file",
    }


def test_entries_of_a_tar_that_are_no_files_are_refused_and_what_follows_is_read(tmp_path: Path) -> None:
    kinds = {
        "soft.txt": tarfile.SYMTYPE, "hard.txt": tarfile.LNKTYPE, "device.txt": tarfile.CHRTYPE,
        "block.txt": tarfile.BLKTYPE, "pipe.txt": tarfile.FIFOTYPE,
    }  # fmt: skip
    taken, refused = _read(tmp_path, "a.tgz", tarred({"../up.txt": b"x", "good.txt": b"good"}, kinds=kinds))
    assert taken == {"good.txt": b"good"}
    assert refused == {"up.txt": "entry_path_unsafe", **dict.fromkeys(kinds, "entry_not_a_file")}


def test_what_computers_add_by_themselves_is_passed_over(tmp_path: Path) -> None:
    litter = {"__MACOSX/._a.txt": b"x", "d/.DS_Store": b"x", ".git/config": b"x"}
    assert _read(tmp_path, "a.zip", zipped({**litter, "a.txt": b"a"})) == ({"a.txt": b"a"}, {})


def test_a_docx_in_an_archive_is_a_document_and_no_archive(tmp_path: Path) -> None:
    taken, _ = _read(tmp_path, "a.zip", zipped({"a.docx": word()}))
    assert list(taken) == ["a.docx"]


def test_an_entry_that_is_a_bomb_is_refused_and_the_others_are_taken(tmp_path: Path) -> None:
    content = zipped({"bomb.txt": b"\n" * 50_000_000, "good.txt": b"good"})
    assert len(content) < 100_000
    assert _read(tmp_path, "a.zip", content) == (
        {"good.txt": b"good"},
        {"bomb.txt": "entry_ratio_suspicious"},
    )


def test_a_compressed_tar_that_is_a_bomb_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(ArchiveTooLargeError):
        _read(tmp_path, "a.tgz", tarred({"bomb.txt": b"\n" * 50_000_000}))


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_limits_of_the_whole_and_of_one_entry(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveTooLargeError, match="several parts"):
        _read(tmp_path, name, ARCHIVES[name], ArchiveLimits(total_bytes=10))
    with pytest.raises(ArchiveTooManyEntriesError, match="several parts"):
        _read(tmp_path, name, ARCHIVES[name], ArchiveLimits(entries=2))
    taken, refused = _read(tmp_path, name, ARCHIVES[name], ArchiveLimits(entry_bytes=5))
    assert set(taken) == {"docs/a.md", "docs/b/c.txt"}
    assert refused == {"src/main.py": "document_too_large"}


def test_a_zip_whose_directory_would_fill_the_memory_is_refused_unread(tmp_path: Path) -> None:
    content = bytearray(ARCHIVES["a.zip"])
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = (0x7FFFFFFF).to_bytes(4, "little")
    with pytest.raises(ArchiveTooManyEntriesError):
        _read(tmp_path, "a.zip", bytes(content))


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.txt": b"secret"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + flags] |= 1
    assert _read(tmp_path, "a.zip", bytes(content)) == ({}, {"a.txt": "document_encrypted"})


def test_sizes_that_an_archive_tells_are_not_believed(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.txt": b"x" * 4_000_000}))
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = (3).to_bytes(4, "little")
    taken, refused = _read(tmp_path, "a.zip", bytes(content), ArchiveLimits(entry_bytes=1_000_000))
    assert taken.get("a.txt", b"") in (b"", b"xxx")
    assert len(taken) + len(refused) == 1


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
def test_what_is_no_archive_is_said_to_be_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnreadableError, match="pack it again"):
        _read(tmp_path, name, b"This is a text and no archive at all. " * 50)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(sorted(ARCHIVES)),
    edits=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.one_of(st.none(), st.integers(0, 20_000)),
)
def test_a_damaged_archive_gives_typed_errors_or_files(
    tmp_path: Path, name: str, edits: list[tuple[int, int]], cut: int | None
) -> None:
    content = bytearray(ARCHIVES[name])
    for place, value in edits:
        content[place % len(content)] = value
    limits = ArchiveLimits(entries=100, total_bytes=10_000_000, entry_bytes=1_000_000)
    try:
        taken, _ = _read(tmp_path, name, bytes(content[:cut]), limits)
    except DocumentError:
        return
    assert sum(map(len, taken.values())) <= limits.total_bytes
    for path in taken:
        assert not path.startswith("/")
        assert ".." not in path.split("/")


def test_the_largest_zip_directory_of_this_many_entries_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(300):
            archive.writestr(f"{'d' * 200}/{number}.txt", b"x")
    taken, _ = _read(tmp_path, "a.zip", out.getvalue(), ArchiveLimits(entries=300))
    assert len(taken) == 300
