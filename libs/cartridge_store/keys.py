"""API keys: shown once, stored as a keyed hash, found by a readable prefix, good for the scopes they carry."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

_MARK = "ck"
_PREFIX_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
_PREFIX_LENGTH = 10
_MIN_SECRET_LENGTH = 32


class Scope(StrEnum):
    """What a key is good for. None includes another, though whoever may make keys can give them any scope."""

    READ = "read"
    WRITE = "write"
    QUERY = "query"
    ADMIN = "admin"


@dataclass(frozen=True)
class NewKey:
    """A key just made: `text` is for its owner alone and is never stored."""

    text: str
    prefix: str
    hash: str

    def __repr__(self) -> str:
        return f"NewKey(prefix={self.prefix!r})"


def new_key(pepper: SecretStr) -> NewKey:
    """Make a key: `ck_`, ten readable characters, and 256 random bits."""
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(_PREFIX_LENGTH))
    text = f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    return NewKey(text, prefix, hash_key(text, pepper))


def key_prefix(text: str) -> str | None:
    """The readable prefix of a key, or None where `text` is none."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    well_formed = mark == _MARK and len(prefix) == _PREFIX_LENGTH and len(secret) >= _MIN_SECRET_LENGTH
    return prefix if well_formed else None


def hash_key(text: str, pepper: SecretStr) -> str:
    """HMAC-SHA256 (hex) of a key under the deployment's pepper."""
    return hmac.new(pepper.get_secret_value().encode(), text.encode(), hashlib.sha256).hexdigest()


def matches(text: str, stored_hash: str | None, *peppers: SecretStr) -> SecretStr | None:
    """The pepper under which `text` is the key behind `stored_hash`, or None.

    Compared in constant time, under all of them; a key nobody has takes as long.
    """
    known = [pepper for pepper in peppers if hmac.compare_digest(hash_key(text, pepper), stored_hash or "")]
    return known[0] if known else None
