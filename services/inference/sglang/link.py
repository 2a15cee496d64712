"""The agent's connection to its SGLang: found at start, watched, and found again when SGLang was started anew."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from services.inference.errors import EngineNotReadyError, EngineUnavailableError, InferenceError
from services.inference.linker import protocol
from services.inference.metrics import InferenceMetrics
from services.inference.sglang.linker_client import Linkers
from services.inference.sglang.server_client import SglangServer

_WATCH_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Link:
    """One SGLang server and the linkers in it. `on_new_instance` is called before a new one takes requests."""

    def __init__(
        self, server: SglangServer, socket_directory: Path, metrics: InferenceMetrics, *,
        on_new_instance: Callable[[protocol.HelloReply], None],
    ) -> None:  # fmt: skip
        self.server = server
        self._metrics = metrics
        self._socket_directory = socket_directory
        self._on_new_instance = on_new_instance
        self._linkers: Linkers | None = None
        self._watching: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    @property
    def up(self) -> bool:
        """Whether SGLang takes requests, as far as is known."""
        return self._linkers is not None

    def require(self) -> Linkers:
        """The linkers of the SGLang that runs now. Raises `EngineNotReadyError`."""
        if self._linkers is None:
            raise EngineNotReadyError("SGLang is not running or still starting", retry_after=5)
        return self._linkers

    async def start(self, seconds: float) -> None:
        """Wait for SGLang, and watch it from then on. Raises `EngineUnavailableError` when it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                await self._connect()
            except EngineUnavailableError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_WATCH_SECONDS)
            else:
                break
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._forget()
        await self.server.close()

    def lose(self, linkers: Linkers) -> None:
        """Say that a request has found SGLang gone, so that the next one need not."""
        if self._linkers is linkers:
            self._forget()
            self._lost.set()

    async def _connect(self) -> None:
        await self.server.check()
        linkers = await Linkers.connect(self._socket_directory)
        self._on_new_instance(linkers.hello)
        self._linkers = linkers
        self._metrics.engine_up.set(1)
        log.info("sglang_connected", instance=linkers.hello.instance, pool=linkers.hello.pool.model_dump())

    def _forget(self) -> None:
        if self._linkers is not None:
            self._linkers.close()
            self._linkers = None
            self._metrics.engine_up.set(0)

    async def _watch(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_WATCH_SECONDS):
                    await self._lost.wait()
            except TimeoutError:
                pass
            self._lost.clear()
            try:
                if self._linkers is None:
                    await self._connect()
                else:
                    residents = await self._linkers.residents()
                    self._metrics.host_resident_bytes.set(residents.used_bytes)
                    self._metrics.host_evictions.set(residents.evictions)
            except InferenceError as error:
                if self._linkers is not None:
                    log.warning("sglang_lost", detail=str(error))
                self._forget()
