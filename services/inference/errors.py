"""Why an engine refuses or gives up a request; errors of the method itself are `cartridge_core.errors`."""


class InferenceError(Exception):
    """Base of this service's own errors. `code` is stable and machine readable."""

    code = "inference_error"


class BusyError(InferenceError):
    """No place for another request now; the same request may succeed after `retry_after` seconds."""

    code = "busy"

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class EngineNotReadyError(BusyError):
    """The weights are still loading, or the engine is stopping."""

    code = "engine_not_ready"


class EngineFailedError(InferenceError):
    """The engine met a fault of its own while it worked on the request."""

    code = "engine_failed"


class CartridgeNotFoundError(InferenceError):
    """The granted object is not in the object store."""

    code = "cartridge_not_found"


class CartridgeTooLargeError(InferenceError):
    """The cartridges of one request do not fit into the memory set aside for cartridges."""

    code = "cartridge_too_large"


class CartridgeNotGrantedError(InferenceError):
    """The request names a cartridge that its grant does not."""

    code = "grant_missing_cartridge"


class DiskFullError(InferenceError):
    """A fetched cartridge cannot be kept on the pod's disk."""

    code = "disk_full"


class CartridgeWithheldError(BusyError):
    """The engine answered without the cartridges it was asked to use, again and again; the answers were kept back."""

    code = "cartridge_withheld"


class EngineUnavailableError(BusyError):
    """The process that runs the model is gone or does not answer; it is being started again."""

    code = "engine_unavailable"


class EngineMismatchError(InferenceError):
    """The process that runs the model serves something else than this one was set up for."""

    code = "engine_mismatch"
