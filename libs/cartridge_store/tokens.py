"""Secrets that are shown once and stored as a keyed hash: of sessions, invitations, and what is derived of them."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import SecretStr


class Purpose(StrEnum):
    """What a secret is for; one made for something else opens nothing."""

    SESSION = "session"
    INVITATION = "invitation"
    CSRF = "csrf"


@dataclass(frozen=True)
class NewToken:
    """A secret of 256 random bits just made: `text` is for its owner alone and is never stored."""

    text: str = field(repr=False)
    hash: str


def new_token(pepper: SecretStr, purpose: Purpose) -> NewToken:
    text = secrets.token_urlsafe(32)
    return NewToken(text, token_hash(text, pepper, purpose))


def token_hash(text: str, pepper: SecretStr, purpose: Purpose) -> str:
    """HMAC-SHA256 (hex) of a secret for a purpose, under the deployment's pepper."""
    message = f"token:{purpose}:{text}".encode("utf-8", "surrogatepass")
    return hmac.new(pepper.get_secret_value().encode(), message, hashlib.sha256).hexdigest()
