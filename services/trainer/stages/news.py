"""How much of each new conversation is news to the cartridge that training goes on from: by that its tokens count."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cartridge_core.artifact import read_cartridge
from cartridge_core.context_gain import with_gains
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from services.trainer.run import Run
from services.trainer.stages.previous import INITIAL

NEWS = "conversations/news.safetensors"


def as_news(run: Run, conversations: Sequence[Conversation]) -> list[Conversation]:
    """The conversations with their gains over the job's initial cartridge, as an earlier attempt has found them.

    As they are where that cartridge cannot be read any more: then training does not start from it either.
    """
    identity = run.model.identity
    found = run.objects.restore(NEWS, partial(read_conversations, identity=identity))
    if found is not None and len(found) == len(conversations):
        return found
    initial = run.objects.restore(INITIAL, partial(read_cartridge, identity=identity))
    if initial is None:
        return list(conversations)
    known = initial.as_prefix(run.model.dtype)
    made = with_gains(run.model, conversations, known, between=run.lease.check)

    def write(path: Path) -> None:
        write_conversations(path, made, identity)

    run.objects.keep(NEWS, write)
    return made
