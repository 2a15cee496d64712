"""What is asked of the reading process, and what it answers: a line of JSON each."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from cartridge_documents import errors
from cartridge_documents.errors import DocumentError, DocumentUnreadableError


class ExtractOrder(BaseModel):
    """Write the text of `source` to `target`, as UTF-8."""

    kind: Literal["extract"] = "extract"
    media_type: str
    source: Path
    target: Path


class UnpackOrder(BaseModel):
    """Write the files of an archive into the folder `target`, and a line of `UnpackedEntry` for each into `manifest`."""

    kind: Literal["unpack"] = "unpack"
    name: str
    source: Path
    target: Path
    manifest: Path
    entries: int
    total_bytes: int
    entry_bytes: int


Order = Annotated[ExtractOrder | UnpackOrder, Field(discriminator="kind")]
read_order: TypeAdapter[ExtractOrder | UnpackOrder] = TypeAdapter(Order)


class Refusal(BaseModel):
    """A `DocumentError`, by the name of its class."""

    error: str
    detail: str

    @classmethod
    def of(cls, error: DocumentError) -> "Refusal":
        return cls(error=type(error).__name__, detail=str(error))

    def raised(self) -> DocumentError:
        """The error itself."""
        found = getattr(errors, self.error, DocumentUnreadableError)
        kind = (
            found if isinstance(found, type) and issubclass(found, DocumentError) else DocumentUnreadableError
        )
        return kind(self.detail)


class Answer(BaseModel):
    refusal: Refusal | None = None


class UnpackedEntry(BaseModel):
    """A file of an archive: `file` in the target folder, or why it was not taken."""

    name: str
    file: str | None = None
    refusal: Refusal | None = None
