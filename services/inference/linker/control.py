"""The linker's door for the pod agent: a Unix socket, a thread a connection.

What a connection holds is released when it ends, so that an agent that was killed leaves nothing held.
"""

import logging
import socketserver
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from services.inference.linker import protocol
from services.inference.linker.compositions import Composition, Compositions
from services.inference.linker.host_store import HostFullError, HostStore, UnreadableError
from services.inference.linker.loads import Loads

log = logging.getLogger(__name__)

PageHashes = Callable[[protocol.Hold], list[str]]


class ControlServer:
    """Answers the requests of `protocol` on `path` until `close`."""

    def __init__(
        self, path: Path, hello: protocol.HelloReply, *, compositions: Compositions, host: HostStore, loads: Loads,
        page_hashes: PageHashes,
    ) -> None:  # fmt: skip
        self._hello = hello
        self._compositions = compositions
        self._host = host
        self._loads = loads
        self._page_hashes = page_hashes
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        desk = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                desk.serve(self)

        self._server = _Server(str(path), Handler)
        path.chmod(0o600)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.2},
            name="linker-control",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        """Answer one connection's requests until it ends."""
        held: dict[str, str] = {}
        try:
            for line in connection.rfile:
                reply = self._reply(line, held)
                connection.wfile.write(reply.model_dump_json(exclude_none=True).encode() + b"\n")
        except OSError as error:
            log.info("an agent's connection broke: %s", error)
        finally:
            for rid, name in held.items():
                self._release(rid, name)

    def _reply(self, line: bytes, held: dict[str, str]) -> protocol.Reply:
        try:
            result = self._answer(protocol.parse_request(line), held)
        except ValidationError as error:
            return _failure("invalid", str(error))
        except HostFullError as error:
            return _failure("too_large" if error.for_ever else "host_full", str(error))
        except UnreadableError as error:
            return _failure("unreadable", str(error))
        except KeyError as error:
            return _failure("not_held", f"request {error} holds nothing on this connection")
        except Exception as error:
            log.exception("a request of the agent failed")
            return _failure("internal", str(error))
        return protocol.Reply(result=result.model_dump())

    def _answer(self, request: protocol.Request, held: dict[str, str]) -> BaseModel:
        match request:
            case protocol.Hello():
                return self._hello
            case protocol.Hold():
                reply = self._hold(request)
                held[request.rid] = request.composition
                return reply
            case protocol.Release():
                self._release(request.rid, held.pop(request.rid))
            case protocol.Confirm():
                name = protocol.composition_of(request.rid) or ""
                return protocol.ConfirmReply(intact=self._compositions.is_intact(request.rid, name))
            case protocol.Pin():
                self._host.pin(request.file, pinned=request.pinned)
            case protocol.Drop():
                self._compositions.forget_with(request.digest)
                self._host.drop(request.digest)
            case protocol.Residents():
                return self._residents()
        return protocol.Done()

    def _hold(self, request: protocol.Hold) -> protocol.HoldReply:
        started = time.monotonic()
        from_disk = self._host.hold(request.files)
        try:
            pages = self._page_hashes(request)
        except BaseException:
            self._host.release(file.digest for file in request.files)
            raise
        known = self._compositions.hold(
            Composition(
                name=request.composition,
                pages={page: place for place, page in enumerate(pages)},
                digests=tuple(file.digest for file in request.files),
                segments=tuple(request.segments),
                inverse_frequencies=tuple(request.inverse_frequencies),
            )
        )
        return protocol.HoldReply(
            from_disk=from_disk, seconds=time.monotonic() - started, on_device=known.is_trusted
        )

    def _release(self, rid: str, name: str) -> None:
        self._host.release(self._compositions.release(rid, name).digests)

    def _residents(self) -> protocol.ResidentsReply:
        return protocol.ResidentsReply(
            residents=self._host.residents(),
            compositions=len(self._compositions),
            used_bytes=self._host.used_bytes,
            evictions=self._host.evictions,
            loads=self._loads.landed,
            failed_loads=self._loads.failed,
            loaded_bytes=self._loads.landed_bytes,
        )


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 16


def _failure(code: str, detail: str) -> protocol.Reply:
    return protocol.Reply(failure=protocol.Failure(code=code, detail=detail))
