"""What of an earlier version of a corpus is still there, by the digests of its chunks, and what has to be made anew.

Conversations about chunks that are still there are used again. Those about chunks that are gone say what is no longer
so: nothing of them is learned, but what they asked is asked again, and read with what stands in their place now, so
that a cartridge which starts from the earlier one forgets what it would otherwise go on saying.
"""

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cartridge_core.chunking import Chunk
from cartridge_core.conversations import Conversation
from cartridge_core.recipe import LossWeighting, Recipe, SelfStudySettings

# Words in common, as a share of all words of both, from which a new chunk counts as what a gone one has become.
_LEAST_LIKENESS = 0.3


@dataclass(frozen=True)
class ChunkDifference:
    """Chunks by their indices: `kept` maps earlier ones to equal present ones, `written` are the present ones that no
    earlier one equals, `gone` maps the other earlier ones to what they have become, None where that is nothing."""

    kept: Mapping[int, int]
    written: tuple[int, ...]
    gone: Mapping[int, int | None]

    @property
    def written_share(self) -> float:
        """Of the present chunks."""
        present = len(set(self.kept.values())) + len(self.written)
        return len(self.written) / present if present else 0.0


def compare_chunks(earlier: Sequence[Chunk], present: Sequence[Chunk]) -> ChunkDifference:
    """How the chunks of one version of a corpus have become those of another."""
    by_digest: dict[str, int] = {}
    for chunk in present:
        by_digest.setdefault(chunk.digest, chunk.index)
    kept = {chunk.index: by_digest[chunk.digest] for chunk in earlier if chunk.digest in by_digest}
    known = {chunk.digest for chunk in earlier}
    written = tuple(chunk.index for chunk in present if chunk.digest not in known)
    return ChunkDifference(kept, written, _become(earlier, present, kept, set(written)))


def kept_conversations(
    conversations: Sequence[Conversation], difference: ChunkDifference
) -> list[Conversation]:
    """Those about chunks that are still there, by the present indices, and those about nothing in the corpus."""
    found = []
    for conversation in conversations:
        if conversation.chunk_index is None:
            found.append(conversation)
        elif conversation.chunk_index in difference.kept:
            found.append(replace(conversation, chunk_index=difference.kept[conversation.chunk_index]))
    return found


def outdated_conversations(
    conversations: Sequence[Conversation], difference: ChunkDifference, present: Sequence[Chunk]
) -> list[tuple[Conversation, int | None]]:
    """Those about chunks that are gone, each with the index of what its chunk has become.

    One whose answer stands in that, word for word, is not outdated.
    """
    texts = {chunk.index: chunk.text.casefold() for chunk in present}
    found = []
    for conversation in conversations:
        if conversation.chunk_index is None or conversation.chunk_index not in difference.gone:
            continue
        index = difference.gone[conversation.chunk_index]
        if index is None or not _stands_in(conversation.answer, texts[index]):
            found.append((conversation, index))
    return found


def uncovered(corrections: Sequence[Conversation], new: Sequence[Conversation]) -> list[Conversation]:
    """Corrections of what no new conversation asks: where one does, its answer says what is so now."""
    asked = {conversation.question for conversation in new}
    return [each for each in corrections if each.question not in asked]


def scaled_study(settings: SelfStudySettings, share: float, *, general: bool) -> SelfStudySettings | None:
    """`settings` for a part of the chunks; None for none. `general`: with the answers that are about no chunk."""
    if share == 0:
        return None
    names = ("conversations", "generic_answers", "span_questions", "recitations")
    counts = {name: math.ceil(getattr(settings, name) * share) for name in names}
    return settings.model_copy(
        update=counts | {"general_answers": settings.general_answers if general else 0}
    )


def retraining_recipe(recipe: Recipe) -> Recipe:
    """The recipe by which a cartridge that knows most of its corpus already is trained on."""
    training, again = recipe.training, recipe.retraining
    share = again.steps_share
    steps = max(1, round(training.steps * share))
    update = {
        "steps": steps,
        "warmup_steps": min(training.warmup_steps, steps // 2),
        "learning_rate": training.learning_rate * again.learning_rate_share,
        "budget_tokens": training.budget_tokens and max(1, round(training.budget_tokens * share)),
        "budget_seconds": training.budget_seconds and training.budget_seconds * share,
        "weighting": LossWeighting.CONTEXT_GAIN if again.weigh_news else training.weighting,
    }
    return recipe.model_copy(update={"training": training.model_copy(update=update)})


def with_replay(
    new: Sequence[Conversation], kept: Sequence[Conversation], new_share: float, seed: int
) -> list[Conversation]:
    """Both, new ones again and again until they are `new_share` of all, so that few are not lost among many.

    What does not come out even is drawn by `seed`.
    """
    if not new or not kept:
        return [*new, *kept]
    wanted = max(len(new), round(len(kept) * new_share / (1 - new_share)))
    times, rest = divmod(wanted, len(new))
    drawn = random.Random(f"{seed}/replay").sample(list(new), rest)
    return [*(list(new) * times), *drawn, *kept]


def _stands_in(answer: str, text: str) -> bool:
    """Whether a casefolded text has the answer in whole words."""
    words = re.escape(answer.removesuffix(".").casefold())
    return re.search(rf"(?<!\w){words}(?!\w)", text) is not None


def _become(
    earlier: Sequence[Chunk], present: Sequence[Chunk], kept: Mapping[int, int], written: set[int]
) -> dict[int, int | None]:
    """What gone chunks have become: the likest of the written ones behind the kept chunk that stood before them."""
    become: dict[int, int | None] = {}
    candidates: list[int] = _run(0, len(present), written)
    for chunk in earlier:
        if chunk.index in kept:
            candidates = _run(kept[chunk.index] + 1, len(present), written)
        else:
            become[chunk.index] = _likest(chunk, [present[index] for index in candidates])
    return become


def _run(begin: int, end: int, written: set[int]) -> list[int]:
    """The written chunks from `begin` on, up to the first that is not."""
    stop = next((index for index in range(begin, end) if index not in written), end)
    return list(range(begin, stop))


def _likest(chunk: Chunk, candidates: Sequence[Chunk]) -> int | None:
    likeness = {each.index: _likeness(chunk.text, each.text) for each in candidates}
    best = max(likeness, key=lambda index: likeness[index], default=None)
    return best if best is not None and likeness[best] >= _LEAST_LIKENESS else None


def _likeness(one: str, other: str) -> float:
    """Words in common, as a share of all words of both."""
    words, others = set(one.split()), set(other.split())
    return len(words & others) / len(words | others)
