"""The parent's side of the reading process: starts it, gives it orders, and ends it when it does not answer."""

import os
import select
import subprocess
import sys
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from pydantic import ValidationError

from cartridge_documents.errors import DocumentTooComplexError
from services.trainer.extraction.orders import Answer, ExtractOrder, UnpackOrder

_GIB = 1024**3
# A process that reads many documents may gather what the libraries leave behind.
_ORDERS_A_PROCESS = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SandboxLimits:
    """Bytes of memory and of one written file; seconds for a document and for an archive."""

    memory_bytes: int = _GIB
    file_bytes: int = 2 * _GIB
    document_seconds: float = 120.0
    archive_seconds: float = 600.0


class Sandbox:
    """One reading process, started when it is needed and again when it was lost. Threads take turns."""

    def __init__(self, limits: SandboxLimits | None = None) -> None:
        self._limits = limits or SandboxLimits()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def carry_out(self, order: ExtractOrder | UnpackOrder) -> None:
        """Have an order carried out. Raises `DocumentError`: the file's own, or `DocumentTooComplexError`."""
        limits = self._limits
        seconds = limits.archive_seconds if isinstance(order, UnpackOrder) else limits.document_seconds
        with self._lock:
            answer = self._ask(order, seconds)
        if answer.refusal is not None:
            raise answer.refusal.raised()

    def _ask(self, order: ExtractOrder | UnpackOrder, seconds: float) -> Answer:
        process = self._running()
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the reading process was started without pipes")
        self._orders += 1
        try:
            stdin.write(order.model_dump_json().encode() + b"\n")
            stdin.flush()
            ready, _, _ = select.select([stdout], [], [], seconds)
            line = stdout.readline() if ready else b""
            return Answer.model_validate_json(line)
        except (OSError, ValidationError) as error:
            # Killed by a limit, crashed, or still at it: nothing of it can be used again.
            log.warning("reading_process_lost", kind=order.kind, in_time=bool(process.poll() is not None))
            self._end()
            raise DocumentTooComplexError(
                "reading it takes more time or memory than a document may; simplify it, or save it as text"
            ) from error

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._orders >= _ORDERS_A_PROCESS or (
            self._process is not None and self._process.poll() is not None
        ):
            self._end()
        if self._process is None:
            kept = ("PATH", "PYTHONPATH", "HOME", "TMPDIR")
            environment = {name: os.environ[name] for name in kept if name in os.environ}
            limits = (str(self._limits.memory_bytes), str(self._limits.file_bytes))
            self._process = subprocess.Popen(  # noqa: S603 - this very Python and a module of ours
                (sys.executable, "-m", "services.trainer.extraction.child", *limits),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # It may tell of what it reads.
                stderr=subprocess.DEVNULL,
                env=environment | {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            )
        return self._process

    def _end(self) -> None:
        process, self._process, self._orders = self._process, None, 0
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    log.debug("pipe_closed_already")
