"""Wakes workers: finds jobs that nobody works on and sends their ids, again and again until one follows.

Beside that it deletes the objects of rows that are gone, and reads the files that were uploaded.

The database is the only memory, so a broker that loses its messages loses nothing.
"""

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.repositories import attempts
from cartridge_store.multipart import Multiparts
from cartridge_store.objects import ObjectStore
from cartridge_store.queue import TRAIN_TASK, TRAINING_QUEUE
from cartridge_web.logs import configure_logging
from services.trainer.checking.checker import Checker, keep_checking
from services.trainer.extraction.sandbox import Sandbox, SandboxLimits
from services.trainer.messages import make_app
from services.trainer.settings import DispatcherSettings
from services.trainer.sweeper import keep_sweeping

HEARTBEAT_FILE = "dispatcher.heartbeat"
BATCH = 50

log = structlog.get_logger(__name__)


def wake_due_jobs(sessions: SessionFactory, wake: Callable[[str], None], rewake_seconds: float) -> int:
    """Wake every job that is due; how many there were."""
    with sessions.begin() as session:
        due = attempts.due_for_wakeup(session, limit=BATCH, rewake_seconds=rewake_seconds)
    # After the commit: a worker that is faster than us would find the row locked and turn away.
    for job_id in due:
        wake(job_id)
    return len(due)


def main() -> None:
    """Run until SIGTERM or SIGINT. The heartbeat file's age tells whether rounds still succeed."""
    configure_logging("dispatcher")
    settings = DispatcherSettings()
    sessions = make_session_factory(make_engine(settings))
    app = make_app(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    heartbeat: Path = settings.data_dir / HEARTBEAT_FILE
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    def wake(job_id: str) -> None:
        app.send_task(TRAIN_TASK, args=[job_id], queue=TRAINING_QUEUE, retry=False)
        log.info("worker_woken", job=job_id)

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
    log.info("dispatcher_started")
    while not stopping.wait(settings.dispatcher_poll_seconds):
        try:
            wake_due_jobs(sessions, wake, settings.dispatcher_rewake_seconds)
            heartbeat.touch()
        except (SQLAlchemyError, BrokerError) as error:
            # The jobs are still in the database; those marked already are woken again a little later.
            log.warning("dispatch_failed", detail=str(error))
    sandbox.close()
    log.info("dispatcher_stopped")


if __name__ == "__main__":
    main()
