"""A parsed corpus: the texts of its documents, in order, with a digest."""

import hashlib

from pydantic import BaseModel, ConfigDict


class DocumentText(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    text: str


class CorpusText(BaseModel):
    """What a training job learns."""

    model_config = ConfigDict(frozen=True)

    documents: tuple[DocumentText, ...]

    @property
    def text(self) -> str:
        """All documents, separated by blank lines."""
        return "\n\n".join(document.text.strip() for document in self.documents)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of names and texts."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
