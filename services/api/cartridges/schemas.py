"""Bodies of the cartridge endpoints."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cartridge_store.db.tables import CartridgeKind, CartridgeRow, CartridgeStatus
from services.api.corpora.schemas import Name

_EXAMPLE: JsonDict = {
    "object": "cartridge",
    "id": "ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "name": "Handbook, first try",
    "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "corpus_version": 3,
    "job_id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "model": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "base_model": "smollm2-135m",
    "kind": "trained",
    "status": "ready",
    "digest": "9f" * 32,
    "size_bytes": 11796480,
    "tokens": 256,
    "created_at": "2026-11-24T09:10:00Z",
}


class CartridgeChangeIn(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "Handbook, reviewed", "status": "ready"}}
    )

    name: Name | None = None
    status: CartridgeStatus | None = None


class CartridgeOut(BaseModel):
    """A cartridge. `model` is what a chat request names; with the corpus's id in the place of the cartridge's it names
    whichever cartridge of the corpus is the best one at the time."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    object: Literal["cartridge"] = "cartridge"
    id: str
    name: str
    corpus_id: str
    corpus_version: int | None = Field(description="The version of the corpus that it was trained on.")
    job_id: str
    model: str
    base_model: str
    kind: CartridgeKind = Field(
        description="`preview`: compacted from the text without training, until a trained one takes its place."
    )
    status: CartridgeStatus = Field(
        description="`needs_review` where quality is under the recipe's threshold."
    )
    digest: str = Field(description="SHA-256 of the file.")
    size_bytes: int = Field(description="Bytes of the file.")
    tokens: int = Field(description="Prefix positions.")
    created_at: datetime

    @classmethod
    def of(cls, row: CartridgeRow) -> "CartridgeOut":
        return cls(
            id=row.id,
            name=row.name,
            corpus_id=row.corpus_id,
            corpus_version=row.corpus_version,
            job_id=row.job_id,
            model=f"{row.base_model}:{row.id}",
            base_model=row.base_model,
            kind=row.kind,
            status=row.status,
            digest=row.digest,
            size_bytes=row.size_bytes,
            tokens=row.tokens,
            created_at=row.created_at,
        )


class CartridgeWithReportOut(CartridgeOut):
    """A cartridge with its quality report."""

    model_config = ConfigDict(
        json_schema_extra={"example": {**_EXAMPLE, "report": {"gap_closed": 0.78, "kv_ratio": 22.4}}}
    )

    report: dict[str, Any] = Field(
        description="Quality against no context and ICL, and what the training took; of a preview `note` says how far "
        "to trust it."
    )
