"""Which buckets a request draws on: one of requests for every tenant, and one of tokens for those that chat."""

from fastapi import Request

from cartridge_store.quotas import Quota
from services.api.limits.buckets import Allowance
from services.api.limits.headers import note
from services.api.platform import Platform
from services.api.problems import rate_limited

REQUESTS = Quota.REQUESTS_MINUTE
TOKENS = Quota.TOKENS_MINUTE
# Lua's and Redis's numbers are doubles: this is below every level a bucket can have.
_ANY_DEBT = 1e18


async def take_request(platform: Platform, request: Request, tenant_id: str, limit: int) -> None:
    """Count a request. Raises the 429 problem where its tenant has sent too many."""
    _settle(request, await platform.buckets.take_soon(tenant_id, REQUESTS.value, limit), 1.0)


async def check_tokens(platform: Platform, request: Request, tenant_id: str, limit: int) -> None:
    """Raise the 429 problem while the tenant's answers have used up their tokens.

    How many an answer will take is known when it is there: it is let begin while any are left, and what it took over
    that is a debt which the next one waits for.
    """
    allowance = await platform.buckets.take_soon(tenant_id, TOKENS.value, limit, cost=0.0, need=1.0)
    _settle(request, allowance, 1.0)


def charge_tokens(platform: Platform, tenant_id: str, limit: int, tokens: float) -> None:
    """Take what an answer has used, into debt where need be."""
    if limit > 0 and tokens > 0:
        platform.buckets.take(tenant_id, TOKENS.value, limit, cost=tokens, need=-_ANY_DEBT)


def _settle(request: Request, allowance: Allowance | None, needed: float) -> None:
    if allowance is None:
        return
    note(request, allowance)
    if not allowance.allowed:
        raise rate_limited(allowance.name, allowance.limit, max(1, allowance.seconds_until(needed)))
