"""Errors of the store, each with the stable `code` that an edge turns into an answer."""


class StoreError(Exception):
    """Base of all errors of the store."""

    code = "store_error"


class NotFoundError(StoreError):
    """No such thing for this tenant."""

    code = "not_found"


class ConflictError(StoreError):
    """The request contradicts what is there. `code` says how."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class LeaseLostError(StoreError):
    """Another attempt owns the job, or it has ended: the caller must stop and write nothing more."""

    code = "lease_lost"


class GrantInvalidError(StoreError):
    """A grant is missing, forged, malformed or expired."""

    code = "grant_invalid"


class ObjectMissingError(StoreError):
    """No object under that key."""

    code = "object_missing"


class ObjectStoreUnavailableError(StoreError):
    """The object store does not answer, or refuses."""

    code = "object_store_unavailable"
