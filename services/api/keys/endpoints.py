"""HTTP of API keys."""

from datetime import timedelta

from fastapi import APIRouter
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import api_keys, audit
from cartridge_store.errors import ConflictError
from cartridge_store.keys import new_key
from cartridge_web.problems import Problem
from services.api.access import Admin
from services.api.keys.schemas import KeyIn, KeyOut, NewKeyOut, RotationIn
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import documented, not_found
from services.api.repeats import OnceDep, key_reused

router = APIRouter(prefix="/v1/keys", tags=["administration"])

_NOT_FOUND = not_found("There is no key 'key_01j9z3k4m5n6p7q8r9s0t1v2w3'.")
_NOT_ACTIVE = Problem(
    409, "key_not_active", "Conflict", "The key was revoked or has expired; make a new one."
)
_IN_USE = Problem(
    409, "key_in_use", "Conflict", "This request came with that very key; revoke it with another one."
)


@router.post("", status_code=201, summary="Make an API key", responses=documented(key_reused()))
def create_key(body: KeyIn, caller: Admin, platform: PlatformDep, once: OnceDep) -> NewKeyOut:
    """The answer holds the key's text, this once."""
    made = new_key(platform.settings.key_pepper)

    def make(session: Session) -> NewKeyOut:
        row = api_keys.create(
            session, caller.tenant_id, body.name, made, scopes=body.scopes, expires_at=body.expires_at
        )
        details = {"name": row.name, "scopes": row.scopes}
        audit.record(session, caller.tenant_id, caller.actor, "key.created", row.id, **details)
        return NewKeyOut.with_text(row, made.text)

    return once.answer(platform, caller, NewKeyOut, make)


@router.get("", summary="List API keys", responses=documented())
def list_keys(
    caller: Admin, platform: PlatformDep, limit: Limit = 20, cursor: Cursor = None
) -> ListOut[KeyOut]:
    """The tenant's keys, newest first; those that have ended are there too."""
    with platform.rows_of(caller.tenant_id) as session:
        page = api_keys.list_page(session, caller.tenant_id, limit=limit, after=cursor)
        return page_out(
            [KeyOut.of(row) for row in page.rows], [row.id for row in page.rows], has_more=page.has_more
        )


@router.get("/{key_id}", summary="Get an API key", responses=documented(_NOT_FOUND))
def get_key(key_id: str, caller: Admin, platform: PlatformDep) -> KeyOut:
    """One key, without its text."""
    with platform.rows_of(caller.tenant_id) as session:
        return KeyOut.of(api_keys.get(session, caller.tenant_id, key_id))


@router.post(
    "/{key_id}/rotate", status_code=201, summary="Rotate an API key",
    responses=documented(_NOT_FOUND, _NOT_ACTIVE, key_reused()),
)  # fmt: skip
def rotate_key(
    key_id: str, body: RotationIn, caller: Admin, platform: PlatformDep, once: OnceDep
) -> NewKeyOut:
    """Make a key with the same name, scopes and end; the old one works on for the time of grace."""
    made = new_key(platform.settings.key_pepper)
    grace = timedelta(seconds=body.grace_seconds)

    def make(session: Session) -> NewKeyOut:
        row = api_keys.rotate(session, caller.tenant_id, key_id, made, grace)
        details = {"replaces": row.replaces, "grace_seconds": body.grace_seconds}
        audit.record(session, caller.tenant_id, caller.actor, "key.rotated", row.id, **details)
        return NewKeyOut.with_text(row, made.text)

    answer = once.answer(platform, caller, NewKeyOut, make)
    platform.verified_keys.forget(caller.tenant_id)
    return answer


@router.post("/{key_id}/revoke", summary="Revoke an API key", responses=documented(_NOT_FOUND, _IN_USE))
def revoke_key(key_id: str, caller: Admin, platform: PlatformDep) -> KeyOut:
    """From now on the key opens nothing. Revoking twice changes nothing."""
    with platform.rows_of(caller.tenant_id) as session:
        row = api_keys.get(session, caller.tenant_id, key_id, for_update=True)
        if row.id == caller.key_id:
            # Otherwise a slip could leave the tenant without a key that makes keys.
            raise ConflictError(
                "key_in_use", "this request came with that very key; revoke it with another one"
            )
        if row.revoked_at is None:
            audit.record(session, caller.tenant_id, caller.actor, "key.revoked", row.id)
        answer = KeyOut.of(api_keys.revoke(session, caller.tenant_id, row.id))
    platform.verified_keys.forget(caller.tenant_id)
    return answer
