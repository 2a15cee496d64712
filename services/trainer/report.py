"""The report that comes with a cartridge: its quality, what it was made from, and what making it took."""

from pydantic import BaseModel

from cartridge_core.evaluation import QualityReport
from cartridge_core.recipe import Recipe
from services.trainer.events import Stage


class TokensPerSecond(BaseModel):
    synthesis: float
    training: float


class CartridgeReport(BaseModel):
    """`seconds` per stage, over all attempts, without publishing itself."""

    quality: QualityReport
    gap_closed: float | None
    kv_ratio: float
    seconds: dict[Stage, float]
    tokens_per_second: TokensPerSecond
    corpus_digest: str
    corpus_tokens: int
    recipe: Recipe
