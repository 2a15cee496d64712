"""Token buckets in Redis, exact to the microsecond of its clock, shared by every process of the api.

Written here because no library fits: `limits` counts windows and knows no bucket, `throttled-py` refills whole tokens
at whole seconds (a bucket of 30 a minute that is asked each second never refills), and neither lets a bucket run into
debt, which what is known only afterwards needs: an answer's tokens.

Policy when Redis is away: requests are let through, and counted as such. A limit protects from overuse, and a tenant
is better served without one than not at all; what costs lastingly (quotas, usage) is in Postgres.
"""

import math
import time
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter
from pydantic import SecretStr
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from services.api.limits.batches import ScriptBatches

WINDOW_SECONDS = 60
_TIMEOUT_SECONDS = 0.25
# After a failure Redis is left alone for so long: not every request must wait for the timeout.
_PAUSE_SECONDS = 1.0

_TAKE = """
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local need, cost = tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(bucket[1]) or capacity, tonumber(bucket[2]) or now
level = math.min(capacity, level + math.max(0, now - at) * rate)
local allowed = level >= need
if allowed then level = level - cost end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - level) / rate * 1000) + 1000)
return {allowed and 1 or 0, string.format('%.6f', level)}
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Allowance:
    """What a bucket answered: `limit` tokens a window, of which `level` are there; below zero it is in debt."""

    name: str
    limit: int
    allowed: bool
    level: float
    window: int = WINDOW_SECONDS

    @property
    def remaining(self) -> int:
        return max(0, math.floor(self.level))

    def seconds_until(self, level: float) -> int:
        """Whole seconds until the bucket holds `level`; for a limit of nothing, a window."""
        if self.limit == 0:
            return self.window
        return max(0, math.ceil((level - self.level) * self.window / self.limit))


@dataclass(frozen=True)
class _Asked:
    """A take that Redis is to decide, with the script's key and arguments."""

    name: str
    limit: int
    window: int
    key: str
    arguments: tuple[float, ...]


class Buckets:
    """The buckets of all tenants. Without a URL, and while Redis is away, every answer is None: let through."""

    def __init__(self, url: SecretStr | None, registry: CollectorRegistry) -> None:
        self._redis = None if url is None else _connect(url)
        self._script = None if self._redis is None else self._redis.register_script(_TAKE)
        self._batches = None if url is None else ScriptBatches(url, _TAKE, _TIMEOUT_SECONDS)
        self._away_until = 0.0
        self._unlimited = Counter(
            "rate_limit_unchecked", "Requests let through because Redis was away.", registry=registry
        )
        self._refused = Counter(
            "rate_limit_refused", "Requests refused by a limit.", ["limit"], registry=registry
        )
        if url is None:
            log.warning("rate_limits_off", detail="CARTRIDGES_LIMITS_REDIS_URL is not set")

    @property
    def are_kept(self) -> bool:
        """Whether there is a Redis at all; without one nothing is limited."""
        return self._redis is not None

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()

    async def aclose(self) -> None:
        """Close what the event loop has used too."""
        if self._batches is not None:
            await self._batches.aclose()
        self.close()

    def take(
        self,
        owner: str,
        name: str,
        limit: int,
        *,
        cost: float = 1.0,
        need: float | None = None,
        window: int = WINDOW_SECONDS,
    ) -> Allowance | None:
        """Take `cost` from a bucket that holds `need` (default: `cost`), or nothing.

        The bucket is the `owner`'s, a tenant's most often, and refills by `limit` in `window` seconds. With a `need`
        below what it holds it may run into debt. None where nobody can tell.
        """
        asked = self._ask(owner, name, limit, cost=cost, need=need, window=window)
        if self._script is None or not isinstance(asked, _Asked):
            return None if isinstance(asked, _Asked) else asked
        try:
            allowed, level = self._script([asked.key], asked.arguments)
        except RedisError as error:
            self._let_through(error)
            return None
        return self._answered(asked, int(allowed), float(level))

    async def take_soon(
        self,
        owner: str,
        name: str,
        limit: int,
        *,
        cost: float = 1.0,
        need: float | None = None,
        window: int = WINDOW_SECONDS,
    ) -> Allowance | None:
        """As `take`, from the event loop: what others take in the same moment goes to Redis in the same message."""
        asked = self._ask(owner, name, limit, cost=cost, need=need, window=window)
        if self._batches is None or not isinstance(asked, _Asked):
            return None if isinstance(asked, _Asked) else asked
        try:
            allowed, level = await self._batches.run(asked.key, asked.arguments)
        except RedisError as error:
            self._let_through(error)
            return None
        return self._answered(asked, int(allowed), float(level))

    def _ask(
        self, owner: str, name: str, limit: int, *, cost: float, need: float | None, window: int
    ) -> _Asked | Allowance | None:
        """What to ask Redis; or the answer, where that needs no asking or cannot be asked for."""
        if not self.are_kept:
            return None
        if limit == 0:
            self._refused.labels(name).inc()
            return Allowance(name, limit, allowed=False, level=0.0, window=window)
        if time.monotonic() < self._away_until:
            self._unlimited.inc()
            return None
        key = f"cartridges:limit:{owner}:{name}"
        return _Asked(name, limit, window, key, (limit / window, limit, cost if need is None else need, cost))

    def _answered(self, asked: _Asked, allowed: int, level: float) -> Allowance:
        if not allowed:
            self._refused.labels(asked.name).inc()
        return Allowance(asked.name, asked.limit, allowed=bool(allowed), level=level, window=asked.window)

    def _let_through(self, error: RedisError) -> None:
        self._away_until = time.monotonic() + _PAUSE_SECONDS
        self._unlimited.inc()
        log.warning("rate_limit_unchecked", detail=type(error).__name__)


def _connect(url: SecretStr) -> Redis:
    return Redis.from_url(
        url.get_secret_value(),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        # Once: a connection that a restarted server has closed is only noticed when it is used. Not after a timeout,
        # which would make the request wait for another.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
