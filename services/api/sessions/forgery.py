"""Requests that another site's page makes a browser send: refused by their origin and for want of the session's word."""

import hmac
from urllib.parse import urlsplit

from fastapi import Request

from cartridge_store.tokens import Purpose, token_hash
from services.api.platform import Platform
from services.api.problems import csrf_failed

HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(platform: Platform, secret: str) -> str:
    """The word that belongs to a session's secret: told to the page, which sends it with what it changes."""
    return token_hash(secret, platform.settings.key_pepper, Purpose.CSRF)


def check_origin(platform: Platform, request: Request) -> None:
    """Raise the 403 problem where a browser says that another origin's page asks."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    # Without settings the host has to do: a proxy before a development server may speak TLS.
    here = platform.settings.public_url or f"{urlsplit(origin).scheme}://{request.headers.get('host')}"
    if origin != here:
        raise csrf_failed(
            f"A page of {origin[:200]} asked, which is not where this service is. Its operator sets "
            "CARTRIDGES_PUBLIC_URL to where browsers find it."
        )


def check_page(platform: Platform, request: Request, secret: str) -> None:
    """Raise the 403 problem for a change that a cookie vouches for and the session's own page did not send."""
    if request.method in _SAFE:
        return
    check_origin(platform, request)
    given = request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(platform, secret).encode()):
        raise csrf_failed(f"Send the session's `csrf_token`, which GET /v1/session tells, as `{HEADER}`.")
