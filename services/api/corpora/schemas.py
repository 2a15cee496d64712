"""Bodies of the corpora endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from cartridge_store.db.repositories.documents import CorpusSize
from cartridge_store.db.tables import Corpus, Document

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
]


class CorpusIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Handbook 2026"}})

    name: Name


class CorpusOut(BaseModel):
    """Documents that one cartridge can be trained on."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "corpus",
                "id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "name": "Handbook 2026",
                "documents": 2,
                "size_bytes": 48213,
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["corpus"] = "corpus"
    id: str
    name: str
    documents: int
    size_bytes: int
    created_at: datetime

    @classmethod
    def of(cls, row: Corpus, size: CorpusSize | None) -> "CorpusOut":
        size = size or CorpusSize(0, 0)
        return cls(
            id=row.id,
            name=row.name,
            documents=size.documents,
            size_bytes=size.bytes,
            created_at=row.created_at,
        )


class DocumentOut(BaseModel):
    """One uploaded file. Its text is kept as UTF-8; `size_bytes` and `sha256` are those of what is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "document",
                "id": "doc_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "name": "travel-policy.md",
                "media_type": "text/markdown",
                "size_bytes": 18211,
                "sha256": "9f" * 32,
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["document"] = "document"
    id: str
    corpus_id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime

    @classmethod
    def of(cls, row: Document) -> "DocumentOut":
        return cls(
            id=row.id,
            corpus_id=row.corpus_id,
            name=row.name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            created_at=row.created_at,
        )
