"""Sealing what the database keeps and nobody who copies it may read: AES-256-GCM under the deployment's pepper."""

import hashlib
import hmac
import os

from Crypto.Cipher import AES
from pydantic import SecretStr

from cartridge_store.errors import StoreError

_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealBrokenError(StoreError):
    """What is to be opened was not sealed here for this purpose, or was changed since."""

    code = "seal_broken"


def seal(content: bytes, pepper: SecretStr, purpose: str) -> bytes:
    """Content that `unseal` alone opens, with the same pepper and purpose."""
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AES.new(_key(pepper, purpose), AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
    sealed, tag = cipher.encrypt_and_digest(content)
    return nonce + tag + sealed


def unseal(sealed: bytes, purpose: str, *peppers: SecretStr) -> bytes:
    """What was sealed for this purpose under one of the peppers. Raises `SealBrokenError`."""
    *others, last = peppers
    for pepper in others:
        try:
            return _unseal(sealed, pepper, purpose)
        except SealBrokenError:
            continue  # the next may open it, or the last says why none does
    return _unseal(sealed, last, purpose)


def _unseal(sealed: bytes, pepper: SecretStr, purpose: str) -> bytes:
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        cipher = AES.new(_key(pepper, purpose), AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        return cipher.decrypt_and_verify(rest[_TAG_BYTES:], rest[:_TAG_BYTES])
    except ValueError as error:
        raise SealBrokenError("the pepper is another than when this was sealed, or it was changed") from error


def _key(pepper: SecretStr, purpose: str) -> bytes:
    return hmac.new(pepper.get_secret_value().encode(), f"seal:{purpose}".encode(), hashlib.sha256).digest()
