"""Bodies of the corpora endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cartridge_store.db.repositories.documents import CorpusSize
from cartridge_store.db.tables import Corpus, CorpusVersion, Document, DocumentStatus

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
                "version": 3,
                "documents": 2,
                "size_bytes": 48213,
                "tokens": 11840,
                "pending": 0,
                "failed": 0,
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["corpus"] = "corpus"
    id: str
    name: str
    version: int = Field(description="Counts changes of what is learned from it; 0 while it is empty.")
    documents: int = Field(description="Documents that are ready.")
    size_bytes: int = Field(description="Bytes of their texts.")
    tokens: int | None = Field(description="Tokens of their texts, once the trainer has read all of them.")
    pending: int = Field(description="Files that are on their way or being checked.")
    failed: int = Field(description="Files that were refused; each says why.")
    created_at: datetime

    @classmethod
    def of(cls, row: Corpus, size: CorpusSize | None) -> "CorpusOut":
        size = size or CorpusSize(0, 0)
        return cls(
            id=row.id,
            name=row.name,
            version=row.version,
            documents=size.documents,
            size_bytes=size.bytes,
            tokens=size.tokens,
            pending=size.pending,
            failed=size.failed,
            created_at=row.created_at,
        )


class DocumentErrorOut(BaseModel):
    """Why a file was refused."""

    code: str
    detail: str = Field(description="What is wrong and what to do.")


class DocumentOut(BaseModel):
    """One file of a corpus. Once it is ready its text is kept as UTF-8; `size_bytes` and `sha256` are the text's."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "document",
                "id": "doc_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "name": "handbook/travel-policy.md",
                "media_type": "text/markdown",
                "status": "ready",
                "error": None,
                "size_bytes": 18211,
                "sha256": "9f" * 32,
                "tokens": 4312,
                "archive_id": None,
                "added_in": 2,
                "removed_in": None,
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["document"] = "document"
    id: str
    corpus_id: str
    name: str = Field(description="A relative path.")
    media_type: str
    status: DocumentStatus = Field(
        description="`uploading`, `checking`, then `ready` or `failed`; `expanded` is an archive whose files have "
        "become documents of their own. Only what is ready is learned from."
    )
    error: DocumentErrorOut | None = Field(description="Of a failed one.")
    size_bytes: int
    sha256: str | None = Field(description="Of the text, once it is ready.")
    tokens: int | None = Field(description="Of the text for the base model, once a job has read it.")
    archive_id: str | None = Field(description="The archive that it came out of.")
    added_in: int | None = Field(description="The version of the corpus that it came with.")
    removed_in: int | None = Field(description="The version of the corpus that it was removed in.")
    created_at: datetime

    @classmethod
    def of(cls, row: Document) -> "DocumentOut":
        error = None
        if row.error_code is not None:
            error = DocumentErrorOut(code=row.error_code, detail=row.error_detail or "")
        return cls(
            id=row.id,
            corpus_id=row.corpus_id,
            name=row.name,
            media_type=row.media_type,
            status=row.status,
            error=error,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            tokens=row.tokens,
            archive_id=row.archive_id,
            added_in=row.added_in,
            removed_in=row.removed_in,
            created_at=row.created_at,
        )


class CorpusVersionOut(BaseModel):
    """What a corpus held after one change of it. A version never changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "corpus_version",
                "id": "ver_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "number": 3,
                "documents": 2,
                "size_bytes": 48213,
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["corpus_version"] = "corpus_version"
    id: str
    corpus_id: str
    number: int
    documents: int
    size_bytes: int
    created_at: datetime

    @classmethod
    def of(cls, row: CorpusVersion) -> "CorpusVersionOut":
        return cls(
            id=row.id,
            corpus_id=row.corpus_id,
            number=row.number,
            documents=row.documents,
            size_bytes=row.size_bytes,
            created_at=row.created_at,
        )
