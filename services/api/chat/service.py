"""What a chat request means here: which cartridges, which grant, which request to inference."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from cartridge_store.db.repositories import cartridges
from cartridge_store.db.tables import CartridgeRow
from cartridge_store.errors import NotFoundError
from cartridge_store.grants import Grant, GrantedCartridge, sign_grant
from cartridge_store.ids import new_id
from cartridge_web.problems import Problem
from services.api.chat.schemas import MAX_CARTRIDGES, ChatIn
from services.api.inference_client import InferenceMessage, InferenceRequest
from services.api.platform import Platform
from services.api.problems import model_not_found, not_found, unsupported_parameter

DEFAULT_MAX_TOKENS = 512


@dataclass(frozen=True)
class PreparedChat:
    """A checked chat: the cartridges in order, the request to inference, and the grant that allows it."""

    id: str
    model: str
    cartridge_ids: tuple[str, ...]
    request: InferenceRequest
    grant: str
    in_context_share: float | None = None


async def prepare(platform: Platform, tenant_id: str, body: ChatIn) -> PreparedChat:
    """Check a chat request and find its cartridges. Raises `Problem`."""
    refuse_unsupported(body)
    base = platform.settings.base_model_name
    named_base, ids = _named(base, body)
    rows = await run_in_threadpool(_find, platform, tenant_id, body.model, ids) if ids else []
    if named_base != base and (not rows or rows[0].base_model != named_base):
        raise model_not_found(body.model, base)
    await _check_model(platform, rows)
    grant = Grant(
        tenant_id=tenant_id,
        cartridges=tuple(
            GrantedCartridge(digest=row.digest, object_key=row.object_key, size_bytes=row.size_bytes)
            for row in rows
        ),
    )
    return PreparedChat(
        id=new_id("chatcmpl"),
        model=body.model,
        cartridge_ids=tuple(row.id for row in rows),
        request=_inference_request(body, [row.digest for row in rows]),
        grant=sign_grant(grant, platform.settings.grant_secret),
    )


def refuse_unsupported(body: ChatIn) -> None:
    """Raise for what OpenAI's API knows and this one does not do, rather than doing something else."""
    for name, value in (body.model_extra or {}).items():
        if value is not None:
            raise unsupported_parameter(name, f"`{name}` is not supported here; leave it out.")
    if body.n not in (None, 1):
        raise unsupported_parameter("n", "`n` may only be 1; send several requests for several answers.")
    for name in ("presence_penalty", "frequency_penalty"):
        if getattr(body, name) not in (None, 0):
            raise unsupported_parameter(name, f"`{name}` may only be 0.")
    if body.top_logprobs is not None and not body.logprobs:
        raise unsupported_parameter("top_logprobs", "`top_logprobs` needs `logprobs: true`.")


def _named(base: str, body: ChatIn) -> tuple[str, list[str]]:
    """The base model that `model` names, and all cartridges of the request in order."""
    ids = list(body.cartridges)
    named_base = body.model
    if body.model != base:
        named_base, _, cartridge_id = body.model.rpartition(":")
        if not named_base or not cartridge_id:
            raise model_not_found(body.model, base)
        ids.insert(0, cartridge_id)
    for param, named in (("cartridges", ids), ("in_context", body.in_context)):
        check_distinct(named, param)
    if len(ids) > MAX_CARTRIDGES:
        raise Problem(
            400, "too_many_cartridges", "Too many cartridges", f"At most {MAX_CARTRIDGES} cartridges a request.",
            param="cartridges",
        )  # fmt: skip
    return named_base, ids


def check_distinct(named: Sequence[str], param: str) -> None:
    """Raise the 400 problem where something is named twice."""
    if len(set(named)) != len(named):
        raise Problem(
            400, "cartridge_repeated", "Cartridge named twice", "Name each cartridge once.", param=param
        )


def _find(platform: Platform, tenant_id: str, model: str, ids: Sequence[str]) -> list[CartridgeRow]:
    try:
        with platform.rows_of(tenant_id) as session:
            rows = cartridges.named(session, tenant_id, ids, platform.settings.base_model_name)
    except NotFoundError as error:
        if model.endswith(ids[0]) and ids[0] in str(error):
            raise model_not_found(model, platform.settings.base_model_name) from error
        raise not_found(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    # A corpus may mean a cartridge that is named beside it.
    check_distinct([row.id for row in rows], "cartridges")
    return rows


async def _check_model(platform: Platform, rows: Sequence[CartridgeRow]) -> None:
    if not rows:
        return
    card = await platform.inference.model_card()
    for row in rows:
        if row.model_fingerprint != card.fingerprint:
            raise Problem(
                409,
                "cartridge_model_mismatch",
                "Cartridge of another model",
                f"Cartridge {row.id} was trained for {row.base_model} ({row.model_fingerprint[:12]}); the model served "
                f"here is {card.name} ({card.fingerprint[:12]}). Train it again for this model.",
                param="model",
            )


def _inference_request(body: ChatIn, digests: Sequence[str]) -> InferenceRequest:
    stop = [body.stop] if isinstance(body.stop, str) else body.stop or []
    return InferenceRequest(
        messages=[
            InferenceMessage(role="system" if m.role == "developer" else m.role, content=m.text)
            for m in body.messages
        ],
        cartridges=digests,
        select=body.select,
        max_tokens=body.max_completion_tokens or body.max_tokens or DEFAULT_MAX_TOKENS,
        temperature=1.0 if body.temperature is None else body.temperature,
        top_p=1.0 if body.top_p is None else body.top_p,
        seed=body.seed,
        stop=stop,
        top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        stream=bool(body.stream),
    )
