"""Clients that cost next to nothing, so that on shared cores it is the servers that are measured."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit


class UnexpectedAnswerError(RuntimeError):
    """A server answered something else than 200."""


@dataclass(frozen=True)
class Load:
    """What came of a stretch of load: milliseconds of every answer, and the seconds that all of them took."""

    milliseconds: Sequence[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: int) -> float:
        return quantiles(self.milliseconds, n=100)[percent - 1]


def request(url: str, key: str | None = None) -> bytes:
    """A GET in full."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {parts.path}{query} HTTP/1.1\r\nHost: {parts.netloc}\r\n{authorization}\r\n".encode()


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    return await asyncio.open_connection(parts.hostname, parts.port)


async def head(reader: asyncio.StreamReader) -> dict[str, str]:
    """The headers of an answer. Raises `UnexpectedAnswerError`."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    if " 200 " not in lines[0]:
        raise UnexpectedAnswerError(lines[0])
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}


async def load(url: str, key: str | None, clients: int, seconds: float) -> Load:
    """`clients` connections that ask `url` again and again for so many seconds."""
    asked = request(url, key)
    took: list[float] = []
    started = time.perf_counter()

    async def client() -> None:
        reader, writer = await connect(url)
        try:
            while time.perf_counter() - started < seconds:
                sent = time.perf_counter()
                writer.write(asked)
                headers = await head(reader)
                await reader.readexactly(int(headers["content-length"]))
                took.append((time.perf_counter() - sent) * 1000)
        finally:
            writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(took, time.perf_counter() - started)


async def follow(url: str, key: str, connected: asyncio.Event | None = None) -> list[int]:
    """The numbers of all events of a stream, to its end."""
    reader, writer = await connect(url)
    seen: list[int] = []
    try:
        writer.write(request(url, key))
        await head(reader)
        if connected is not None:
            connected.set()
        while line := await reader.readline():
            if line.startswith(b"id: "):
                seen.append(int(line[4:]))
            elif line == b"0\r\n":
                break
    finally:
        writer.close()
    return seen
