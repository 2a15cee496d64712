"""In-context learning: the text that a cartridge was trained on stands in the prompt, and the cartridge does not."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic_core import from_json

from cartridge_core.context import context_text
from cartridge_store.db.repositories import cartridges
from cartridge_store.errors import ObjectMissingError
from cartridge_store.object_keys import parsed_corpus_key
from cartridge_store.objects import ObjectStore
from cartridge_web.problems import Problem
from services.api.chat.service import PreparedChat, check_distinct
from services.api.inference_client import InferenceMessage
from services.api.platform import Platform

# Of any text, that many characters are more tokens than the window holds: no more is read.
_CHARACTERS_A_TOKEN = 8
_BYTES_A_CHARACTER = 4
_KEPT_SHARE = 0.75
_FEWEST_CHARACTERS = 16

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ContextText:
    """A text, or its beginning; `share` of the whole, 0 to 1."""

    text: str
    share: float

    def shortened(self) -> "ContextText":
        """Less of it, ended at a word."""
        kept = self.text[: int(len(self.text) * _KEPT_SHARE)]
        kept = kept[: kept.rfind(" ")] if " " in kept else kept
        return ContextText(kept, self.share * len(kept) / len(self.text))


def text_gone(cartridge_id: str) -> Problem:
    detail = (
        f"The text that {cartridge_id} was trained on was deleted with its corpus; ask the cartridge itself, or put a "
        "text of your own into a system message."
    )
    return Problem(409, "cartridge_text_gone", "Text deleted", detail, param="in_context")


def read_texts(
    platform: Platform, tenant_id: str, cartridge_ids: Sequence[str], window_tokens: int
) -> ContextText:
    """The texts of these cartridges, one after another, as far as a window could hold them.

    Raises `NotFoundError` for a cartridge that is not the tenant's, and the 409 problem for a text that is gone.
    """
    with platform.rows_of(tenant_id) as session:
        rows = cartridges.named(session, tenant_id, cartridge_ids, platform.settings.base_model_name)
    check_distinct([row.id for row in rows], "in_context")
    room = window_tokens * _CHARACTERS_A_TOKEN
    kept: list[str] = []
    whole = 0.0
    for row in rows:
        text, characters = _beginning(
            platform.objects_of(tenant_id), parsed_corpus_key(tenant_id, row.job_id), row.id, room
        )
        kept.append(text)
        whole += characters
    joined = "\n\n".join(kept)
    cut = joined[:room]
    return ContextText(cut, min(1.0, len(cut) / whole) if whole > len(cut) else 1.0)


async def fitted(
    chat: PreparedChat, context: ContextText, ask: Callable[[PreparedChat], Awaitable[Answer]]
) -> tuple[PreparedChat, Answer]:
    """What `ask` makes of the chat with as much of `context` before it as the window takes, and that chat."""
    while True:
        asked = _with_context(chat, context)
        try:
            return asked, await ask(asked)
        except Problem as problem:
            if problem.code != "prompt_too_long" or len(context.text) < _FEWEST_CHARACTERS:
                raise
            context = context.shortened()


def _with_context(chat: PreparedChat, context: ContextText) -> PreparedChat:
    """In the form that training and evaluation use; a caller's own system message follows in the same one."""
    system = context_text(context.text)
    messages = list(chat.request.messages)
    if messages and messages[0].role == "system":
        system = f"{system}\n\n{messages.pop(0).content}"
    request = chat.request.model_copy(
        update={"messages": [InferenceMessage(role="system", content=system), *messages]}
    )
    return replace(chat, request=request, in_context_share=context.share)


def _beginning(store: ObjectStore, key: str, cartridge_id: str, room: int) -> tuple[str, float]:
    """At most `room` characters of a parsed corpus, and how many it has, where it is cut by its bytes."""
    limit = room * _BYTES_A_CHARACTER
    stored = store.stat(key)
    if stored is None:
        raise text_gone(cartridge_id)
    try:
        content = store.read_beginning(key, limit)
    except ObjectMissingError as error:
        raise text_gone(cartridge_id) from error
    # A corpus larger than any window is not read to its end: its JSON, then, breaks off somewhere.
    parsed = from_json(content.decode(errors="ignore"), allow_partial="trailing-strings")
    texts = [str(document.get("text", "")).strip() for document in parsed.get("documents", [])]
    text = "\n\n".join(texts)
    return text[:room], len(text) * max(1.0, stored.size_bytes / max(1, len(content)))
