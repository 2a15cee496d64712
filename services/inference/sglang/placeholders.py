"""The names cartridges go by inside SGLang: token ids that stand for their columns, and keyed namespaces.

SGLang finds cached pages by token ids, `extra_key` and `cache_salt`. Both keys are HMACs over length-prefixed fields
with a secret of this process, so that no tenant can meet, guess or time another's pages, and no text can spell a
cartridge's placeholders: plain requests live in namespaces of their own.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

# Far more than are ever renewed between two starts; beyond it everything gets another name at once.
_REMEMBERED = 100_000


@dataclass(frozen=True)
class Namespace:
    """Where the pages of a request live in SGLang's cache."""

    extra_key: str
    cache_salt: str


@dataclass(frozen=True)
class CompositionName:
    """A tenant's cartridges in their order, laid out in one way, in one namespace."""

    composition: str
    token_ids: tuple[int, ...]
    namespace: Namespace


class Namer:
    """Gives names. `renew` and `forget` make sure that the next name is one under which nothing is cached."""

    def __init__(self, vocabulary: int) -> None:
        self._vocabulary = vocabulary
        self._secret = secrets.token_bytes(32)
        self._renewals: dict[bytes, int] = {}
        self._forgotten: dict[tuple[str, str], int] = {}

    def plain(self, tenant_id: str) -> Namespace:
        """The namespace of a tenant's requests without cartridges."""
        return self._namespace(tenant_id, b"plain")

    def composition(self, tenant_id: str, digests: Sequence[str], tokens: int) -> CompositionName:
        """The name of `digests` in this order, as `tokens` columns."""
        identity = self._identity(tenant_id, digests)
        renewal = self._renewals.get(identity, 0)
        name = self._mac(b"composition", identity, str(tokens).encode(), str(renewal).encode())
        return CompositionName(
            composition=name.hex(),
            token_ids=_ids(name, tokens, self._vocabulary),
            namespace=self._namespace(tenant_id, name),
        )

    def renew(self, tenant_id: str, digests: Sequence[str], failed: CompositionName) -> None:
        """Leave what SGLang has cached under `failed` behind, out of reach; nothing, where another request has."""
        if self.composition(tenant_id, digests, len(failed.token_ids)) != failed:
            return
        identity = self._identity(tenant_id, digests)
        self._renewals[identity] = self._renewals.get(identity, 0) + 1
        self._bound()

    def forget(self, tenant_id: str, digest: str) -> None:
        """Leave behind whatever SGLang has cached of any of a tenant's compositions with this cartridge."""
        self._forgotten[tenant_id, digest] = self._forgotten.get((tenant_id, digest), 0) + 1
        self._bound()

    def renew_all(self) -> None:
        """Leave everything cached behind."""
        self._secret = secrets.token_bytes(32)
        self._renewals.clear()
        self._forgotten.clear()

    def _bound(self) -> None:
        if len(self._renewals) + len(self._forgotten) > _REMEMBERED:
            self.renew_all()

    def _identity(self, tenant_id: str, digests: Sequence[str]) -> bytes:
        cartridges = (
            f"{digest}/{self._forgotten.get((tenant_id, digest), 0)}".encode() for digest in digests
        )
        return self._mac(tenant_id.encode(), *cartridges)

    def _namespace(self, tenant_id: str, kind: bytes) -> Namespace:
        tenant = tenant_id.encode()
        return Namespace(
            extra_key=self._mac(b"extra_key", tenant, kind).hex(),
            cache_salt=self._mac(b"cache_salt", tenant).hex(),
        )

    def _mac(self, *fields: bytes) -> bytes:
        framed = b"".join(len(field).to_bytes(8, "little") + field for field in fields)
        return hmac.digest(self._secret, framed, "sha256")


def _ids(name: bytes, count: int, vocabulary: int) -> tuple[int, ...]:
    """`count` token ids drawn from `name`; the least bias of the remainder does not matter here."""
    stream = hashlib.shake_256(name).digest(4 * count)
    return tuple(
        int.from_bytes(stream[4 * place : 4 * place + 4], "little") % vocabulary for place in range(count)
    )
