"""A safetensors file, damaged in one of the ways in which files are: by chance, by halves, or on purpose."""

import json
import struct
from collections.abc import Callable
from random import Random
from typing import Any

_DEEP = "[" * 20_000
# What a value of a header may be changed into; texts are JSON.
_VALUES = (
    "null", "true", "-1", "0", "1e999", "NaN", '""', '"x"', "[]", "{}", "[[]]", "9" * 30, "9" * 6000, "18446744073709551616",
    '"float8_e4m3fn"', '"float64"', '"\\u0000"', '"\\ud800"', _DEEP, '{"a":' * 20_000,
)  # fmt: skip
_DTYPES = (
    "BOOL", "F4", "F6_E2M3", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F16", "BF16", "F32", "F64", "C64", "I8", "U8", "I16", "U16",
    "I32", "U32", "I64", "U64", "X99",
)  # fmt: skip


def mutate(content: bytes, random: Random) -> bytes:
    """`content` with one to three damages."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        content = random.choice(_MUTATIONS)(content, random)
    return content


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 2, 16)) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _flip_early(content: bytes, random: Random) -> bytes:
    """In the length of the header, or in the header, where it is felt most."""
    edge = min(len(content), random.choice((8, 64, 2048)))
    return _flip(content[:edge], random) + content[edge:]


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _cut_out(content: bytes, random: Random) -> bytes:
    start, end = sorted(random.randrange(len(content) + 1) for _ in range(2))
    return content[:start] + content[end:]


def _insert(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content) + 1)
    return content[:place] + random.randbytes(random.choice((1, 8, 4096))) + content[place:]


def _append(content: bytes, random: Random) -> bytes:
    return content + random.randbytes(random.choice((1, 4096)))


def _overwrite(content: bytes, random: Random) -> bytes:
    """A stretch of NaN, infinities or zeros: what a disk gives back where a block is lost."""
    if not content:
        return content
    unit = random.choice((b"\x00", b"\xff", b"\x00\x00\x80\x7f", b"\x00\x00\xc0\x7f"))
    start = random.randrange(len(content))
    length = random.choice((4, 64, 4096))
    return (content[:start] + (unit * length)[:length] + content[start + length :])[: len(content)]


def _length(content: bytes, random: Random) -> bytes:
    """Another length of the header: a huge one asks for memory that is not there."""
    stated = random.choice((0, 1, 7, 2**16, 2**31, 2**40, 2**63, 2**64 - 1, len(content), len(content) - 8))
    return struct.pack("<Q", max(0, stated)) + content[8:]


def _tensor(content: bytes, random: Random) -> bytes:
    """Another type, shape or place of a tensor."""

    def change(header: dict[str, Any]) -> None:
        names = [name for name in header if name != "__metadata__"]
        if not names or not isinstance(header[names[0]], dict):
            return
        name = random.choice(names)
        part = random.choice(("dtype", "shape", "data_offsets", "name", "gone"))
        if part == "dtype":
            header[name]["dtype"] = random.choice(_DTYPES)
        elif part == "shape":
            header[name]["shape"] = [
                random.choice((0, 1, 2, 2**31, 2**62)) for _ in range(random.randrange(6))
            ]
        elif part == "data_offsets":
            header[name]["data_offsets"] = [random.choice((0, 1, 64, 2**40)) for _ in range(2)]
        elif part == "name":
            header[random.choice(("", "x", "keys ", "\u0000"))] = header.pop(name)
        else:
            del header[name]

    return _with_header(content, change)


def _metadata(content: bytes, random: Random) -> bytes:
    """Another value somewhere in the product's own header, which is JSON inside of the metadata."""

    def change(header: dict[str, Any]) -> None:
        metadata = header.get("__metadata__")
        if not isinstance(metadata, dict) or not metadata:
            return
        name = random.choice(sorted(metadata))
        value = random.choice(_VALUES)
        text = metadata[name]
        fate = random.randrange(4)
        if fate == 0:
            del metadata[name]
        elif fate == 1:
            metadata[name] = value
        else:
            metadata[name] = _with_other_value(text, value, random)

    return _with_header(content, change)


def _with_other_value(text: str, value: str, random: Random) -> str:
    """The JSON `text` with one of its values exchanged for `value`, at any depth."""
    try:
        found = json.loads(text)
    except ValueError:
        return value
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in (
            list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        ):
            places.append((node, key))
            walk(node[key])

    walk(found)
    if not places:
        return value
    node, key = random.choice(places)
    mark = "the place of the other value"
    node[key] = mark
    return json.dumps(found).replace(json.dumps(mark), value)


def _with_header(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """`content` with another header of its own length; as it is where its header cannot be read."""
    try:
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        change(header)
    except (struct.error, ValueError, AttributeError, KeyError, TypeError, OverflowError, RecursionError):
        return content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


_MUTATIONS = (
    _flip, _flip_early, _cut, _cut_out, _insert, _append, _overwrite, _length, _tensor, _tensor, _metadata, _metadata,
)  # fmt: skip
