"""Uploads through the public API: one file beside the S3 SDK, and a whole corpus with the API's memory watched."""

import random
import sys
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from minio import Minio

from cartridge_client import Client

_WORDS = [
    "the",
    "bridge",
    "of",
    "Lund",
    "carries",
    "a",
    "road",
    "to",
    "this",
    "day",
    "and",
    "nobody",
    "knows",
    "who",
    "built",
    "it",
    "first",
]
_SAMPLE_BYTES = 1024**2


def one_file(
    environment: Mapping[str, str],
    api: str,
    key: str,
    corpus_id: str,
    directory: Path,
    *,
    size: int,
    rounds: int,
) -> dict[str, Any]:
    """The same bytes by the SDK and in each of the ways that the API has, in turns, in MB/s.

    `upload_over_sdk` is the way that the platform's own client takes for a file of this size: parts straight to the
    object store, under URLs that the API has signed. The others go through the API: in parts, and in one form.
    """
    sdk = Minio(
        environment["CARTRIDGES_S3_ENDPOINT"],
        environment["CARTRIDGES_S3_ACCESS_KEY"],
        environment["CARTRIDGES_S3_SECRET_KEY"],
        secure=False,
        region=environment["CARTRIDGES_S3_REGION"],
    )
    path = directory / "one.txt"
    found: dict[str, list[float]] = {}
    with (
        Client(api, key, 600) as client,
        httpx.Client(
            base_url=api, headers={"Authorization": f"Bearer {key}"}, timeout=600, trust_env=False
        ) as http,
    ):

        def by_sdk(content: bytes) -> None:
            sdk.put_object(environment["CARTRIDGES_S3_BUCKET"], "bench/one", BytesIO(content), len(content))

        def in_parts(content: bytes, *, direct: bool) -> None:
            path.write_bytes(content)
            started[0] = time.perf_counter()
            client.upload_documents(corpus_id, [path], direct=direct)

        def in_a_form(content: bytes) -> None:
            files = {"files": ("one.txt", content, "text/plain")}
            http.post(f"/v1/corpora/{corpus_id}/documents", files=files).raise_for_status()

        ways: dict[str, Callable[[bytes], None]] = {
            "sdk": by_sdk,
            "client": lambda content: in_parts(content, direct=True),
            "parts_through_api": lambda content: in_parts(content, direct=False),
            "form": in_a_form,
        }
        started = [0.0]
        for number in range(rounds):
            for name, way in ways.items():
                # Bytes of its own each time: what a tenant has is not stored again.
                content = _text(random.Random(f"{number}{name}"), size)
                started[0] = time.perf_counter()
                way(content)
                found.setdefault(name, []).append(size / 1e6 / (time.perf_counter() - started[0]))
            print(
                f"upload round {number + 1} of {rounds}: "
                + ", ".join(f"{name} {speeds[-1]:.0f} MB/s" for name, speeds in found.items()),
                file=sys.stderr,
            )
    speed = {name: median(speeds) for name, speeds in found.items()}
    return {
        "upload_file_mb": round(size / 1e6),
        "upload_mb_per_second": {name: round(each, 1) for name, each in speed.items()},
        "upload_over_sdk": round(speed["client"] / speed["sdk"], 2),
        "upload_parts_through_api_over_sdk": round(speed["parts_through_api"] / speed["sdk"], 2),
        "upload_form_over_sdk": round(speed["form"] / speed["sdk"], 2),
    }


def whole_corpus(
    api: str, key: str, directory: Path, *, megabytes: int, files: int, seed: int
) -> dict[str, Any]:
    """A folder of `files` texts of `megabytes` MB together, uploaded by the platform's client; all must arrive."""
    folder = directory / "corpus"
    total = _write(folder, megabytes * 1_000_000 // files, files, random.Random(seed))
    told = 0

    def progress(sent: int, of: int) -> None:
        nonlocal told
        if sent * 10 // of > told:
            told = sent * 10 // of
            print(f"corpus: {sent / 1e6:.0f} of {of / 1e6:.0f} MB sent", file=sys.stderr)

    with Client(api, key, 600) as client:
        corpus_id = client.create_corpus("a whole corpus").id
        started = time.perf_counter()
        client.upload_documents(corpus_id, [folder], progress)
        seconds = time.perf_counter() - started
        arrived = client.corpus(corpus_id)
    return {
        "corpus_mb": round(total / 1e6),
        "corpus_files": files,
        "corpus_files_lost": files - arrived.documents,
        "corpus_bytes_lost": total - arrived.size_bytes,
        "corpus_seconds": round(seconds, 1),
        "corpus_mb_per_second": round(total / 1e6 / seconds, 1),
    }


def _write(folder: Path, size: int, files: int, chance: random.Random) -> int:
    """Write the texts in folders of a hundred, each another; bytes of all."""
    material = _text(chance, size + _SAMPLE_BYTES)
    total = 0
    for number in range(files):
        place = folder / f"{number // 100:04}" / f"{number:06}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        begin = chance.randrange(_SAMPLE_BYTES)
        content = (f"Document {number}.\n".encode() + material[begin:])[:size]
        total += place.write_bytes(content)
    return total


def _text(chance: random.Random, size: int) -> bytes:
    """Words in ASCII, `size` bytes of them."""
    sample = " ".join(chance.choices(_WORDS, k=min(size, _SAMPLE_BYTES) // 3)).encode()
    return (sample * (size // len(sample) + 1))[:size]
