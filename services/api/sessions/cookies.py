"""The cookies of people's browsers: no script reads them, and no other site's page sends them."""

from fastapi import Request, Response

from services.api.sessions.settings import SignInSettings

_SESSION = "cartridges_session"
_FLOW = "cartridges_sign_in"
FLOW_SECONDS = 600


def session_cookie(settings: SignInSettings) -> str:
    return _named(settings, _SESSION)


def read_session(request: Request, settings: SignInSettings) -> str | None:
    """The secret of the session that the browser holds."""
    return request.cookies.get(_named(settings, _SESSION)) or None


def set_session(response: Response, settings: SignInSettings, secret: str) -> None:
    response.set_cookie(
        _named(settings, _SESSION), secret, max_age=settings.session_seconds, path="/",
        secure=settings.is_behind_tls, httponly=True, samesite="strict",
    )  # fmt: skip


def clear_session(response: Response, settings: SignInSettings) -> None:
    response.delete_cookie(
        _named(settings, _SESSION), path="/", secure=settings.is_behind_tls, httponly=True, samesite="strict"
    )


def read_flow(request: Request, settings: SignInSettings) -> str | None:
    """What the browser keeps between leaving for the OpenID provider and coming back."""
    return request.cookies.get(_named(settings, _FLOW)) or None


def set_flow(response: Response, settings: SignInSettings, sealed: str) -> None:
    # Lax: the way back begins on the provider's site.
    response.set_cookie(
        _named(settings, _FLOW), sealed, max_age=FLOW_SECONDS, path="/",
        secure=settings.is_behind_tls, httponly=True, samesite="lax",
    )  # fmt: skip


def clear_flow(response: Response, settings: SignInSettings) -> None:
    response.delete_cookie(
        _named(settings, _FLOW), path="/", secure=settings.is_behind_tls, httponly=True, samesite="lax"
    )


def _named(settings: SignInSettings, name: str) -> str:
    # With this prefix browsers take a cookie from this host alone, over TLS, for all its paths; without TLS they
    # would take none.
    return f"__Host-{name}" if settings.is_behind_tls else name
