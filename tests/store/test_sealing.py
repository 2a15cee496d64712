"""What is sealed opens with the same pepper and purpose, unchanged, or not at all."""

import pytest
from pydantic import SecretStr

from cartridge_store.sealing import SealBrokenError, seal, unseal

PEPPER = SecretStr("p" * 32)


def test_what_was_sealed_opens_again_and_looks_like_nothing() -> None:
    sealed = seal(b"ck_secret", PEPPER, "answer")
    assert unseal(sealed, "answer", PEPPER) == b"ck_secret"
    assert b"secret" not in sealed
    assert seal(b"ck_secret", PEPPER, "answer") != sealed


@pytest.mark.parametrize("place", [0, 15, -1])
def test_a_changed_byte_breaks_the_seal(place: int) -> None:
    sealed = bytearray(seal(b"ck_secret", PEPPER, "answer"))
    sealed[place] ^= 1
    with pytest.raises(SealBrokenError):
        unseal(bytes(sealed), "answer", PEPPER)


def test_another_pepper_or_purpose_opens_nothing() -> None:
    sealed = seal(b"ck_secret", PEPPER, "answer")
    for pepper, purpose in ((SecretStr("q" * 32), "answer"), (PEPPER, "another")):
        with pytest.raises(SealBrokenError):
            unseal(sealed, purpose, pepper)
    with pytest.raises(SealBrokenError):
        unseal(b"", "answer", PEPPER)
