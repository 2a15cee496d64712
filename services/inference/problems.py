"""Which answer each error becomes."""

from collections.abc import Mapping

from cartridge_core.errors import CartridgeError
from cartridge_store.errors import GrantInvalidError, ObjectStoreUnavailableError
from cartridge_web.handlers import ProblemOf
from cartridge_web.problems import Problem, internal_error
from services.inference.errors import BusyError, EngineFailedError, InferenceError

_ANSWERS = {
    "prompt_too_long": (400, "Prompt too long"),
    "grant_invalid": (401, "Grant not valid"),
    "grant_missing_cartridge": (403, "Cartridge not granted"),
    "cartridge_not_found": (404, "Cartridge not found"),
    "cartridge_model_mismatch": (409, "Cartridge of another model"),
    "cartridge_corrupt": (422, "Cartridge corrupt"),
    "cartridge_version_unsupported": (422, "Cartridge of another format version"),
    "cartridge_too_large": (422, "Cartridges too large"),
    "engine_failed": (500, "Engine failed"),
    "busy": (503, "Busy"),
    "cartridge_withheld": (503, "Answer withheld"),
    "disk_full": (503, "Disk full"),
    "engine_unavailable": (503, "Engine unavailable"),
    "engine_not_ready": (503, "Not ready"),
    "object_store_unavailable": (503, "Object store unavailable"),
}


def problem_of(error: Exception) -> Problem:
    """The problem that tells `error`; faults of ours tell nothing but that they happened."""
    if isinstance(error, Problem):
        return error
    if not isinstance(
        error, CartridgeError | InferenceError | GrantInvalidError | ObjectStoreUnavailableError
    ):
        return internal_error()
    if error.code not in _ANSWERS:
        return internal_error()
    status, title = _ANSWERS[error.code]
    return Problem(status, error.code, title, str(error), _headers(error))


def _headers(error: Exception) -> Mapping[str, str] | None:
    if isinstance(error, BusyError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, ObjectStoreUnavailableError):
        return {"Retry-After": "5"}
    if isinstance(error, GrantInvalidError):
        return {"WWW-Authenticate": "Bearer"}
    return None


TRANSLATIONS: Mapping[type[Exception], ProblemOf] = dict.fromkeys(
    (CartridgeError, InferenceError, EngineFailedError, GrantInvalidError, ObjectStoreUnavailableError),
    problem_of,
)
