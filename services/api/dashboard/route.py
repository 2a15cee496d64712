"""Serves the built dashboard: its files, and its page for every address that no other route takes."""

import mimetypes
from pathlib import Path

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from cartridge_web.problems import Problem
from services.api.dashboard.policy import HEADERS, PLACEHOLDER, content_security_policy, new_nonce

log = structlog.get_logger(__name__)

_INDEX = "index.html"
# Below it file names change with their content.
_HASHED = "assets/"
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_ASK_ME_FIRST = "no-cache"
# As the build writes them beside each file, in the order of preference.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
# Addresses that belong to programs: a mistyped one is a problem, never a page.
_OF_PROGRAMS = ("/v1/", "/docs/", "/openapi.json")


def dashboard_missing() -> Problem:
    return Problem(
        404,
        "dashboard_missing",
        "No dashboard here",
        "The dashboard is not built: run `make dashboard`, or set CARTRIDGES_DASHBOARD_DIR. The API is there all the same: see /docs.",
    )


class DashboardRoute(Route):
    """`GET` of the dashboard's files and pages. It takes no other request, so the API's own errors stay what they are."""

    def __init__(self, directory: Path) -> None:
        super().__init__("/{path:path}", self._serve, methods=["GET"], include_in_schema=False)
        self._directory = directory.resolve()
        if not self.is_built:
            log.warning("dashboard_not_built", directory=str(self._directory), detail="run: make dashboard")

    @property
    def is_built(self) -> bool:
        return (self._directory / _INDEX).is_file()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return Match.NONE, {}
        path: str = scope["path"]
        if path.startswith(_OF_PROGRAMS):
            return Match.NONE, {}
        # A page's address: what a browser asks for when somebody opens it. A file's: one that is there.
        if path == "/" or _wants_a_page(scope) or self._file(path) is not None:
            return super().matches(scope)
        return Match.NONE, {}

    async def _serve(self, request: Request) -> Response:
        file = await run_in_threadpool(self._file, request.url.path)
        if file is not None and file.name != _INDEX:
            return self._asset(request, file)
        if request.url.path.startswith(f"/{_HASHED}"):
            # Of a build that is gone: the page would be no script.
            raise HTTPException(404)
        return await run_in_threadpool(self._page)

    def _page(self) -> Response:
        """The page, made out to the nonce of its policy. Raises the 404 problem where nothing was built."""
        try:
            page = (self._directory / _INDEX).read_bytes()
        except FileNotFoundError as error:
            raise dashboard_missing() from error
        nonce = new_nonce()
        headers = {
            "Content-Security-Policy": content_security_policy(nonce),
            "Cache-Control": _ASK_ME_FIRST,
            **HEADERS,
        }
        return Response(page.replace(PLACEHOLDER, nonce.encode()), media_type="text/html", headers=headers)

    def _asset(self, request: Request, file: Path) -> Response:
        hashed = file.is_relative_to(self._directory / _HASHED)
        headers = {"Cache-Control": _FOR_A_YEAR if hashed else _ASK_ME_FIRST, "Vary": "Accept-Encoding"}
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        accepted = request.headers.get("accept-encoding", "")
        for encoding, suffix in _ENCODINGS.items():
            packed = file.with_name(file.name + suffix)
            if encoding in accepted and packed.is_file():
                return FileResponse(
                    packed, media_type=media_type, headers={**headers, "Content-Encoding": encoding}
                )
        return FileResponse(file, media_type=media_type, headers=headers)

    def _file(self, path: str) -> Path | None:
        """The built file of this path, and never one outside of the build."""
        if "\x00" in path or path.endswith(tuple(_ENCODINGS.values())):
            return None
        file = (self._directory / path.lstrip("/")).resolve()
        return file if file.is_relative_to(self._directory) and file.is_file() else None


def _wants_a_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")
