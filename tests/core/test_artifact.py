"""The cartridge file: what was written is read, and every kind of damage has its own error."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cartridge_core.artifact import Cartridge, file_digest, read_cartridge, read_header, write_cartridge
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import (
    ArtifactDigestError,
    ArtifactNotFiniteError,
    ArtifactShapeError,
    ArtifactUnreadableError,
    ArtifactVersionError,
    ModelMismatchError,
    TokenizerMismatchError,
)
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.recipe import Recipe


@pytest.fixture
def cartridge(model: Model, corpus: CorpusText, recipe: Recipe) -> Cartridge:
    return initialize(model, corpus.text, corpus.digest, recipe)


@pytest.fixture
def path(cartridge: Cartridge, tmp_path: Path) -> Path:
    path = tmp_path / "cartridge.safetensors"
    write_cartridge(path, cartridge)
    return path


def _rewrite_header(path: Path, change: dict[str, object]) -> None:
    """Change fields of the cartridge header inside the file, tensors untouched."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    fields = json.loads(header["__metadata__"]["cartridge"]) | change
    header["__metadata__"]["cartridge"] = json.dumps(fields)
    changed = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(changed)) + changed + content[8 + length :])


def test_what_was_written_is_read(cartridge: Cartridge, path: Path, model: Model) -> None:
    read = read_cartridge(path, expected_digest=file_digest(path), identity=model.identity)
    assert read.header == cartridge.header
    assert torch.equal(read.keys, cartridge.keys)
    assert torch.equal(read.values, cartridge.values)
    assert read.size_bytes == 2 * 3 * 2 * 32 * 16 * 4


def test_equal_cartridges_have_equal_digests(cartridge: Cartridge, tmp_path: Path) -> None:
    assert write_cartridge(tmp_path / "a", cartridge) == write_cartridge(tmp_path / "b", cartridge)


def test_a_failed_write_leaves_the_old_file_and_no_other(
    cartridge: Cartridge, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("cartridge_core.artifact.os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_cartridge(path, cartridge)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_changed_byte_fails_the_digest(path: Path) -> None:
    digest = file_digest(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactDigestError, match=digest):
        read_cartridge(path, expected_digest=digest)


@pytest.mark.parametrize("content", [b"", b"not a cartridge", b"\x80\x02pickle" * 10])
def test_another_kind_of_file_is_unreadable(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ArtifactUnreadableError, match="safetensors"):
        read_cartridge(path)


def test_a_file_cut_short_is_unreadable(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArtifactUnreadableError):
        read_cartridge(path)


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ArtifactUnreadableError):
        read_cartridge(tmp_path / "nowhere", expected_digest="0" * 64)


def test_a_safetensors_file_without_header_is_unreadable(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"keys": torch.zeros(1)}, tmp_path / "plain")
    with pytest.raises(ArtifactUnreadableError, match="without a cartridge header"):
        read_header(tmp_path / "plain")


def test_a_future_version_is_named(path: Path) -> None:
    _rewrite_header(path, {"format_version": 99})
    with pytest.raises(ArtifactVersionError, match="99"):
        read_header(path)


@pytest.mark.parametrize("change", [{"tokens": 31}, {"dtype": "bfloat16"}, {"key_positions": [0]}])
def test_a_header_that_contradicts_the_tensors_is_refused(path: Path, change: dict[str, object]) -> None:
    _rewrite_header(path, change)
    with pytest.raises(ArtifactShapeError):
        read_cartridge(path)


def test_values_that_are_not_finite_are_neither_written_nor_read(
    cartridge: Cartridge, tmp_path: Path
) -> None:
    values = cartridge.values.clone()
    values[0, 0, 3, 2] = float("nan")
    with pytest.raises(ArtifactNotFiniteError, match="values"):
        write_cartridge(tmp_path / "bad", replace(cartridge, values=values))
    assert not (tmp_path / "bad").exists()


def test_another_model_or_tokenizer_is_refused_by_name(path: Path, model: Model) -> None:
    other = model.identity.model_copy(update={"fingerprint": "f" * 64, "name": "other"})
    with pytest.raises(ModelMismatchError, match="other"):
        read_cartridge(path, identity=other)
    retokenized = model.identity.model_copy(update={"tokenizer_fingerprint": "f" * 64})
    with pytest.raises(TokenizerMismatchError, match="tokenizer"):
        read_cartridge(path, identity=retokenized)
