"""Passwords: hashed with Argon2id, as much work for an account that does not exist as for one that does."""

import os
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 256
_MIN_DISTINCT = 5

# OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Many who sign in at once take turns: each holds its memory for some 20 ms of a core.
_TURNS = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


def weakness(password: str, email: str) -> str | None:
    """Why a password will not do for the account of `email`, or None where it will."""
    plain = _normalized(password)
    if len(plain) < MIN_LENGTH:
        return f"A password has at least {MIN_LENGTH} characters"
    if len(plain) > MAX_LENGTH:
        return f"A password has at most {MAX_LENGTH} characters"
    if len(set(plain)) < _MIN_DISTINCT:
        return f"A password has at least {_MIN_DISTINCT} different characters"
    if plain.casefold() in {email, email.partition("@")[0]}:
        return "A password is not the e-mail address"
    return None


def hash_password(password: str) -> str:
    """The password's Argon2id hash, with its salt and parameters."""
    with _TURNS:
        return _HASHER.hash(_normalized(password))


def verify(password: str, stored_hash: str | None) -> bool:
    """Whether `password` is the one behind `stored_hash`; None, of nobody, takes as long and is never right."""
    with _TURNS:
        try:
            right = _HASHER.verify(stored_hash or _NOBODYS, _normalized(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored_hash is not None


def is_outdated(stored_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored_hash)


def _normalized(password: str) -> str:
    # Keyboards differ in how they write the same character.
    return unicodedata.normalize("NFKC", password)


_NOBODYS = _HASHER.hash(os.urandom(32))
