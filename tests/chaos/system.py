"""The whole platform as processes on this machine: what a cluster runs, with S3 behind a connection that can be cut."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import redis
from celery import Celery

from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.objects import ObjectStore
from cartridge_store.queue import TRAIN_TASK, TRAINING_QUEUE
from cartridge_store.settings import BrokerSettings
from services.cli.administration import object_store
from services.cli.stack.backing import plan_backing
from services.cli.stack.checks import answers
from services.cli.stack.credentials import load_or_create
from services.cli.stack.paths import DataPaths
from services.cli.stack.platform import plan_platform
from services.cli.stack.ports import PortChooser
from services.trainer.messages import make_app
from tests.chaos.ledger import Ledger
from tests.chaos.parts import Part, with_settings
from tests.inference.router.cable import Cable

WORKERS = 3
SLOW_SECONDS = 0.02
LEASE_SECONDS = 3.0
DISK_MEGABYTES = 24
FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)
_TIMES = {
    "CARTRIDGES_TRAINER_LEASE_SECONDS": str(LEASE_SECONDS),
    "CARTRIDGES_TRAINER_BEAT_SECONDS": "0.6",
    "CARTRIDGES_TRAINER_POLL_SECONDS": "0.2",
    "CARTRIDGES_TRAINER_RETRY_SECONDS": "0.3",
    "CARTRIDGES_DISPATCHER_POLL_SECONDS": "0.2",
    "CARTRIDGES_DISPATCHER_SWEEP_SECONDS": "1",
    "CARTRIDGES_DISPATCHER_REWAKE_SECONDS": "1",
    # Jobs that nobody orders: what is promised is said of those that somebody has ordered.
    "CARTRIDGES_PREVIEW": "false",
}
_ROOM = {
    f"CARTRIDGES_QUOTA_{name}": "1000000"
    for name in ("CORPORA", "CARTRIDGES", "CONCURRENT_JOBS", "REQUESTS_MINUTE")
}


@dataclass(frozen=True)
class Disk:
    """The directory in which a worker works: a small file system of its own where one can be mounted."""

    path: Path
    mounted: bool

    def fill(self) -> None:
        """Leave no byte free on it."""
        with (self.path / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 65_536)
            except OSError:
                return

    def free(self) -> None:
        (self.path / "filler").unlink(missing_ok=True)


@dataclass
class System:
    """The parts by name, and the ways past them by which the suite looks and meddles."""

    parts: dict[str, Part]
    disks: dict[str, Disk]
    cable: Cable
    ledger: Ledger
    objects: ObjectStore
    broker: redis.Redis
    celery: Celery
    api_url: str
    environment: dict[str, str]
    _slow: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def slow_store(self) -> Iterator[None]:
        """Within it the object store answers more slowly; several may ask for that."""
        with self._lock:
            self._slow += 1
            self.cable.delay_seconds = SLOW_SECONDS
        try:
            yield
        finally:
            with self._lock:
                self._slow -= 1
                self.cable.delay_seconds = SLOW_SECONDS if self._slow else 0.0

    @property
    def workers(self) -> list[Part]:
        return [part for name, part in self.parts.items() if name.startswith("trainer")]

    def worker_of(self, pid: int) -> Part | None:
        """The worker to which a process belongs."""
        return next((part for part in self.workers if pid in part.pids), None)

    def wake(self, job_id: str) -> None:
        """Deliver a wake-up for a job, whether or not it needs one."""
        self.celery.send_task(TRAIN_TASK, args=[job_id], queue=TRAINING_QUEUE, retry=False)

    def faketime(self) -> str | None:
        return next((path for path in FAKETIME if Path(path).exists()), None)


@contextmanager
def running_system(data_dir: Path, model: Path) -> Iterator[System]:
    """Everything started anew below `data_dir`, with `model` as the base model; all of it gone at the end."""
    paths = DataPaths(data_dir)
    paths.create()
    ports = PortChooser(paths.ports_file, prefer_usual=False)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
    backing = plan_backing(paths, load_or_create(paths.secrets_file), clean, ports, lambda _: None)
    parts = {spec.name: Part(spec, spec.check) for spec in backing.specs}
    environment = dict(backing.environment)
    disks: dict[str, Disk] = {}
    cable = Cable(f"http://{environment['CARTRIDGES_S3_ENDPOINT']}")
    try:
        for part in parts.values():
            part.start()
        backing.prepare()
        bring_up_to_date(environment)
        through_cable = environment | {"CARTRIDGES_S3_ENDPOINT": cable.url.removeprefix("http://")}
        platform = plan_platform(paths, clean | _TIMES | _ROOM, through_cable, model, "torch", ports=ports)
        specs = {spec.name: spec for spec in platform.specs}
        ready = answers(f"{platform.api_url}/readyz?without=inference")
        parts["api"] = Part(specs["api"], ready)
        parts["dispatcher"] = Part(specs["dispatcher"])
        for number in range(WORKERS):
            name = f"trainer-{number}"
            disks[name] = _make_disk(data_dir / name)
            settings = {"CARTRIDGES_DATA_DIR": str(disks[name].path), "OMP_NUM_THREADS": "1"}
            spec = with_settings(specs["trainer"], name, settings)
            command = (
                *(word for word in spec.command if "--hostname" not in word),
                f"--hostname={name}@chaos",
            )
            parts[name] = Part(replace(spec, command=command))
        for name in ("api", "dispatcher", *disks):
            parts[name].start()
        broker_url = environment["CARTRIDGES_BROKER_URL"]
        system = System(
            parts=parts,
            disks=disks,
            cable=cable,
            ledger=Ledger(environment["CARTRIDGES_DATABASE_URL"]),
            objects=object_store(environment),
            broker=redis.Redis.from_url(broker_url),
            celery=make_app(BrokerSettings.model_validate({"broker_url": broker_url})),
            api_url=platform.api_url,
            environment=environment,
        )
        yield system
    finally:
        for name in reversed(parts):
            parts[name].stop()
        cable.close()
        for disk in disks.values():
            if disk.mounted:
                _unmount(disk.path)


def worker_pid(worker: str | None) -> int | None:
    """The process id in a worker's name as a job's row has it."""
    return None if worker is None else int(worker.rpartition(":")[2])


def _make_disk(path: Path) -> Disk:
    path.mkdir()
    mount = shutil.which("mount", path=f"{os.defpath}:/usr/sbin:/sbin")
    if mount is None or os.geteuid() != 0:
        return Disk(path, mounted=False)
    command = [mount, "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=0700", "tmpfs", str(path)]
    return Disk(path, mounted=subprocess.run(command, capture_output=True, check=False).returncode == 0)


def _unmount(path: Path) -> None:
    for _ in range(50):
        if subprocess.run(["umount", str(path)], capture_output=True, check=False).returncode == 0:  # noqa: S607
            return
        time.sleep(0.1)
