"""Why an attempt ends without a result: reasons to stop, and failures of a job that only the trainer knows.

A lease that is lost is `cartridge_store.errors.LeaseLostError`.
"""

from cartridge_core.errors import CartridgeError


class AttemptEndedError(Exception):
    """Base of the reasons for which an attempt stops between two steps; none is a fault of the job."""


class JobCancelledError(AttemptEndedError):
    """The tenant asked for the job to stop."""


class WorkerStoppingError(AttemptEndedError):
    """This worker process is shutting down; another one continues from the last checkpoint."""


class SelfStudyEmptyError(CartridgeError):
    """The model wrote no usable conversation about the corpus, so there is nothing to train on."""

    code = "self_study_empty"


class AttemptsExhaustedError(CartridgeError):
    """Workers keep dying over the job."""

    code = "attempts_exhausted"


class StageTimedOutError(CartridgeError):
    """A stage took longer than it may. `passes`: what takes so long may be over for another attempt."""

    code = "stage_timed_out"

    def __init__(self, detail: str, *, passes: bool) -> None:
        super().__init__(detail)
        self.passes = passes


class RecipeUnreadableError(CartridgeError):
    """The stored recipe is none that this release understands."""

    code = "recipe_invalid"


class InitialCartridgeGoneError(CartridgeError):
    """The cartridge that training was to start from is there no more."""

    code = "initial_cartridge_gone"
