"""What kind of file a name tells of: which are read, and as which media type they are kept."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from cartridge_documents.errors import DocumentTypeError


class Reading(StrEnum):
    """How a file becomes text."""

    TEXT = "text"
    """It is text already, in some charset."""
    EXTRACTED = "extracted"
    """Its text has to be got out of it: work for the trainer."""
    ARCHIVE = "archive"
    """It holds other files."""


@dataclass(frozen=True)
class Kind:
    media_type: str
    reading: Reading


HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP = "application/zip"
TAR = "application/x-tar"

_TEXTS = {
    "text/plain": "txt text log rst adoc asciidoc org tex srt vtt",
    "text/markdown": "md markdown mdx",
    HTML: "html htm xhtml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json geojson ipynb",
    "application/jsonl": "jsonl ndjson",
    "application/xml": "xml xsd xsl svg",
    "application/yaml": "yaml yml",
    "application/toml": "toml",
    # Source code is read as the text that it is.
    "text/x-source": "py pyi js mjs cjs jsx ts tsx java kt kts scala groovy c h cc cpp cxx hpp hh cs go rs rb php pl pm "
    "lua r jl swift m mm sh bash zsh fish ps1 bat sql graphql proto thrift css scss less vue svelte hs ml mli ex exs "
    "erl clj cljs elm dart zig nim v sv vhd asm s f90 f95 for pas ada cob lisp el scm tcl tf hcl nix cmake mk gradle "
    "ini cfg conf properties env dockerfile makefile diff patch",
}  # fmt: skip
_EXTRACTED = {PDF: "pdf", DOCX: "docx"}
_ARCHIVES = {ZIP: "zip", TAR: "tar tgz tbz2 txz tar.gz tar.bz2 tar.xz"}
_KINDS = {
    suffix: Kind(media_type, reading)
    for reading, table in (
        (Reading.TEXT, _TEXTS), (Reading.EXTRACTED, _EXTRACTED), (Reading.ARCHIVE, _ARCHIVES),
    )
    for media_type, suffixes in table.items()
    for suffix in suffixes.split()
}  # fmt: skip
# Files that have no suffix and are known by their whole name.
_BARE = {"dockerfile", "makefile", "readme", "license", "changelog", "notice"}


def kind_of(name: str) -> Kind:
    """The kind of the file called `name`. Raises `DocumentTypeError`."""
    last = PurePosixPath(name).name.lower()
    suffixes = [suffix.removeprefix(".") for suffix in PurePosixPath(last).suffixes]
    for suffix in (".".join(suffixes[-2:]), suffixes[-1] if suffixes else ""):
        if suffix in _KINDS:
            return _KINDS[suffix]
    if last in _BARE:
        return _KINDS["txt"]
    raise DocumentTypeError(
        "documents are .txt, .md, .html, .pdf, .docx, .csv, .json, .xml, .yaml or source code, alone or in a .zip, "
        ".tar or .tar.gz; save it as one of these"
    )


def is_readable(name: str) -> bool:
    """Whether a file of that name would be taken."""
    try:
        kind_of(name)
    except DocumentTypeError:
        return False
    return True
