"""The agent's connection to its SGLang: found at start, watched, and found again when SGLang was started anew."""

import asyncio
import time
from collections.abc import Awaitable, Callable
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
    """One SGLang server and the linkers in it.

    `on_new_instance` is called before a SGLang that was not known before takes requests; it raises to refuse it.
    """

    def __init__(
        self, server: SglangServer, socket_directory: Path, metrics: InferenceMetrics, *,
        on_new_instance: Callable[[Linkers], Awaitable[None]],
    ) -> None:  # fmt: skip
        self.server = server
        self._metrics = metrics
        self._socket_directory = socket_directory
        self._on_new_instance = on_new_instance
        self._linkers: Linkers | None = None
        self._instance = ""
        self._counted: protocol.ResidentsReply | None = None
        self._watching: asyncio.Task[None] | None = None

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
        """Wait for SGLang, and watch it from then on.

        Raises `EngineUnavailableError` when it does not come, `EngineMismatchError` when it is refused.
        """
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

    async def doubt(self, linkers: Linkers) -> None:
        """A request has found SGLang gone: look, so that the next one need not find out by itself."""
        if self._linkers is linkers:
            await self._look(linkers)

    async def _connect(self) -> None:
        await self.server.check()
        linkers = await Linkers.connect(self._socket_directory)
        try:
            if linkers.hello.instance != self._instance:
                await self._on_new_instance(linkers)
                self._counted = None
        except BaseException:
            linkers.close()
            raise
        self._linkers = linkers
        self._instance = linkers.hello.instance
        self._metrics.engine_up.set(1)
        log.info("sglang_connected", instance=self._instance, pool=linkers.hello.pool.model_dump())

    def _forget(self) -> None:
        if self._linkers is not None:
            self._linkers.close()
            self._linkers = None
            self._metrics.engine_up.set(0)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                if self._linkers is None:
                    await self._connect()
                else:
                    await self._look(self._linkers)
            except InferenceError as error:
                log.debug("sglang_away", detail=str(error))
            except Exception:
                log.exception("watching_sglang_failed")

    async def _look(self, linkers: Linkers) -> None:
        """Count what the linkers have done, or find them gone. A server too busy for HTTP is not gone."""
        try:
            residents = await linkers.residents()
        except InferenceError as error:
            if self._linkers is linkers:
                log.warning("sglang_lost", detail=str(error))
                self._forget()
            return
        before, self._counted = self._counted, residents
        metrics = self._metrics
        metrics.host_resident_bytes.set(residents.used_bytes)
        metrics.host_evictions.inc(residents.evictions - (before.evictions if before else 0))
        metrics.device_loads.labels("landed").inc(residents.loads - (before.loads if before else 0))
        metrics.device_loads.labels("failed").inc(
            residents.failed_loads - (before.failed_loads if before else 0)
        )
        metrics.device_loaded_bytes.inc(residents.loaded_bytes - (before.loaded_bytes if before else 0))
