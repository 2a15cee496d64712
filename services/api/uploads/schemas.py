"""Bodies of the upload endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.tables import Upload
from cartridge_store.multipart import MAX_PARTS, ArrivedPart

PartNumber = Annotated[int, Field(ge=1, le=MAX_PARTS)]


class UploadIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "handbook/archive.zip", "size_bytes": 1200000}},
    )

    name: Annotated[
        str, Field(min_length=1, max_length=4096, description="A relative path; its end tells the kind.")
    ]
    size_bytes: Annotated[int, Field(ge=1, le=2**46, description="Bytes of the whole file.")]
    replace: Annotated[bool, Field(description="Let a document of the same name give way.")] = False


class UploadOut(BaseModel):
    """A file on its way. All parts but the last have `part_bytes` bytes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "upload",
                "id": "upl_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "document_id": "doc_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "name": "handbook/archive.zip",
                "size_bytes": 1200000,
                "part_bytes": 16777216,
                "parts": 1,
                "created_at": "2026-11-24T09:00:00Z",
                "expires_at": "2026-11-25T09:00:00Z",
                "completed_at": None,
            }
        }
    )

    object: Literal["upload"] = "upload"
    id: str
    corpus_id: str
    document_id: str = Field(description="The document that the file becomes; it is `uploading` now.")
    name: str
    size_bytes: int
    part_bytes: int
    parts: int
    created_at: datetime
    expires_at: datetime = Field(description="What is not complete by then is dropped.")
    completed_at: datetime | None

    @classmethod
    def of(cls, row: Upload) -> "UploadOut":
        return cls(
            id=row.id,
            corpus_id=row.corpus_id,
            document_id=row.document_id,
            name=row.name,
            size_bytes=row.size_bytes,
            part_bytes=row.part_bytes,
            parts=count_parts(row),
            created_at=row.created_at,
            expires_at=row.expires_at,
            completed_at=row.completed_at,
        )


class PartOut(BaseModel):
    """A part that has arrived. `etag` is the MD5 of its bytes with most object stores."""

    object: Literal["part"] = "part"
    number: int
    size_bytes: int
    etag: str

    @classmethod
    def of(cls, part: ArrivedPart) -> "PartOut":
        return cls(number=part.number, size_bytes=part.size_bytes, etag=part.etag)


class PartsOut(BaseModel):
    """The parts that have arrived, by number."""

    object: Literal["list"] = "list"
    data: list[PartOut]


class PartUrlsIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"numbers": [1]}})

    numbers: Annotated[list[PartNumber], Field(min_length=1, max_length=1000)]


class PartUrlOut(BaseModel):
    """Where one part can be PUT without a key, until `expires_at`."""

    number: int
    url: str
    size_bytes: int
    expires_at: datetime


class PartUrlsOut(BaseModel):
    """One URL for each part asked for, in that order."""

    object: Literal["list"] = "list"
    data: list[PartUrlOut]


class CompletionIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"sha256": "9f" * 32}})

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the whole file, in hex.")]


def count_parts(row: Upload) -> int:
    return -(-row.size_bytes // row.part_bytes)


def size_of_part(row: Upload, number: int) -> int:
    """Bytes that this part has to have."""
    return min(row.part_bytes, row.size_bytes - (number - 1) * row.part_bytes)
