"""What is done to the platform. Each fault is over, and what it took away is back, when its function returns."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cartridge_store.queue import TRAINING_QUEUE
from tests.chaos.customer import KINDS, Customer
from tests.chaos.parts import Part
from tests.chaos.system import LEASE_SECONDS, System, worker_pid

STAGES = ("parse", "self_study", "baselines", "train", "evaluate", "publish")
FAR_CLOCKS = ("+420s", "-420s")
AWAY_SECONDS = (0.5, 2.5)
SLOW_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Scene:
    """Who is there when a fault happens. `draw` makes it happen at another moment each time."""

    system: System
    customer: Customer
    draw: random.Random

    def await_running(self, stage: str | None = None) -> Any | None:
        """A job in a worker's hands, in `stage` where one is named; None where none comes by."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for row in self.system.ledger.running():
                if stage in (None, row.stage) and row.worker is not None:
                    return row
            time.sleep(0.005)
        return None

    def await_row(self, query: str) -> bool:
        """Whether the query has come to count more than it does now."""
        before, deadline = self.system.ledger.one(query), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.system.ledger.one(query) > before:
                return True
            time.sleep(0.002)
        return False

    def a_while(self) -> float:
        return self.draw.uniform(*AWAY_SECONDS)


Fault = Callable[[Scene], None]


def worker_killed_in(stage: str) -> Fault:
    """SIGKILL for the whole worker while it is in a stage."""

    def fault(scene: Scene) -> None:
        # Slower, so that stages of milliseconds can be hit at all.
        scene.system.cable.delay_seconds = SLOW_SECONDS
        try:
            _kill_worker_of(scene, scene.await_running(stage))
        finally:
            scene.system.cable.delay_seconds = 0.0

    return fault


def worker_killed_at_random(scene: Scene) -> None:
    """SIGKILL for the process that trains alone, at any step: Celery's own process forks another."""
    job = scene.await_running("train")
    time.sleep(scene.draw.uniform(0.0, 0.6))
    part, pid = _worker_of(scene, job)
    if part is not None and pid in part.pids:
        _signal(pid, signal.SIGKILL)


def worker_stopped(scene: Scene) -> None:
    """SIGTERM, as in every deployment."""
    part, _ = _worker_of(scene, scene.await_running())
    part = part or scene.system.workers[0]
    part.stop()
    part.start()


def worker_paused(scene: Scene) -> None:
    """Stopped for longer than its lease holds: when it goes on, another one works on its job."""
    part, _ = _worker_of(scene, scene.await_running("train"))
    if part is None:
        return
    part.signal(signal.SIGSTOP)
    time.sleep(LEASE_SECONDS * scene.draw.uniform(1.2, 1.8))
    part.signal(signal.SIGCONT)


def lease_given_away(scene: Scene) -> None:
    """The lease ends under the worker, and another is woken at once: both believe that the job is theirs."""
    job = scene.await_running(scene.draw.choice(["self_study", "train", "evaluate"]))
    if job is None:
        return
    scene.system.ledger.execute(
        "update training_jobs set lease_expires_at = now() - interval '1 second' where id = :id and state = 'running'",
        id=job.id,
    )
    scene.system.wake(job.id)


def worker_clock_skewed(scene: Scene) -> None:
    """A worker comes back with a clock minutes off the others'."""
    library = scene.system.faketime()
    part = scene.draw.choice(scene.system.workers)
    part.stop()
    part.start(
        LD_PRELOAD=str(library), FAKETIME=scene.draw.choice(FAR_CLOCKS), FAKETIME_DONT_FAKE_MONOTONIC="1",
        FAKETIME_NO_CACHE="1",
    )  # fmt: skip


def cancelled_after_a_kill(scene: Scene) -> None:
    """The worker dies while it publishes, then the tenant gives the job up."""
    scene.system.cable.delay_seconds = SLOW_SECONDS
    try:
        order = scene.customer.order_unlike_any()
        order.faults.add("cancelled after a kill in publish")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            job = next((row for row in scene.system.ledger.running() if row.id == order.job_id), None)
            if job is not None and job.stage == "publish" and job.worker is not None:
                time.sleep(scene.draw.uniform(0.0, 0.15))
                _kill_worker_of(scene, job)
                break
            if not scene.system.ledger.waiting_for_end(order.job_id):
                return
            time.sleep(0.005)
        if scene.system.ledger.waiting_for_end(order.job_id):
            scene.customer.cancel(order.job_id)
    finally:
        scene.system.cable.delay_seconds = 0.0


def api_killed_after_commit(scene: Scene) -> None:
    """The job is committed, nobody was woken, and perhaps nobody was answered."""
    dispatcher = scene.system.parts["dispatcher"]
    dispatcher.signal(signal.SIGSTOP)
    ordering = threading.Thread(target=scene.customer.order, args=[scene.draw.randrange(KINDS)], daemon=True)
    try:
        ordering.start()
        scene.await_row("select count(*) from training_jobs")
        _kill_and_start(scene.system.parts["api"])
    finally:
        dispatcher.signal(signal.SIGCONT)
    ordering.join()


def api_killed_in_upload(scene: Scene) -> None:
    """Between the promise to clean up and the rows, or just after them."""
    scene.system.cable.delay_seconds = SLOW_SECONDS
    try:
        scene.await_row("select count(*) from object_deletions")
        time.sleep(scene.draw.uniform(0.0, 0.1))
        _kill_and_start(scene.system.parts["api"])
    finally:
        scene.system.cable.delay_seconds = 0.0


def dispatcher_killed(scene: Scene) -> None:
    """Right after it has marked a job as woken, before or after the message is sent."""
    scene.await_row("select count(*) from training_jobs where woken_at is not null")
    _kill_and_start(scene.system.parts["dispatcher"])


def part_killed(name: str) -> Fault:
    """SIGKILL for a backing service under load; it comes back after a while."""

    def fault(scene: Scene) -> None:
        scene.await_running()
        scene.system.parts[name].kill()
        time.sleep(scene.a_while() / 2)
        scene.system.parts[name].start()

    return fault


def redis_flushed(scene: Scene) -> None:
    scene.await_running()
    scene.system.broker.flushall()


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


def disk_full(scene: Scene) -> None:
    """No byte is free where a worker works."""
    job = scene.await_running()
    part, _ = _worker_of(scene, job)
    disk = scene.system.disks[(part or scene.system.workers[0]).name]
    disk.fill()
    time.sleep(scene.a_while())
    disk.free()


def wake_ups_doubled(scene: Scene) -> None:
    """Each unfinished job's wake-up comes five times, and some of jobs that have ended."""
    known = [order.job_id for order in scene.customer.orders]
    jobs = scene.system.ledger.unfinished() * 5 + scene.draw.sample(known, min(5, len(known)))
    scene.draw.shuffle(jobs)
    for job_id in jobs:
        scene.system.wake(job_id)


def wake_ups_reordered(scene: Scene) -> None:
    """What waits in the queue comes in another order, behind one that names no job."""
    scene.system.wake("job_00000000000000000000000000")
    for job_id in scene.system.ledger.unfinished():
        scene.system.wake(job_id)
    waiting = scene.system.broker.lrange(TRAINING_QUEUE, 0, -1)
    scene.draw.shuffle(waiting)
    with scene.system.broker.pipeline() as exchange:
        exchange.delete(TRAINING_QUEUE)
        if waiting:
            exchange.rpush(TRAINING_QUEUE, *waiting)
        exchange.execute()


def _worker_of(scene: Scene, job: Any | None) -> tuple[Part | None, int]:
    pid = worker_pid(None if job is None else job.worker) or 0
    return scene.system.worker_of(pid), pid


def _kill_worker_of(scene: Scene, job: Any | None) -> None:
    part, _ = _worker_of(scene, job)
    _kill_and_start(part or scene.draw.choice(scene.system.workers))


def _kill_and_start(part: Part) -> None:
    part.kill()
    part.start()


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


FAULTS: dict[str, tuple[int, Fault]] = {
    **{f"worker killed in {stage}": (2, worker_killed_in(stage)) for stage in STAGES},
    "worker killed at a random step": (6, worker_killed_at_random),
    "worker paused beyond its lease": (3, worker_paused),
    "worker stopped by SIGTERM": (3, worker_stopped),
    "worker's clock skewed": (3, worker_clock_skewed),
    "worker's disk full": (4, disk_full),
    "two workers with one lease": (6, lease_given_away),
    "cancelled after a kill in publish": (3, cancelled_after_a_kill),
    "api killed between commit and wake-up": (4, api_killed_after_commit),
    "api killed in an upload": (3, api_killed_in_upload),
    "dispatcher killed": (4, dispatcher_killed),
    "postgres killed": (6, part_killed("postgres")),
    "redis killed": (6, part_killed("redis")),
    "s3 killed": (4, part_killed("s3")),
    "redis flushed": (6, redis_flushed),
    "s3 refuses": (6, s3_refuses),
    "s3 hangs": (6, s3_hangs),
    "wake-ups doubled": (6, wake_ups_doubled),
    "wake-ups reordered": (6, wake_ups_reordered),
}
"""By name: how often of a hundred, about, and what is done."""
