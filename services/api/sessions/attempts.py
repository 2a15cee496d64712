"""How often somebody may try to sign in: so many times to one account, and so many from one address.

Policy when Redis is away: nobody signs in, since guesses could not be counted; sessions and keys work on. Where no
Redis is set up there are no limits, as the log says at the start.
"""

import hashlib
from ipaddress import IPv6Address, ip_address

from fastapi import Request

from services.api.platform import Platform
from services.api.problems import attempts_uncounted, too_many_attempts

WINDOW_SECONDS = 300
_NAME = "sign_ins"


def take_attempt(platform: Platform, request: Request, email: str | None = None) -> None:
    """Count an attempt, to the account of `email` where one is named, whether there is such an account or not.

    Raises the 429 problem where there were too many, 503 while they cannot be counted.
    """
    _take(platform, f"address:{_network(request)}", platform.settings.sign_ins_address)
    if email is not None:
        account = hashlib.sha256(email.encode()).hexdigest()
        _take(platform, f"account:{account}", platform.settings.sign_ins_account)


def _take(platform: Platform, owner: str, limit: int) -> None:
    if not platform.buckets.are_kept:
        return
    allowance = platform.buckets.take(owner, _NAME, limit, window=WINDOW_SECONDS)
    if allowance is None:
        raise attempts_uncounted()
    if not allowance.allowed:
        raise too_many_attempts(max(1, allowance.seconds_until(1.0)))


def _network(request: Request) -> str:
    """The caller's address; of IPv6 the /64 that one household has."""
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
