"""The linker's socket, spoken to by the agent's own client."""

import asyncio
import itertools
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from services.inference.errors import (
    BusyError,
    CartridgeTooLargeError,
    EngineFailedError,
    EngineUnavailableError,
)
from services.inference.linker import protocol
from services.inference.linker.control import ControlServer
from services.inference.sglang.linker_client import Linkers

from .conftest import FREQUENCIES, Bench, MakeCartridge, OnDisk, whole

RANKS = 2


@dataclass
class Ranks:
    """Two ranks' linkers, each with a pool and a host store of its own."""

    directory: Path
    benches: list[Bench]
    servers: list[ControlServer]

    def used_bytes(self) -> list[int]:
        return [bench.host.used_bytes for bench in self.benches]

    def holders(self) -> list[list[int]]:
        return [[each.holders for each in bench.host.residents()] for bench in self.benches]


@pytest.fixture
def ranks(new_bench: Callable[..., Bench]) -> Iterator[Ranks]:
    # A short path: Unix sockets take about a hundred characters.
    with TemporaryDirectory() as directory:
        benches = [new_bench(rank=rank, ranks=RANKS, budget_bytes=20_000) for rank in range(RANKS)]
        servers = [_server(Path(directory), rank, bench) for rank, bench in enumerate(benches)]
        yield Ranks(Path(directory), benches, servers)
        for server in servers:
            server.close()


def _server(directory: Path, rank: int, bench: Bench) -> ControlServer:
    pool = protocol.Pool(
        page_size=4, slots=96, layers=3, kv_heads=4, head_dim=8, dtype="float32", device="cpu"
    )
    hello = protocol.HelloReply(instance=f"instance-{rank}", rank=rank, ranks=RANKS, pool=pool)
    return ControlServer(
        protocol.socket_path(directory, rank),
        hello,
        compositions=bench.compositions,
        host=bench.host,
        loads=bench.loads,
        page_hashes=lambda request: [f"{request.composition}/{page}" for page in range(2)],
    )


RIDS = itertools.count()


def _hold(made: OnDisk, name: str = "c") -> protocol.Hold:
    return protocol.Hold(
        rid=protocol.request_id(name, str(next(RIDS))),
        composition=name,
        token_ids=list(range(8)),
        extra_key="k",
        cache_salt="s",
        files=[made.file],
        segments=[whole(made)],
        inverse_frequencies=list(FREQUENCIES),
    )


def _with(ranks: Ranks, use: Callable[[Linkers], Awaitable[None]]) -> None:
    async def scenario() -> None:
        linkers = await Linkers.connect(ranks.directory)
        try:
            await use(linkers)
        finally:
            linkers.close()

    asyncio.run(scenario())


def test_every_rank_holds_and_every_rank_releases(ranks: Ranks, make_cartridge: MakeCartridge) -> None:
    made = make_cartridge()

    async def use(linkers: Linkers) -> None:
        assert linkers.hello.instance == "instance-0"
        async with linkers.holding(_hold(made)) as replies:
            assert [reply.from_disk for reply in replies] == [[made.file.digest]] * RANKS
            assert ranks.holders() == [[1], [1]]
            async with linkers.holding(_hold(made)) as again:
                assert [reply.from_disk for reply in again] == [[], []]
        assert ranks.holders() == [[0], [0]]
        assert not await linkers.confirm(protocol.request_id("c", "1"))
        resident = await linkers.residents()
        assert [each.digest for each in resident.residents] == [made.file.digest]
        assert resident.compositions == 1

    _with(ranks, use)


def test_what_an_agent_held_is_released_when_it_dies(ranks: Ranks, make_cartridge: MakeCartridge) -> None:
    made = make_cartridge()

    async def scenario() -> None:
        linkers = await Linkers.connect(ranks.directory)
        async with linkers.holding(_hold(made)):
            linkers.close()
            for _ in range(500):
                if ranks.holders() == [[0], [0]]:
                    return
                await asyncio.sleep(0.01)
        pytest.fail(f"still held: {ranks.holders()}")

    asyncio.run(scenario())


def test_a_request_that_is_cancelled_while_it_asks_holds_nothing(
    ranks: Ranks, make_cartridge: MakeCartridge
) -> None:
    made = make_cartridge()

    async def use(linkers: Linkers) -> None:
        async def hold() -> None:
            async with linkers.holding(_hold(made)):
                await asyncio.sleep(10)

        for delay in (0.0, 0.001, 0.003, 0.05):
            holding = asyncio.create_task(hold())
            await asyncio.sleep(delay)
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
        async with linkers.holding(_hold(made)):
            pass
        for _ in range(500):
            if ranks.holders() == [[0], [0]]:
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"still held: {ranks.holders()}")

    _with(ranks, use)


def test_full_host_memory_is_busy_and_a_bad_file_is_a_failure(
    ranks: Ranks, make_cartridge: MakeCartridge
) -> None:
    large, small = make_cartridge(120), make_cartridge(8)
    half, other_half = make_cartridge(30), make_cartridge(30)
    gone = small.file.model_copy(update={"digest": "gone", "path": "/nonexistent.safetensors"})

    async def use(linkers: Linkers) -> None:
        with pytest.raises(CartridgeTooLargeError, match="host memory"):
            async with linkers.holding(_hold(large)):
                pass
        async with linkers.holding(_hold(half, "h")):
            with pytest.raises(BusyError, match="host memory"):
                async with linkers.holding(_hold(other_half)):
                    pass
        with pytest.raises(EngineFailedError, match="cannot be read"):
            async with linkers.holding(_hold(OnDisk(gone, small.cartridge), "g")):
                pass
        assert ranks.holders() == [[0], [0]]

    _with(ranks, use)


def test_a_hold_that_cannot_be_hashed_holds_nothing(
    ranks: Ranks, make_cartridge: MakeCartridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_cartridge()

    def no_hash(_: protocol.Hold) -> list[str]:
        raise OSError("the hash could not be built")

    for server in ranks.servers:
        monkeypatch.setattr(server, "_page_hashes", no_hash)

    async def use(linkers: Linkers) -> None:
        with pytest.raises(EngineFailedError, match="hash"):
            async with linkers.holding(_hold(made)):
                pass
        assert ranks.holders() == [[0], [0]]

    _with(ranks, use)


def test_pins_and_drops_reach_every_rank(ranks: Ranks, make_cartridge: MakeCartridge) -> None:
    made = make_cartridge()

    async def use(linkers: Linkers) -> None:
        await linkers.pin(made.file, pinned=True)
        assert all(each.pinned for bench in ranks.benches for each in bench.host.residents())
        async with linkers.holding(_hold(made)):
            pass
        await linkers.drop(made.file.digest)
        assert ranks.used_bytes() == [0, 0]
        assert (await linkers.residents()).compositions == 0

    _with(ranks, use)


def test_a_linker_that_is_gone_is_told_as_such(ranks: Ranks, make_cartridge: MakeCartridge) -> None:
    made = make_cartridge()

    async def use(linkers: Linkers) -> None:
        for server in ranks.servers:
            server.close()
        linkers.close()
        with pytest.raises(EngineUnavailableError):
            async with linkers.holding(_hold(made)):
                pass

    _with(ranks, use)
    with pytest.raises(EngineUnavailableError):
        asyncio.run(Linkers.connect(ranks.directory))


@pytest.mark.parametrize("line", [b"{}", b"no json", b'{"op": "hold"}', b'{"op": "unknown"}', b"\xff\xfe"])
def test_rubbish_gets_an_answer_and_the_connection_goes_on(ranks: Ranks, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(protocol.socket_path(ranks.directory, 0)))
        file = client.makefile("rwb")
        for asked, expected in ((line, "failure"), (b'{"op": "hello"}', "result")):
            file.write(asked + b"\n")
            file.flush()
            assert expected in json.loads(file.readline())


def test_only_its_owner_may_speak_to_a_linker(ranks: Ranks) -> None:
    assert protocol.socket_path(ranks.directory, 0).stat().st_mode & 0o077 == 0
