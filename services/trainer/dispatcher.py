"""Wakes workers: finds jobs that nobody works on and sends their ids, again and again until one follows.

Beside that it deletes the objects of rows that are gone, reads the files that were uploaded, and orders previews of what
has been read.

The database is the only memory, so a broker that loses its messages loses nothing.
"""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import structlog
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.repositories import attempts, shards
from cartridge_store.multipart import Multiparts
from cartridge_store.objects import ObjectStore
from cartridge_web.logs import configure_logging
from cartridge_web.status import serving_status
from services.trainer.checking.checker import Checker, keep_checking
from services.trainer.extraction.sandbox import Sandbox, SandboxLimits
from services.trainer.launch_template import LaunchError, read_template
from services.trainer.messages import make_app
from services.trainer.observation import DispatcherMetrics, Observer, Rounds
from services.trainer.previewing import order_due_previews
from services.trainer.settings import DispatcherSettings
from services.trainer.sweeper import keep_sweeping
from services.trainer.waking import QueueWaker, Waker

HEARTBEAT_FILE = "dispatcher.heartbeat"
BATCH = 50

log = structlog.get_logger(__name__)


def wake_due_jobs(sessions: SessionFactory, waker: Waker, rewake_seconds: float) -> int:
    """Wake the jobs that are due, and helpers for shards, as far as there is room; how many there were.

    Those for which there is no room are due again after `rewake_seconds`. Raises `SQLAlchemyError` and what a
    `Waker` raises.
    """
    with sessions.begin() as session:
        due = attempts.due_for_wakeup(session, limit=BATCH, rewake_seconds=rewake_seconds)
        # Behind the jobs: a worker takes a whole job first, whatever it is woken for.
        helped = (
            shards.due_for_wakeup(session, limit=BATCH, rewake_seconds=rewake_seconds) if waker.helps else []
        )
    if not due and not helped:
        return 0
    # After the commit: a worker that is faster than us would find the row locked and turn away.
    room = max(0, waker.room())
    woken = [*due, *helped][:room]
    for job_id in woken:
        waker.wake(job_id)
    if room < len(due):
        log.info("no_room_for_jobs", left=len(due) - room)
    return len(woken)


def main() -> None:
    """Run until SIGTERM or SIGINT. The heartbeat file's age tells whether rounds still succeed."""
    configure_logging("dispatcher")
    settings = DispatcherSettings()
    sessions = make_session_factory(make_engine(settings))
    queue = QueueWaker(make_app(settings), settings.dispatcher_queue_limit)
    waker = _waker(settings, queue)
    metrics = DispatcherMetrics()
    rounds = Rounds(metrics, settings.dispatcher_patience_seconds)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    heartbeat: Path = settings.data_dir / HEARTBEAT_FILE
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    objects, multiparts = ObjectStore(settings), Multiparts(settings)
    sweeping = (sessions, objects, multiparts, stopping, settings.dispatcher_sweep_seconds)
    threading.Thread(target=keep_sweeping, args=sweeping, name="sweeper", daemon=True).start()
    scratch = settings.data_dir / "checking"
    scratch.mkdir(exist_ok=True)
    sandbox = Sandbox(SandboxLimits(file_bytes=settings.max_document_bytes))
    checking = (
        Checker(sessions, objects, sandbox, settings, scratch),
        stopping,
        settings.dispatcher_check_seconds,
    )
    threading.Thread(target=keep_checking, args=checking, name="checker", daemon=True).start()
    observer = Observer(sessions, metrics, queue.depth)
    looking = (stopping, settings.dispatcher_look_seconds)
    threading.Thread(target=observer.keep_looking, args=looking, name="observer", daemon=True).start()
    with ExitStack() as stack:
        if settings.dispatcher_status_port is not None:
            status = serving_status(
                settings.dispatcher_status_port, metrics.registry, alive=rounds.are_made, ready=rounds.succeed
            )
            stack.enter_context(status)
        log.info("dispatcher_started")
        while not stopping.wait(settings.dispatcher_poll_seconds):
            try:
                order_due_previews(sessions, settings)
                rounds.succeeded(wake_due_jobs(sessions, waker, settings.dispatcher_rewake_seconds))
                heartbeat.touch()
            except (SQLAlchemyError, BrokerError, LaunchError) as error:
                # The jobs are still in the database; those marked already are woken again a little later.
                rounds.failed()
                log.warning("dispatch_failed", detail=str(error))
    sandbox.close()
    log.info("dispatcher_stopped")


def _waker(settings: DispatcherSettings, queue: QueueWaker) -> Waker:
    """Raises `LaunchTemplateError`, `ClusterUnknownError`."""
    if settings.launcher_template is None:
        return queue
    # Where workers train there is no cluster, nor its client.
    from cartridge_web.cluster import cluster_client  # noqa: PLC0415
    from services.trainer.launcher import JobLauncher  # noqa: PLC0415

    template = read_template(settings.launcher_template)
    return JobLauncher(
        cluster_client(settings.launcher_kubernetes_api), template, settings.launcher_max_active
    )


if __name__ == "__main__":
    main()
