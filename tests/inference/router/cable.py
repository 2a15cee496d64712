"""A TCP connection between a client and its server that a test can cut, hold up, slow down, or mend."""

import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65_536
# Lingering for 0 s makes close() send a reset, as the kernel does for a process that was killed.
_RESET = struct.pack("ii", 1, 0)


class Cable:
    """Listens where the router connects, and passes bytes to and from the pod behind it."""

    def __init__(self, pod_url: str) -> None:
        host, _, port = pod_url.removeprefix("http://").partition(":")
        self._pod = (host, int(port))
        self._listener: socket.socket | None = None
        self._port = 0
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self.delay_seconds = 0.0
        """How long each piece of data is under way."""
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        """Take connections (again)."""
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def cut(self) -> None:
        """Reset every connection and refuse new ones, as when the pod's process is killed."""
        assert self._listener is not None
        # Woken by shutdown: a close alone leaves a thread that accepts waiting, and the port open.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None
        self.reset()

    def reset(self) -> None:
        """Reset every connection; new ones are taken."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def hold(self) -> None:
        """Take connections and bytes, and pass nothing on until `release`."""
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    def close(self) -> None:
        self.release()
        if self._listener is not None:
            self.cut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._pod)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._pairs.append((near, far))
            threading.Thread(target=self._pump, args=[near, far], daemon=True).start()

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        """Both directions, until either end closes."""
        try:
            while True:
                for source in select.select([near, far], [], [])[0]:
                    data = source.recv(_CHUNK)
                    if not data:
                        return
                    self._flowing.wait()
                    time.sleep(self.delay_seconds)
                    (far if source is near else near).sendall(data)
        except (OSError, ValueError):
            return
        finally:
            for end in (near, far):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


@contextmanager
def cable_to(pod_url: str) -> Iterator[Cable]:
    cable = Cable(pod_url)
    try:
        yield cable
    finally:
        cable.close()
