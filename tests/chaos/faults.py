"""What is done to the platform. Each fault is over, and what it took away is back, when its function returns."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cartridge_store.queue import TRAINING_QUEUE
from tests.chaos.customer import KINDS, Customer
from tests.chaos.parts import Part
from tests.chaos.system import LEASE_SECONDS, System, worker_pid

STAGES = ("parse", "self_study", "baselines", "train", "evaluate", "publish")
FAR_CLOCKS = ("+420s", "-420s")
AWAY_SECONDS = (0.5, 2.5)
PATIENCE_SECONDS = 90.0


class MissedError(Exception):
    """The moment for the fault did not come: nothing was done."""


class Lane(StrEnum):
    """Faults of different lanes happen at the same time."""

    WORKERS = "workers"
    SERVICES = "services"
    STORES = "stores"


@dataclass(frozen=True)
class Scene:
    """Who is there when a fault happens. `draw` makes it happen at another moment each time."""

    system: System
    customer: Customer
    draw: random.Random
    stopping: threading.Event
    _hit: set[str] = field(default_factory=set)

    def await_running(self, stage: str | None = None) -> Any:
        """A job in a worker's hands, in `stage` where one is named. Raises `MissedError`."""
        return self.await_one(
            lambda: next(
                (
                    row
                    for row in self.system.ledger.running()
                    if stage in (None, row.stage) and row.worker is not None
                ),
                None,
            )
        )

    def await_one(self, look: Callable[[], Any]) -> Any:
        """What `look` finds. Raises `MissedError` where it finds nothing for long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and not self.stopping.is_set():
            if (found := look()) is not None:
                return found
            time.sleep(0.01)
        raise MissedError

    def await_more(self, query: str) -> None:
        """Until the query counts more than it does now. Raises `MissedError`."""
        before = self.system.ledger.one(query)
        self.await_one(lambda: True if self.system.ledger.one(query) > before else None)

    def hits(self, job_id: str) -> None:
        """Note a job that the fault hit though it began after it."""
        self._hit.add(job_id)

    def take_hit(self) -> set[str]:
        taken = set(self._hit)
        self._hit.clear()
        return taken

    def a_while(self) -> float:
        return self.draw.uniform(*AWAY_SECONDS)

    def through_broker(self, act: Callable[[], object]) -> None:
        """Do something with the broker, which another lane may have killed. Raises `MissedError`."""

        def attempt() -> bool | None:
            with suppress(Exception):  # whatever a client says of a server that is away
                act()
                return True
            return None

        self.await_one(attempt)


Act = Callable[[Scene], None]


@dataclass(frozen=True)
class Fault:
    """`weight`: how often of a hundred, about."""

    lane: Lane
    weight: int
    act: Act


def worker_killed_in(stage: str) -> Act:
    """SIGKILL for the whole worker while it is in a stage."""

    def act(scene: Scene) -> None:
        # Slower, so that stages of milliseconds can be hit at all.
        with scene.system.slow_store():
            part, _ = _worker_of(scene, scene.await_running(stage))
            part.kill_and_start()

    return act


def worker_killed_at_random(scene: Scene) -> None:
    """SIGKILL for the process that trains alone, at any step: Celery's own process forks another."""
    job = scene.await_running("train")
    time.sleep(scene.draw.uniform(0.0, 0.6))
    part, pid = _worker_of(scene, job)
    if pid not in part.pids:
        raise MissedError
    _signal(pid, signal.SIGKILL)


def helper_killed(scene: Scene) -> None:
    """SIGKILL for a worker while it makes a shard of another's job."""
    with scene.customer.few_orders(), scene.system.slow_store():
        shard = scene.await_one(lambda: next(iter(scene.system.ledger.helped()), None))
        part, _ = _worker_of(scene, shard)
        part.kill_and_start()
        scene.hits(shard.id)


def worker_stopped(scene: Scene) -> None:
    """SIGTERM, as in every deployment."""
    part, _ = _worker_of(scene, scene.await_running())
    part.stop_and_start()


def worker_paused(scene: Scene) -> None:
    """Stopped for longer than its lease holds: when it goes on, another one works on its job."""
    part, _ = _worker_of(scene, scene.await_running("train"))
    part.signal(signal.SIGSTOP)
    time.sleep(LEASE_SECONDS * scene.draw.uniform(1.2, 1.8))
    part.signal(signal.SIGCONT)


def lease_given_away(scene: Scene) -> None:
    """The lease ends under the worker, and another is woken at once: both believe that the job is theirs."""
    job = scene.await_running(scene.draw.choice(["self_study", "train", "evaluate"]))
    scene.system.ledger.execute(
        "update training_jobs set lease_expires_at = now() - interval '1 second' where id = :id and state = 'running'",
        id=job.id,
    )
    scene.through_broker(lambda: scene.system.wake(job.id))


def shard_given_away(scene: Scene) -> None:
    """The same of a shard: two workers make it at once."""
    with scene.system.slow_store():
        taken = (
            "update synthesis_shards set lease_expires_at = now() - interval '1 second' where (job_id, stream, shard) in "
            "(select job_id, stream, shard from synthesis_shards where lease_expires_at > now() limit 1) returning job_id"
        )
        job_id = scene.await_one(
            lambda: next((row.job_id for row in scene.system.ledger.change(taken)), None)
        )
        scene.hits(job_id)
        scene.through_broker(lambda: scene.system.wake(job_id))


def worker_clock_skewed(scene: Scene) -> None:
    """A worker comes back with a clock minutes off the others'."""
    scene.draw.choice(scene.system.workers).stop_and_start(
        LD_PRELOAD=str(scene.system.faketime()), FAKETIME=scene.draw.choice(FAR_CLOCKS),
        FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_NO_CACHE="1",
    )  # fmt: skip


def cancelled_after_a_kill(scene: Scene) -> None:
    """The worker dies while it publishes, then the tenant gives the job up."""
    ledger = scene.system.ledger
    with scene.system.slow_store():
        order = scene.customer.order_unlike_any()

        def publishing() -> Any | None:
            job = next((row for row in ledger.running() if row.id == order.job_id), None)
            if job is not None and job.stage == "publish" and job.worker is not None:
                return job
            if not ledger.waiting_for_end(order.job_id):
                raise MissedError
            return None

        job = scene.await_one(publishing)
        time.sleep(scene.draw.uniform(0.0, 0.15))
        part, _ = _worker_of(scene, job)
        part.kill_and_start()
        scene.hits(order.job_id)
        if ledger.waiting_for_end(order.job_id):
            scene.customer.cancel_unless_ended(order.job_id)


def disk_full(scene: Scene) -> None:
    """No byte is free where a worker works."""
    part, _ = _worker_of(scene, scene.await_running())
    disk = scene.system.disks[part.name]
    disk.fill()
    time.sleep(scene.a_while())
    disk.free()


def api_killed_after_commit(scene: Scene) -> None:
    """The job is committed, nobody was woken, and perhaps nobody was answered."""
    dispatcher = scene.system.parts["dispatcher"]
    dispatcher.signal(signal.SIGSTOP)
    ordered: list[str] = []

    def order() -> None:
        ordered.append(scene.customer.order(scene.draw.randrange(KINDS)).job_id)

    ordering = scene.customer.beside(order)
    try:
        scene.await_more("select count(*) from training_jobs")
        scene.system.parts["api"].kill_and_start()
    finally:
        dispatcher.signal(signal.SIGCONT)
        ordering.join()
    for job_id in ordered:
        scene.hits(job_id)


def api_killed_in_upload(scene: Scene) -> None:
    """Between the promise to clean up and the rows, or just after them."""
    with scene.system.slow_store():
        uploading = scene.customer.beside(scene.customer.upload_something)
        scene.await_more("select count(*) from object_deletions")
        time.sleep(scene.draw.uniform(0.0, 0.1))
        scene.system.parts["api"].kill_and_start()
    uploading.join()


def dispatcher_killed(scene: Scene) -> None:
    """Right after it has marked a job as woken, before or after the message is sent."""
    scene.await_more("select count(*) from training_jobs where woken_at is not null")
    scene.system.parts["dispatcher"].kill_and_start()


def part_killed(name: str) -> Act:
    """SIGKILL for a backing service under load; it comes back after a while."""

    def act(scene: Scene) -> None:
        scene.await_running()
        scene.system.parts[name].kill_and_start(scene.a_while() / 2)

    return act


def redis_flushed(scene: Scene) -> None:
    scene.await_running()
    scene.through_broker(scene.system.broker.flushall)


def s3_refuses(scene: Scene) -> None:
    scene.await_running()
    scene.system.cable.cut()
    time.sleep(scene.a_while())
    scene.system.cable.mend()


def s3_hangs(scene: Scene) -> None:
    """Connections are taken, nothing is answered, and in the end they break."""
    scene.await_running()
    scene.system.cable.hold()
    time.sleep(scene.a_while())
    scene.system.cable.reset()
    scene.system.cable.release()


def wake_ups_doubled(scene: Scene) -> None:
    """Each unfinished job's wake-up comes five times, and some of jobs that have ended."""
    known = [order.job_id for order in scene.customer.orders]
    jobs = scene.system.ledger.unfinished() * 5 + scene.draw.sample(known, min(5, len(known)))
    scene.draw.shuffle(jobs)
    for job_id in jobs:
        scene.through_broker(lambda job_id=job_id: scene.system.wake(job_id))  # type: ignore[misc]


def wake_ups_reordered(scene: Scene) -> None:
    """What waits in the queue comes in another order, behind one that names no job."""
    jobs = ["job_00000000000000000000000000", *scene.system.ledger.unfinished()]

    def reorder() -> None:
        for job_id in jobs:
            scene.system.wake(job_id)
        waiting = scene.system.broker.lrange(TRAINING_QUEUE, 0, -1)
        scene.draw.shuffle(waiting)
        with scene.system.broker.pipeline() as exchange:
            exchange.delete(TRAINING_QUEUE)
            if waiting:
                exchange.rpush(TRAINING_QUEUE, *waiting)
            exchange.execute()

    scene.through_broker(reorder)


def _worker_of(scene: Scene, held: Any) -> tuple[Part, int]:
    """Whose hands a job or a shard is in. Raises `MissedError` where they are gone already."""
    pid = worker_pid(held.worker) or 0
    part = scene.system.worker_of(pid)
    if part is None:
        raise MissedError
    return part, pid


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


FAULTS: dict[str, Fault] = {
    **{f"worker killed in {stage}": Fault(Lane.WORKERS, 2, worker_killed_in(stage)) for stage in STAGES},
    "worker killed at a random step": Fault(Lane.WORKERS, 5, worker_killed_at_random),
    "worker killed over another's shard": Fault(Lane.WORKERS, 2, helper_killed),
    "worker paused beyond its lease": Fault(Lane.WORKERS, 3, worker_paused),
    "worker stopped by SIGTERM": Fault(Lane.WORKERS, 3, worker_stopped),
    "worker's clock skewed": Fault(Lane.WORKERS, 2, worker_clock_skewed),
    "worker's disk full": Fault(Lane.WORKERS, 3, disk_full),
    "two workers with one lease": Fault(Lane.WORKERS, 4, lease_given_away),
    "two workers with one shard": Fault(Lane.WORKERS, 3, shard_given_away),
    "cancelled after a kill in publish": Fault(Lane.WORKERS, 2, cancelled_after_a_kill),
    "api killed between commit and wake-up": Fault(Lane.SERVICES, 6, api_killed_after_commit),
    "api killed in an upload": Fault(Lane.SERVICES, 5, api_killed_in_upload),
    "dispatcher killed": Fault(Lane.SERVICES, 6, dispatcher_killed),
    "wake-ups doubled": Fault(Lane.SERVICES, 7, wake_ups_doubled),
    "wake-ups reordered": Fault(Lane.SERVICES, 7, wake_ups_reordered),
    "postgres killed": Fault(Lane.STORES, 6, part_killed("postgres")),
    "redis killed": Fault(Lane.STORES, 6, part_killed("redis")),
    "redis flushed": Fault(Lane.STORES, 6, redis_flushed),
    "s3 killed": Fault(Lane.STORES, 4, part_killed("s3")),
    "s3 refuses": Fault(Lane.STORES, 6, s3_refuses),
    "s3 hangs": Fault(Lane.STORES, 6, s3_hangs),
}
