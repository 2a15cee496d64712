"""Text out of bytes: which charset they are in, or that they are no text. In pieces: a file may be larger than memory."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from charset_normalizer import from_bytes

from cartridge_documents.errors import DocumentEmptyError, DocumentNotTextError

# Charsets that documents come in, likelier ones first: a short text can be read in several equally well.
_CHARSETS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "iso8859_15",
    "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
# Browsers read ISO 8859-1 and ASCII as this one, which has the same letters and quotation marks besides.
_READ_AS_CP1252 = {"iso8859-1", "ascii"}
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# The HTML standard looks for a declaration no further than this.
_DECLARED_WITHIN = 1024
# Enough to tell a charset; detection reads every byte it is given many times.
_SAMPLE_BYTES = 256 * 1024
_PIECE_BYTES = 1024 * 1024
_CONTROLS = r"[\x00-\x08\x0e-\x1a\x1c-\x1f]"
_BINARY = re.compile(_CONTROLS.encode())
_CONTROL_BYTES = bytes(byte for byte in range(0x20) if _BINARY.match(bytes([byte])))
_UNPRINTABLE = re.compile(_CONTROLS)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class _OtherCharsetError(Exception):
    """The bytes are not in the charset that was tried."""


def write_as_utf8(source: BinaryIO, target: BinaryIO, *, is_html: bool) -> None:
    """Write the text in `source`, which can be read again from its beginning, to `target` as UTF-8.

    UTF-16 needs its byte order mark. What is not UTF-8 is in the charset that an HTML file declares, or in the one
    that its first 256 KiB look most like. Raises `DocumentEmptyError` and `DocumentNotTextError`; `target` then
    holds part of it.
    """
    sample = source.read(_SAMPLE_BYTES + 1)
    if not sample:
        raise _empty()
    for charset in _candidates(sample, is_html=is_html):
        source.seek(0)
        target.seek(0)
        target.truncate()
        try:
            holds_text = _convert(source, target, charset)
        except _OtherCharsetError:
            continue
        if not holds_text:
            raise _empty()
        return
    raise _not_text()


def is_utf8_text(source: BinaryIO) -> bool:
    """Whether the bytes of `source`, read once to the end, are what `write_as_utf8` would write.

    Such a file need not be written again. It stops where that shows not to be so. Raises `DocumentEmptyError`.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_first, holds_text = True, False
    while True:
        piece = source.read(_PIECE_BYTES)
        has_mark = is_first and piece.startswith((codecs.BOM_UTF8, *_WIDE_MARKS))
        # In UTF-8 no byte of another character looks like a control.
        if has_mark or len(piece.translate(None, _CONTROL_BYTES)) < len(piece):
            return False
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            return False
        is_first, holds_text = False, holds_text or bool(text.strip())
        if not piece:
            break
    if not holds_text:
        raise _empty()
    return True


def _candidates(sample: bytes, *, is_html: bool) -> Iterator[str]:
    if sample.startswith(_WIDE_MARKS):
        yield "utf-16"
        return
    if _BINARY.search(sample):
        return
    yield "utf-8-sig"
    declared = _declared(sample) if is_html else None
    if declared is not None:
        yield declared
    likeliest = _likeliest(_whole_lines(sample))
    if likeliest is not None:
        yield likeliest


def _convert(source: BinaryIO, target: BinaryIO, charset: str) -> bool:
    """Whether there was more than white space. Raises `_OtherCharsetError`, and for controls `DocumentNotTextError`."""
    decoder = codecs.getincrementaldecoder(charset)()
    holds_text = False
    while True:
        piece = source.read(_PIECE_BYTES)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise _OtherCharsetError from error
        if _UNPRINTABLE.search(text):
            raise _not_text()
        holds_text = holds_text or bool(text.strip())
        try:
            target.write(text.encode())
        except UnicodeEncodeError as error:  # lone surrogates, which some charsets can say
            raise _not_text() from error
        if not piece:
            return holds_text


def _declared(html: bytes) -> str | None:
    found = _DECLARED.search(html[:_DECLARED_WITHIN])
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
    if name in _READ_AS_CP1252:
        return "cp1252"
    return name if name in {codecs.lookup(charset).name for charset in _CHARSETS} else None


def _likeliest(content: bytes) -> str | None:
    matches = from_bytes(content, cp_isolation=list(_CHARSETS))
    ranked = [
        (match.chaos, -match.coherence, _CHARSETS.index(charset), charset)
        for match in matches
        for charset in {match.encoding, *match.could_be_from_charset}
        if charset in _CHARSETS
    ]
    return min(ranked)[-1] if ranked else None


def _whole_lines(sample: bytes) -> bytes:
    """The first whole lines: a character that is cut in two would rule its charset out."""
    end = sample.rfind(b"\n") + 1
    return sample if len(sample) <= _SAMPLE_BYTES or end == 0 else sample[:end]


def _empty() -> DocumentEmptyError:
    return DocumentEmptyError(
        "the file holds no text; leave it out, or look whether the right file was taken"
    )


def _not_text() -> DocumentNotTextError:
    return DocumentNotTextError(
        "the file is binary or in no charset that could be told; save it as text in UTF-8 and upload it again"
    )
