"""Keys that this process has verified a moment ago: their next requests ask the database nothing.

What that means for a key that is revoked, rotated or whose tenant gets other limits: the process that is told of it
knows at once; another one, and those that are told of nothing because the operator's command wrote to the database, go
on for at most the settings' `key_trust_seconds` after they have last looked. A key's end is compared with the clock
at each request, exactly. Only keys that were found good are kept; none is kept as text.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from cartridge_store.keys import Scope, hash_key
from cartridge_store.quotas import Quota

_MOST = 10_000


@dataclass(frozen=True)
class VerifiedKey:
    """A key that was neither revoked nor at its end when the database was asked, and its tenant's limits."""

    id: str
    tenant_id: str
    scopes: frozenset[Scope]
    expires_at: datetime | None
    limits: Mapping[Quota, int]


class VerifiedKeys:
    """Those of the last `seconds`; safe for threads."""

    def __init__(self, pepper: SecretStr, seconds: float) -> None:
        self._pepper = pepper
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[float, VerifiedKey]] = OrderedDict()
        self._forgotten: dict[str, float] = {}
        self._lock = threading.Lock()

    @staticmethod
    def now() -> float:
        """The clock of `keep`: to be read before the database is."""
        return time.monotonic()

    def find(self, text: str) -> VerifiedKey | None:
        """The key with this text, or None where the database must be asked."""
        found = self._kept.get(hash_key(text, self._pepper))
        if found is None:
            return None
        since, key = found
        is_over = key.expires_at is not None and key.expires_at <= datetime.now(UTC)
        return None if is_over or self.now() - since >= self._seconds else key

    def keep(self, text: str, key: VerifiedKey, asked_at: float) -> None:
        """Go on with a key that the database was asked for at `asked_at`."""
        if self._seconds <= 0:
            return
        with self._lock:
            if self._forgotten.get(key.tenant_id, 0.0) >= asked_at:
                # It was read before the change that `forget` tells of.
                return
            self._kept[hash_key(text, self._pepper)] = (asked_at, key)
            self._kept.move_to_end(hash_key(text, self._pepper))
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def forget(self, tenant_id: str) -> None:
        """Have the tenant's keys looked up again: one of them has changed."""
        with self._lock:
            now = self.now()
            self._forgotten = {
                tenant: at for tenant, at in self._forgotten.items() if now - at < self._seconds
            }
            self._forgotten[tenant_id] = now
            for hashed in [kept for kept, (_, key) in self._kept.items() if key.tenant_id == tenant_id]:
                del self._kept[hashed]
