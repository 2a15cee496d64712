"""A RabbitMQ of one test alone: Debian's, unpacked by `make tools`, on ports of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import amqp

from services.cli.stack.ports import PortChooser
from services.cli.stack.service import ServiceSpec
from tests.chaos.parts import Part
from tests.conftest import REPOSITORY

ROOT = REPOSITORY / ".tools" / "rabbitmq" / "usr" / "lib"
USER = "cartridges"
_MISSING = "RabbitMQ is unpacked by `make tools`"


@contextmanager
def rabbitmq_server(directory: Path) -> Iterator[tuple[Part, str]]:
    """The server, and its URL."""
    assert ROOT.exists(), _MISSING
    (erts,) = (ROOT / "erlang").glob("erts-*")
    (release,) = (ROOT / "rabbitmq" / "lib").glob("rabbitmq_server-*")
    ports = PortChooser(directory / "ports.json", prefer_usual=False)
    port, distribution, names = (ports.choose(name) for name in ("amqp", "distribution", "names"))
    config = directory / "rabbitmq.conf"
    lines = (
        f"listeners.tcp.1 = 127.0.0.1:{port}",
        f"default_user = {USER}",
        "default_pass = secret",
    )
    config.write_text("".join(f"{line}\n" for line in lines))
    environment = {
        "PATH": f"{ROOT / 'erlang' / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(directory),
        "LC_ALL": "C.UTF-8",
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
    }

    def answers() -> None:
        with amqp.Connection(f"127.0.0.1:{port}", USER, "secret", connect_timeout=3):
            pass

    def part(name: str, *command: str) -> Part:
        log = directory / f"{name}.log"
        return Part(ServiceSpec(name=name, command=command, environment=environment, log=log, check=answers))

    # The server finds its own node by it, and starts one that outlives it where there is none.
    directory_of_nodes = part("epmd", str(erts / "bin" / "epmd"))
    server = part("rabbitmq", str(release / "sbin" / "rabbitmq-server"))
    server.well = answers
    try:
        directory_of_nodes.start()
        server.start()
        yield server, f"amqp://{USER}:secret@127.0.0.1:{port}//"
    finally:
        server.kill()
        directory_of_nodes.kill()
        shutil.rmtree(directory / "mnesia", ignore_errors=True)
