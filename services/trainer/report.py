"""The report that comes with a cartridge: its quality, what it was made from, and what making it took."""

from typing import Literal

from pydantic import BaseModel

from cartridge_core.evaluation import QualityReport
from cartridge_core.preview import Preview, PreviewQuality
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_core.recipe import Recipe
from services.trainer.events import Reuse, Stage, TrainingOutcome


class TokensPerSecond(BaseModel):
    synthesis: float
    training: float


class CartridgeReport(BaseModel):
    """`seconds` per stage, over all attempts, without publishing itself. `training` says how training ended, `reuse`
    what of an earlier version was used again."""

    quality: QualityReport
    gap_closed: float | None
    kv_ratio: float
    seconds: dict[Stage, float]
    tokens_per_second: TokensPerSecond
    corpus_digest: str
    corpus_tokens: int
    recipe: Recipe
    training: TrainingOutcome | None = None
    reuse: Reuse | None = None


class PreviewReport(BaseModel):
    """Of a preview: `note` says in a sentence or two what it is and how far to trust it.

    `gap_closed` is measured on short questions read off the text, against the text in view, not on conversations.
    """

    kind: Literal["preview"] = "preview"
    note: str
    quality: PreviewQuality | None
    gap_closed: float | None
    kv_ratio: float
    seconds: dict[Stage, float]
    corpus_digest: str
    corpus_tokens: int
    read_tokens: int
    recipe: PreviewRecipe


# Shares of the gap in the right option's probability.
_MUCH, _SOME = 0.5, 0.2


def describe(preview: Preview) -> str:
    """What a preview is and how much it knows, in words for whoever asks it."""
    positions = preview.cartridge.tokens
    ratio = preview.corpus_tokens / positions
    text = (
        f"A preview: {preview.corpus_tokens:,} tokens in {positions:,} positions ({ratio:.0f} times less memory), compacted "
        "from the text without training."
    )
    if preview.read_tokens < preview.corpus_tokens:
        text += f" It has read {preview.read_tokens:,} of these tokens, in pieces from all over the corpus."
    return f"{text} {_verdict(preview.quality)} A trained cartridge takes its place."


def _verdict(quality: PreviewQuality | None) -> str:
    if quality is None:
        return "The text offers no questions to measure it by: trust none of its answers unchecked."
    share = quality.gap_closed_options
    if share is None:
        return (
            "How much it knows could not be told: the model does no better on its questions with the text in view "
            "than without."
        )
    told = f"On {quality.questions} questions about names and numbers of the text it closes {share:.0%} of the gap between no context and the text in view"
    if share >= _MUCH:
        return f"{told}: most answers are worth reading, none is sure."
    if share >= _SOME:
        return f"{told}: expect the subject and some facts, many of them wrong."
    return f"{told}, which is little: expect the subject of the text and hardly a fact."
