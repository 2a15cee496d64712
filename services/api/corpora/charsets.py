"""Text out of uploaded bytes: which charset they are in, or that they are no text."""

import codecs
import re

from charset_normalizer import from_bytes

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
_CONTROLS = r"[\x00-\x08\x0e-\x1a\x1c-\x1f]"
_BINARY = re.compile(_CONTROLS.encode())
_UNPRINTABLE = re.compile(_CONTROLS)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def text_of(content: bytes, *, is_html: bool) -> str | None:
    """The text of a file, None where it is binary or in no charset that can be told.

    UTF-16 needs its byte order mark. What is not UTF-8 is in the charset that an HTML file declares, or in the
    one that its bytes look most like.
    """
    if content.startswith(_WIDE_MARKS):
        text = _decode_as(content, "utf-16")
        return None if text is None or _UNPRINTABLE.search(text) else text
    if _BINARY.search(content):
        return None
    candidates = ("utf-8-sig", _declared(content) if is_html else None)
    for charset in candidates:
        if charset is not None and (text := _decode_as(content, charset)) is not None:
            return text
    likeliest = _likeliest(_sample(content))
    return None if likeliest is None else _decode_as(content, likeliest)


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


def _sample(content: bytes) -> bytes:
    """The first whole lines: a character that is cut in two would rule its charset out."""
    sample = content[:_SAMPLE_BYTES]
    end = sample.rfind(b"\n") + 1
    return sample if len(sample) == len(content) or end == 0 else sample[:end]


def _decode_as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
