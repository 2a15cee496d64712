"""Ways into a pod that no caller has: emptying its tiers one by one, and reading what they hold."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from services.inference.linker import protocol
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings

_FLUSH_SECONDS = 30


@dataclass(frozen=True)
class Occupancy:
    """What a pod holds: device tokens in use, bytes and cartridges in host memory, files on its disk."""

    device_tokens: int
    host_bytes: int
    host_cartridges: int
    disk_files: int


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of prompts since SGLang's start, and how many of them were cached."""

    prompt: float
    cached: float

    def cached_share_since(self, before: "TokenCounts") -> float:
        return (self.cached - before.cached) / (self.prompt - before.prompt)


@dataclass(frozen=True)
class Backdoor:
    """The pod of these settings."""

    settings: InferenceSettings
    sglang: SglangSettings

    def flush_device(self) -> None:
        """Empty the radix cache; waits until nothing runs."""
        httpx.get(
            f"{self.sglang.url}/flush_cache", params={"timeout": _FLUSH_SECONDS}, timeout=2 * _FLUSH_SECONDS,
            trust_env=False,
        ).raise_for_status()  # fmt: skip

    def drop_from_host(self, digest: str) -> None:
        """Take a cartridge out of host memory, and its file out of the system's page cache."""
        self._ask(protocol.Drop(digest=digest))
        drop_page_cache(self._disk / f"{digest}.safetensors")

    def occupancy(self) -> Occupancy:
        loads = httpx.get(f"{self.sglang.url}/v1/loads", trust_env=False).json()["loads"]
        residents = protocol.ResidentsReply.model_validate(self._ask(protocol.Residents()))
        return Occupancy(
            device_tokens=sum(load["num_used_tokens"] for load in loads),
            host_bytes=residents.used_bytes,
            host_cartridges=len(residents.residents),
            disk_files=sum(1 for _ in self._disk.iterdir()),
        )

    def token_counts(self) -> TokenCounts:
        """SGLang's own counters."""
        lines = httpx.get(f"{self.sglang.url}/metrics", trust_env=False).text.splitlines()

        def total(name: str) -> float:
            return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{"))

        return TokenCounts(total("sglang:prompt_tokens_total"), total("sglang:cached_tokens_total"))

    @property
    def _disk(self) -> Path:
        return self.settings.data_dir / "inference" / "cartridges"

    def _ask(self, request: protocol.Request) -> dict[str, Any]:
        path = protocol.socket_path(self.sglang.sockets_under(self.settings.data_dir), 0)
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(path))
            with door.makefile("rw", encoding="utf-8") as lines:
                lines.write(request.model_dump_json() + "\n")
                lines.flush()
                reply = protocol.Reply.model_validate_json(lines.readline())
        if reply.result is None:
            raise RuntimeError(f"the linker refused: {reply.failure}")
        return reply.result


def drop_page_cache(path: Path) -> None:
    """Have the system forget what it keeps of a file in memory, so that the next read is from the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
