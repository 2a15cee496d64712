"""`python -m services.trainer.one_job JOB`: one attempt at one training job, and out. For Kubernetes Jobs.

How the attempt ended stands in the database; the process fails only where it could not even begin.
"""

import signal
import sys
import threading

from cartridge_web.logs import configure_logging
from cartridge_web.tracing import configure_tracing, flush_traces
from services.trainer.attempt import run_attempt
from services.trainer.settings import WorkerSettings
from services.trainer.worker import make_worker


def main() -> int:
    if len(sys.argv) != 2:
        print("which job? python -m services.trainer.one_job job_...", file=sys.stderr)
        return 2
    configure_logging("trainer")
    configure_tracing("trainer")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        run_attempt(make_worker(WorkerSettings(), stopping.is_set), sys.argv[1])
    finally:
        flush_traces()
    return 0


if __name__ == "__main__":
    sys.exit(main())
