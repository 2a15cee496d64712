"""What an attempt's failure means for its job."""

import errno

import pytest
from safetensors import SafetensorError
from sqlalchemy.exc import OperationalError

from cartridge_core.errors import CorpusTooShortError
from cartridge_store.errors import ObjectStoreUnavailableError
from services.trainer.failures import LONGEST_PAUSE_SECONDS, MAX_FAILURES, MAX_OUTAGES, understand


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ObjectStoreUnavailableError("no answer"), "object_store_unavailable"),
        (OperationalError("select", {}, Exception("gone")), "database_unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), "worker_disk_full"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "worker_disk_full"),
    ],
)
def test_what_passes_is_tried_for_long_and_named(error: Exception, code: str) -> None:
    failure = understand(error)
    assert (failure.code, failure.tries) == (code, MAX_OUTAGES)
    assert "try the job again" in failure.detail


def test_what_is_wrong_with_the_job_itself_is_not_tried_again() -> None:
    failure = understand(CorpusTooShortError("12 tokens, 32 are needed"))
    assert (failure.code, failure.detail, failure.tries) == (
        "corpus_too_short",
        "12 tokens, 32 are needed",
        1,
    )


def test_too_little_memory_says_what_to_ask_for_less_of() -> None:
    failure = understand(MemoryError())
    assert (failure.code, failure.tries) == ("out_of_memory", MAX_FAILURES)
    assert "training.batch_tokens" in failure.detail


def test_what_nobody_foresaw_tells_nothing_of_its_insides() -> None:
    failure = understand(OSError(errno.EIO, "/secret/path"))
    assert (failure.code, failure.tries) == ("internal_error", MAX_FAILURES)
    assert "secret" not in failure.detail


def test_each_pause_is_twice_as_long_up_to_a_limit() -> None:
    failure = understand(ObjectStoreUnavailableError("no answer"))
    assert [failure.pause(number, 5.0) for number in (1, 2, 3)] == [5.0, 10.0, 20.0]
    assert failure.pause(MAX_OUTAGES, 5.0) == LONGEST_PAUSE_SECONDS
