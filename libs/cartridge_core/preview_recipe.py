"""What decides how a corpus's preview comes out. Free of torch, as the recipe of a training job is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PreviewRecipe(BaseModel):
    """How to compact a corpus without training. Every default is the product's own choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cartridge_tokens: int = Field(
        1024, ge=2, le=65_536, description="Most prefix positions; a small corpus gets fewer."
    )
    tokens_a_position: int = Field(
        6, ge=1, le=1024, description="Tokens of text that a position stands for where there is room for all."
    )
    read_tokens: int = Field(
        65_536,
        ge=64,
        le=100_000_000,
        description="Most tokens of the corpus that are read; of a longer one pieces from all over.",
    )
    window_tokens: int = Field(
        512, ge=32, le=1_000_000, description="Tokens read at a time, with the text right before them."
    )
    overlap_tokens: int = Field(
        64, ge=0, le=65_536, description="Tokens of the text before that stand in view as a window is read."
    )
    reference_rows: int = Field(
        96, ge=1, le=100_000, description="Rows about the text whose queries decide what is kept."
    )
    measured_questions: int = Field(
        32, ge=0, le=10_000, description="Held-out questions by which the preview is measured."
    )
    ridge: float = Field(0.1, gt=0, le=1e3, description="How strongly values are held to the model's own.")
    seed: int = Field(0, ge=0, lt=2**63, description="The same recipe and seed make the same preview again.")

    def positions(self, corpus_tokens: int) -> int:
        """How many prefix positions a corpus of so many tokens gets."""
        return max(2, min(self.cartridge_tokens, corpus_tokens // self.tokens_a_position))

    def dump(self) -> dict[str, Any]:
        """As it is stored."""
        return self.model_dump(mode="json")
