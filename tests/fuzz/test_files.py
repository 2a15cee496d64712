"""A damaged file is a typed error or read as what it holds: it never takes the reader, its time or its memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from cartridge_core.artifact import FORMAT_VERSION, read_header
from cartridge_core.checkpoint import read_checkpoint
from cartridge_core.conversations import SCHEMA_VERSION, read_conversations, write_conversations
from cartridge_core.errors import ArtifactUnreadableError, CheckpointError, ConversationFormatError
from tests.fuzz.figures import FIGURES, seed, wanted_files
from tests.fuzz.readers import IDENTITY

_DEEP = "[" * 100_000
# Of all files together; far more than they take, for a reader that hangs.
_SECONDS_A_FILE = 0.5
_SECONDS_AT_LEAST = 120


def test_damaged_files_are_told_from_whole_ones(tmp_path: Path) -> None:
    count = wanted_files()
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.readers",
        str(tmp_path),
        "--count",
        str(count),
        "--seed",
        str(seed()),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=_SECONDS_AT_LEAST + count * _SECONDS_A_FILE,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    FIGURES.artifacts_mutated += count
    if done.returncode != 0:
        FIGURES.artifact_crashes += 1
        pytest.fail(f"the reader died at {lines[-1] if lines else 'the start'}: {done.stderr[-2000:]}")
    told = json.loads(lines[-1])
    FIGURES.artifact_crashes += len(told["wrong"])
    assert told["read"] == count
    assert told["wrong"] == []


def test_json_that_is_nested_too_deeply_makes_a_file_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "deep.safetensors"
    for text in (_DEEP, f'{{"format_version": {FORMAT_VERSION}, "recipe": {_DEEP}}}'):
        save_file({"keys": torch.zeros(1)}, path, metadata={"cartridge": text})
        with pytest.raises(ArtifactUnreadableError, match="no JSON"):
            read_header(path)
    save_file({"keys": torch.zeros(1)}, path, metadata={"state": _DEEP})
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path, "run")


def test_texts_that_are_nested_too_deeply_make_a_shard_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "deep.safetensors"
    write_conversations(path, [], IDENTITY)
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    save_file(tensors, path, metadata={"schema_version": str(SCHEMA_VERSION), "texts": _DEEP})
    with pytest.raises(ConversationFormatError, match="inconsistent"):
        read_conversations(path)
