"""The agent's side of the linkers' sockets: every tensor-parallel rank is told the same, or the request fails.

Each rank is spoken to over several connections, a request at a time on each: what is held belongs to one of them and
ends with it; pins, which may read from disk, have one, and short questions another, so that they wait for no disk.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from services.inference.errors import (
    BusyError,
    CartridgeTooLargeError,
    EngineFailedError,
    EngineUnavailableError,
)
from services.inference.linker import protocol

_LINE_BYTES = 16 * 1024**2
_HELLO_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_HOLDING_LANES = 8

ReplyT = TypeVar("ReplyT", bound=BaseModel)

log = structlog.get_logger(__name__)


class _Connection:
    """One socket; a request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked = 0
        self._reader = reader
        self._writer = writer
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> "_Connection":
        return cls(*await asyncio.open_unix_connection(path, limit=_LINE_BYTES))

    async def ask(self, request: protocol.Request, reply: type[ReplyT]) -> ReplyT:
        self.asked += 1
        exchange = asyncio.ensure_future(self._exchange(request))
        exchange.add_done_callback(self._count_answer)
        # Shielded, so that a caller that leaves does not leave its reply to the next one.
        line = await asyncio.shield(exchange)
        envelope = protocol.Reply.model_validate_json(line)
        if envelope.failure is not None:
            raise _error_of(envelope.failure)
        return reply.model_validate(envelope.result)

    def _count_answer(self, exchange: asyncio.Future[bytes]) -> None:
        self.asked -= 1
        if not exchange.cancelled():
            exchange.exception()  # told to the caller, unless that one has left

    async def _exchange(self, request: protocol.Request) -> bytes:
        async with self._lock:
            self._writer.write(request.model_dump_json().encode() + b"\n")
            await self._writer.drain()
            line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the linker closed its socket")
        return line

    def close(self) -> None:
        self._writer.close()


class Linkers:
    """The linkers of one SGLang instance, connected. A broken connection ends it: connect anew."""

    def __init__(self, lanes: list[list[_Connection]], hello: protocol.HelloReply) -> None:
        """`lanes`: each a connection to every rank."""
        self._asking, self._pinning, *self._holding = lanes
        self._lanes = lanes
        self.hello = hello

    @classmethod
    async def connect(cls, directory: Path) -> "Linkers":
        """Raises `EngineUnavailableError` while not every rank's linker answers."""
        opened: list[_Connection] = []

        async def open_next(rank: int) -> _Connection:
            connection = await _Connection.open(protocol.socket_path(directory, rank))
            opened.append(connection)
            return connection

        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                first = await open_next(0)
                hello = await first.ask(protocol.Hello(), protocol.HelloReply)
                lanes = [
                    [await open_next(rank) for rank in range(hello.ranks)] for _ in range(2 + _HOLDING_LANES)
                ]
                first.close()
        except (OSError, TimeoutError, ValidationError) as error:
            for connection in opened:
                connection.close()
            raise EngineUnavailableError(f"SGLang's cartridge linker does not answer: {error}") from error
        return cls(lanes, hello)

    def close(self) -> None:
        for lane in self._lanes:
            for connection in lane:
                connection.close()

    @asynccontextmanager
    async def holding(self, request: protocol.Hold) -> AsyncGenerator[list[protocol.HoldReply]]:
        """Have a composition known and its cartridges in host memory on every rank until the block ends.

        Raises `BusyError` when host memory is full of cartridges in use, `CartridgeTooLargeError` when it could never
        hold them, `EngineUnavailableError`.
        """
        lane = min(self._holding, key=lambda lane: sum(connection.asked for connection in lane))
        holds = [
            asyncio.ensure_future(_asked(connection, request, protocol.HoldReply)) for connection in lane
        ]
        try:
            # Shielded: a rank that has been asked will hold, and has to be told to release.
            yield [await asyncio.shield(hold) for hold in holds]
        finally:
            await asyncio.shield(asyncio.ensure_future(self._release(lane, holds, request.rid)))

    async def confirm(self, rid: str) -> bool:
        """Whether, on every rank, a request that holds its cartridges was answered with them and nothing else."""
        replies = await self._ask_all(protocol.Confirm(rid=rid), protocol.ConfirmReply)
        return all(reply.intact for reply in replies)

    async def pin(self, file: protocol.CartridgeFile, *, pinned: bool) -> None:
        """Keep a cartridge in the host memory of every rank, or no longer."""
        request = protocol.Pin(file=file, pinned=pinned)
        await asyncio.gather(*(_asked(each, request, protocol.Done) for each in self._pinning))

    async def drop(self, digest: str) -> None:
        """Have every rank forget a cartridge."""
        await self._ask_all(protocol.Drop(digest=digest), protocol.Done)

    async def residents(self) -> protocol.ResidentsReply:
        """What rank 0 keeps in host memory; the others keep the same cartridges' other heads."""
        async with _answered_soon():
            return await _asked(self._asking[0], protocol.Residents(), protocol.ResidentsReply)

    async def _ask_all(self, request: protocol.Request, reply: type[ReplyT]) -> list[ReplyT]:
        async with _answered_soon():
            return list(await asyncio.gather(*(_asked(each, request, reply) for each in self._asking)))

    async def _release(
        self,
        lane: Sequence[_Connection],
        holds: Sequence[asyncio.Future[protocol.HoldReply]],
        rid: str,
    ) -> None:
        outcomes = await asyncio.gather(*holds, return_exceptions=True)
        release = protocol.Release(rid=rid)
        for connection, outcome in zip(lane, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                continue
            try:
                await _asked(connection, release, protocol.Done)
            except EngineUnavailableError:
                log.info("release_not_needed", rid=rid)  # the hold ended with its connection


@asynccontextmanager
async def _answered_soon() -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            yield
    except TimeoutError as error:
        raise EngineUnavailableError(
            f"SGLang's cartridge linker has not answered for {_ANSWER_SECONDS:.0f} s", retry_after=5
        ) from error


async def _asked(connection: _Connection, request: protocol.Request, reply: type[ReplyT]) -> ReplyT:
    try:
        return await connection.ask(request, reply)
    except (OSError, ValidationError) as error:
        raise EngineUnavailableError(f"SGLang's cartridge linker is gone: {error}", retry_after=5) from error


def _error_of(failure: protocol.Failure) -> Exception:
    if failure.code == "host_full":
        return BusyError(f"no room in host memory: {failure.detail}")
    if failure.code == "too_large":
        return CartridgeTooLargeError(failure.detail)
    return EngineFailedError(f"the cartridge linker refused: {failure.detail} ({failure.code})")
