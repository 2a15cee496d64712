"""What goes wrong in an attempt: what passes by itself and what does not, and what somebody can do about it.

The words are for whoever ordered the job; tracebacks are for the operator's log alone.
"""

import errno
from dataclasses import dataclass

from safetensors import SafetensorError
from sqlalchemy.exc import DBAPIError

from cartridge_core.errors import CartridgeError
from cartridge_store.errors import ObjectStoreUnavailableError
from services.trainer.errors import StageTimedOutError
from services.trainer.synthesis_endpoint import SynthesisEndpointError, SynthesisEndpointUnfitError

# An hour and three quarters: nobody is woken for a server that restarts.
MAX_OUTAGES = 110
# What nobody has foreseen is seldom better the fourth time.
MAX_FAILURES = 3
# So soon after an outage everything goes on, however often a job has been hit before.
LONGEST_PAUSE_SECONDS = 60.0

# What is away when such an error comes; the first that fits counts.
_OUTAGES: tuple[tuple[str, type[Exception], str], ...] = (
    (
        "object_store_unavailable",
        ObjectStoreUnavailableError,
        "the object store did not answer, or refused",
    ),
    ("database_unavailable", DBAPIError, "the database did not answer"),
    (
        "synthesis_endpoint_unfit",
        SynthesisEndpointUnfitError,
        "the server that self-study decodes with ran another model than the trainer",
    ),
    (
        "synthesis_endpoint_unavailable",
        SynthesisEndpointError,
        "the server that self-study decodes with did not answer, or refused",
    ),
)

_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Failure:
    """Why an attempt ended, as its job will tell it if no other attempt does better.

    `tries` is how many attempts may end like this; 1 for what is as it is, however often it is tried.
    """

    code: str
    detail: str
    tries: int

    @property
    def is_outage(self) -> bool:
        """Whether something that the trainer needs was away, and no fault was found in the job or the trainer."""
        return self.tries == MAX_OUTAGES

    def pause(self, number: int, first_seconds: float) -> float:
        """Seconds to wait after the failure of this number, counted from 1: each time twice as long."""
        return min(first_seconds * 2.0 ** (number - 1), LONGEST_PAUSE_SECONDS)


def understand(error: Exception) -> Failure:
    """What an exception that ended an attempt means for its job."""
    if isinstance(error, CartridgeError):
        passes = isinstance(error, StageTimedOutError) and error.passes
        return Failure(error.code, str(error), MAX_FAILURES if passes else 1)
    for code, kind, what in _OUTAGES:
        if isinstance(error, kind):
            return _away(code, what)
    if _says_disk_full(error):
        return _away("worker_disk_full", "the workers' disks were full")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        detail = (
            "the workers' memory was too small for it; ask for less at a time "
            "(training.batch_tokens, self_study.batch_rows, cartridge_tokens), or for larger workers"
        )
        return Failure("out_of_memory", detail, MAX_FAILURES)
    detail = (
        "the trainer failed for reasons of its own. Try the job again; if it fails again, give its id and "
        "request id to whoever runs the service: the log has the reason"
    )
    return Failure("internal_error", detail, MAX_FAILURES)


def _away(code: str, what: str) -> Failure:
    detail = (
        f"{what} in {MAX_OUTAGES} attempts. Once whoever runs the service has mended that, try the job again"
    )
    return Failure(code, detail, MAX_OUTAGES)


def _says_disk_full(error: Exception) -> bool:
    if isinstance(error, SafetensorError):
        # It has no number for it, only the system's words.
        return f"os error {errno.ENOSPC}" in str(error)
    return isinstance(error, OSError) and error.errno in _FULL
