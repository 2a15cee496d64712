"""An OpenID provider that says whatever a test wants, signed with whatever key; and the way of a browser through one."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cartridge_store.ids import new_id
from tests.api.browser import Browser

PUBLIC = "http://app.localhost"
CLIENT_ID, CLIENT_SECRET = "cartridges-test", "s" * 32
KID = "the-provider's"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY, FOREIGN_KEY = _key(), _key()


def signed(claims: dict[str, Any], key: Any = KEY, *, algorithm: str = "RS256", kid: str = KID) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


@dataclass
class PliantProvider:
    """Its token endpoint answers with `token(claims)`, where `claims` are what an honest provider would say."""

    url: str = ""
    nonce: str = ""
    subject: str = ""
    email: str = ""
    token: Callable[[dict[str, Any]], str] = field(default=signed)
    discovery: Mapping[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def reset(self) -> None:
        """Be honest again, about somebody new."""
        self.subject, self.email = new_id("sub"), f"{new_id('x')}@example.com"
        self.token, self.discovery, self.asked = signed, {}, []

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        honest = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return JSONResponse(honest | dict(self.discovery))

    async def _keys(self, _: Request) -> Response:
        key = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**key, "kid": KID, "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            self.asked.append({name: str(value) for name, value in form.items()})
        self.asked[-1]["authorization"] = request.headers.get("authorization", "")
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": self.subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
            "nonce": self.nonce, "email": self.email, "email_verified": True, "name": "Bob",
        }  # fmt: skip
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.token(claims)})


def leave(page: Browser, **body: Any) -> tuple[str, dict[str, str]]:
    """Begin to sign in; where the browser is sent, and the query of that address."""
    answer = page.post("/v1/session/oidc", json=body)
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["authorization_url"]
    return url, {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def come_back(page: Browser, location: str) -> httpx.Response:
    """Follow the provider's redirection to where `PUBLIC` stands for the api."""
    assert location.startswith(f"{PUBLIC}/v1/session/oidc/callback?"), location
    return page.get(location.removeprefix(PUBLIC), follow_redirects=False)


def said(answer: httpx.Response) -> str | None:
    """The `sign_in_error` of the page that the browser ends at; None where it is signed in."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{PUBLIC}/")
    found = parse_qs(urlsplit(answer.headers["location"]).query).get("sign_in_error")
    return None if found is None else found[0]
