"""HTTP of signing in through the OpenID provider: away, and back."""

from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from cartridge_store.errors import ConflictError
from cartridge_web.openapi import problem_responses
from cartridge_web.problems import Problem
from services.api.platform import PlatformDep
from services.api.sessions import oidc_service
from services.api.sessions.attempts import take_attempt
from services.api.sessions.cookies import clear_flow, read_flow, set_flow
from services.api.sessions.endpoints import ATTEMPT_PROBLEMS
from services.api.sessions.forgery import check_origin
from services.api.sessions.schemas import OidcStartIn, OidcStartOut

router = APIRouter(prefix="/v1/session/oidc", tags=["people"])

log = structlog.get_logger(__name__)

_Parameter = Annotated[str | None, Query(max_length=4000, description="Of the provider's.")]


@router.post(
    "",
    summary="Begin to sign in through the OpenID provider",
    responses=problem_responses(
        oidc_service.no_provider(), oidc_service.oidc_unavailable(), *ATTEMPT_PROBLEMS
    ),
)
def start_oidc(
    body: OidcStartIn, request: Request, response: Response, platform: PlatformDep
) -> OidcStartOut:
    """Where to send the browser; it comes back to `return_to`, signed in."""
    check_origin(platform, request)
    take_attempt(platform, request)
    url, kept = oidc_service.start(platform, body)
    set_flow(response, platform.settings, kept)
    return OidcStartOut(authorization_url=url)


@router.get(
    "/callback",
    status_code=303,
    response_class=RedirectResponse,
    summary="Come back from the OpenID provider",
    responses=problem_responses(
        oidc_service.no_provider(), oidc_service.oidc_state_invalid(), *ATTEMPT_PROBLEMS
    ),
)
def finish_oidc(
    request: Request,
    platform: PlatformDep,
    *,
    code: _Parameter = None,
    state: _Parameter = None,
    iss: _Parameter = None,
    error: _Parameter = None,
) -> RedirectResponse:
    """The provider sends the browser here. It goes on to `return_to`, with `sign_in_error` where it is not signed in."""
    oidc_service.provider_of(platform)
    flow = oidc_service.read_flow(platform, read_flow(request, platform.settings), state)
    response = RedirectResponse(f"{platform.settings.public_url}{flow.return_to}", 303)
    try:
        take_attempt(platform, request)
        oidc_service.finish(platform, request, response, flow, code=None if error else code, issuer=iss)
    except (Problem, ConflictError) as problem:
        log.info("oidc_sign_in_failed", code=problem.code)
        response = RedirectResponse(
            _with_error(f"{platform.settings.public_url}{flow.return_to}", problem.code), 303
        )
    clear_flow(response, platform.settings)
    return response


def _with_error(url: str, code: str) -> str:
    base, mark, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}{urlencode({'sign_in_error': code})}{mark}{fragment}"
