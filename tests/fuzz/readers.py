"""Reads damaged files with the product's own readers and says of each what became of it. Run as a process of its own:

a reader that takes the process down, or its memory, takes nothing else with it.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch

from cartridge_core.artifact import Cartridge, CartridgeHeader, read_cartridge, write_cartridge
from cartridge_core.checkpoint import Checkpoint, CheckpointState, read_checkpoint, write_checkpoint
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.errors import ArtifactDigestError, CartridgeError
from cartridge_core.models.identity import ModelIdentity
from tests.fuzz.mutations import mutate

# Far more than the reading of such a file takes, on a busy machine too.
_SECONDS = 20.0
# What the allocator may take at once, whatever is asked of it.
_SLACK_BYTES = 8 * 1024**2
_RUN = "f" * 64
IDENTITY = ModelIdentity(
    name="tiny", architecture="LlamaForCausalLM", fingerprint="a" * 64, tokenizer_fingerprint="b" * 64
)


@dataclass(frozen=True)
class Reader:
    """`write` makes a whole file, `read` reads one, and `same` tells whether what was read is consistent."""

    name: str
    write: Callable[[Path], None]
    read: Callable[[Path], Any]
    check: Callable[[Any], None]


def _cartridge(path: Path) -> None:
    generator = torch.Generator().manual_seed(1)
    keys, values = (torch.randn(2, 2, 64, 16, generator=generator) for _ in range(2))
    header = CartridgeHeader(
        model=IDENTITY, tokens=64, layers=2, kv_heads=2, head_dim=16, dtype="float32",
        key_positions=tuple(range(64)), next_position=64, frozen_tokens=1, corpus_digest="c" * 64,
        recipe={"cartridge_tokens": 64, "training": {"steps": 12}}, evaluation={"kv_ratio": 20.0},
    )  # fmt: skip
    write_cartridge(path, Cartridge(header, keys, values))


def _check_cartridge(read: Cartridge) -> None:
    shape = (read.header.layers, read.header.kv_heads, read.header.tokens, read.header.head_dim)
    assert tuple(read.keys.shape) == tuple(read.values.shape) == shape
    assert bool(torch.isfinite(read.keys).all())
    assert bool(torch.isfinite(read.values).all())
    assert len(read.header.key_positions) == read.header.tokens


def _conversations(path: Path) -> None:
    def one(number: int) -> Conversation:
        n, k = 5 + number, 4
        return Conversation(
            number, "question", f"Question {number}?", f"Answer {number}.",
            torch.arange(7, dtype=torch.int32), torch.arange(n, dtype=torch.int32),
            torch.ones(n, k, dtype=torch.int32), torch.full((n, k), -1.0), torch.zeros(n),
        )  # fmt: skip

    write_conversations(path, [one(number) for number in range(8)], IDENTITY)


def _check_conversations(read: list[Conversation]) -> None:
    for each in read:
        n = len(each.answer_ids)
        assert len(each.top_ids) == len(each.top_logprobs) == len(each.context_gain) == n


def _checkpoint(path: Path) -> None:
    state = CheckpointState(run_fingerprint=_RUN, step=3, tokens=12, seconds=1.5, losses=(2.0, 1.5, 1.0))
    generator = torch.Generator().manual_seed(2)
    tensors = {name: torch.randn(2, 8, 16, generator=generator) for name in ("keys", "values", "adam")}
    write_checkpoint(path, Checkpoint(state, tensors))


def _check_checkpoint(read: Checkpoint) -> None:
    assert read.state.run_fingerprint == _RUN
    assert all(bool(torch.isfinite(tensor).all()) for tensor in read.tensors.values())


READERS = (
    Reader("cartridge", _cartridge, read_cartridge, _check_cartridge),
    Reader("conversations", _conversations, lambda path: read_conversations(path, IDENTITY), _check_conversations),
    Reader("checkpoint", _checkpoint, lambda path: read_checkpoint(path, _RUN), _check_checkpoint),
)  # fmt: skip


def _memory(name: str) -> int:
    """Bytes of this process's memory, by the kernel's name for it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _growth(act: Callable[[], Any]) -> int:
    """By how many bytes the process grew at most while `act` ran."""
    _forget_peak()
    before = _memory("VmRSS")
    act()
    return max(0, _memory("VmHWM") - before)


def read_mutated(directory: Path, count: int, seed: int) -> tuple[int, list[str]]:
    """Read `count` damaged files, the readers in turn; how many were read, and what was wrong with whom."""
    originals: dict[str, bytes] = {}
    usual: dict[str, int] = {}
    for reader in READERS:
        path = directory / f"{reader.name}.safetensors"
        reader.write(path)
        reader.check(reader.read(path))
        originals[reader.name] = path.read_bytes()
        usual[reader.name] = _growth(lambda reader=reader, path=path: reader.read(path))  # type: ignore[misc]
    wrong: list[str] = []
    path = directory / "damaged.safetensors"
    for number in range(count):
        reader = READERS[number % len(READERS)]
        random = Random(f"{seed}:{number}")
        original = originals[reader.name]
        damaged = mutate(original, random)
        path.write_bytes(damaged)
        print(json.dumps({"reading": number}), flush=True)
        started = time.monotonic()

        def read(reader: Reader = reader) -> None:
            try:
                reader.check(reader.read(path))
            except CartridgeError as error:
                str(error).encode()  # it gets into answers and logs

        try:
            grown = _growth(read)
            if reader.name == "cartridge":
                _by_digest(path, original, damaged)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader must not raise it
            wrong.append(f"{reader.name} {seed}:{number}: {type(error).__name__}: {str(error)[:300]}")
            continue
        if time.monotonic() - started > _SECONDS:
            wrong.append(f"{reader.name} {seed}:{number}: took {time.monotonic() - started:.0f} s")
        if grown > 2 * max(usual[reader.name], len(damaged)) + _SLACK_BYTES:
            wrong.append(
                f"{reader.name} {seed}:{number}: grew by {grown} bytes, usually {usual[reader.name]}"
            )
    return count, wrong


def _by_digest(path: Path, original: bytes, damaged: bytes) -> None:
    """With the digest that it should have, a file is read only where it is the same."""
    try:
        read_cartridge(path, expected_digest=hashlib.sha256(original).hexdigest())
    except ArtifactDigestError:
        assert damaged != original
    else:
        assert damaged == original


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    read, wrong = read_mutated(options.directory, options.count, options.seed)
    print(json.dumps({"read": read, "wrong": wrong}))


if __name__ == "__main__":
    sys.exit(main())
