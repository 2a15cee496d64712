"""The OpenID provider that the operator's settings name: no request makes the api ask another address.

Authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636). What the provider signs is
verified by PyJWT against the keys that its discovery document names (OpenID Connect Discovery 1.0).
"""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import jwt
import structlog
from pydantic import BaseModel, ValidationError

from services.api.sessions.settings import SignInSettings, is_trustworthy

CALLBACK_PATH = "/v1/session/oidc/callback"
_DISCOVERY_PATH = "/.well-known/openid-configuration"
# Asymmetric alone: with a shared secret whoever knows the client could sign, and `none` is no signature.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 1024**2
_LEEWAY_SECONDS = 60
_METADATA_SECONDS = 3600.0
# Keys are asked for again where one is missing, which a forged token must not do at will.
_KEYS_SECONDS = 30.0

log = structlog.get_logger(__name__)
Document = TypeVar("Document", bound=BaseModel)


class OidcUnavailableError(Exception):
    """The provider cannot be reached, or answers what no OpenID provider answers."""


class OidcRefusedError(Exception):
    """What came back from the provider does not prove who somebody is."""


class Claims(BaseModel):
    """What a verified ID token says."""

    sub: str
    nonce: str
    azp: str | None = None
    email: str | None = None
    email_verified: bool = False
    name: str | None = None


class _Metadata(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(BaseModel):
    id_token: str


class OidcProvider:
    """The provider, whose documents are asked for when they are needed first, and kept."""

    def __init__(self, settings: SignInSettings) -> None:
        if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.public_url is None:
            raise ValueError("the settings name no OpenID provider")
        self.issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._redirect_uri = settings.public_url + CALLBACK_PATH
        # Redirects are not followed: what the operator named is what is asked.
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        self._lock = threading.Lock()
        self._metadata: _Metadata | None = None
        self._metadata_at = 0.0
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._keys_at = 0.0

    def close(self) -> None:
        self._http.close()

    def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises `OidcUnavailableError`."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        endpoint = self._discover().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def claims(self, code: str, *, verifier: str, nonce: str) -> Claims:
        """Who it is that came back with `code`. Raises `OidcRefusedError`, `OidcUnavailableError`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        metadata = self._discover()
        auth = None
        if self._secret is None:
            form["client_id"] = self._client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            auth = httpx.BasicAuth(self._client_id, self._secret.get_secret_value())
        else:
            form |= {"client_id": self._client_id, "client_secret": self._secret.get_secret_value()}
        tokens = self._ask(_Tokens, "POST", metadata.token_endpoint, data=form, auth=auth)
        return self._verified(tokens.id_token, nonce)

    def _verified(self, token: str, nonce: str) -> Claims:
        try:
            content = jwt.decode(
                token,
                self._key_of(token),
                algorithms=_ALGORITHMS,
                audience=self._client_id,
                issuer=self.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
            claims = Claims.model_validate(content)
        except (jwt.PyJWTError, ValidationError) as error:
            raise OidcRefusedError(f"the ID token does not hold: {type(error).__name__}") from error
        if not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
            raise OidcRefusedError("the ID token answers another request")
        shared = isinstance(content["aud"], list) and len(content["aud"]) > 1
        if (shared or claims.azp is not None) and claims.azp != self._client_id:
            raise OidcRefusedError("the ID token is for another client")
        return claims

    def _key_of(self, token: str) -> jwt.PyJWK:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in _ALGORITHMS:
            raise OidcRefusedError("the ID token is signed in a way that is not accepted")
        kid = header.get("kid")
        with self._lock:
            if kid not in self._keys and time.monotonic() >= self._keys_at + _KEYS_SECONDS:
                self._keys_at = time.monotonic()
                self._keys = self._fetch_keys()
            keys = self._keys
        key = keys.get(kid)
        if key is None and kid is None and len(keys) == 1:
            (key,) = keys.values()
        if key is None:
            raise OidcRefusedError("the ID token is signed with a key that is not the provider's")
        return key

    def _fetch_keys(self) -> Mapping[str | None, jwt.PyJWK]:
        found = self._ask(_KeySet, "GET", self._cached_metadata().jwks_uri)
        keys: dict[str | None, jwt.PyJWK] = {}
        for each in found.keys:
            try:
                key = jwt.PyJWK(each)
            except jwt.PyJWTError:
                continue  # of a kind that signs no ID token here
            if key.key_type in {"RSA", "EC", "OKP"} and key.public_key_use in {None, "sig"}:
                keys[key.key_id] = key
        return keys

    def _discover(self) -> _Metadata:
        with self._lock:
            return self._cached_metadata()

    def _cached_metadata(self) -> _Metadata:
        """The lock is held."""
        if self._metadata is None or time.monotonic() > self._metadata_at + _METADATA_SECONDS:
            found = self._ask(_Metadata, "GET", self.issuer.rstrip("/") + _DISCOVERY_PATH)
            if found.issuer != self.issuer:
                raise OidcUnavailableError(f"the provider at {self.issuer} says that it is {found.issuer!r}")
            for endpoint in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                if not is_trustworthy(endpoint):
                    raise OidcUnavailableError(f"the provider names {endpoint!r}, which is not over TLS")
            self._metadata, self._metadata_at = found, time.monotonic()
        return self._metadata

    def _ask(self, kind: type[Document], method: str, url: str, **more: Any) -> Document:
        try:
            with self._http.stream(method, url, headers={"Accept": "application/json"}, **more) as answer:
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise OidcUnavailableError(f"{url} answers with more than {_MAX_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OidcUnavailableError(f"{url} cannot be reached: {type(error).__name__}") from error
        if method == "POST" and 400 <= answer.status_code < 500:
            raise OidcRefusedError(f"the provider refused the code with status {answer.status_code}")
        if answer.status_code != 200:
            raise OidcUnavailableError(f"{url} answered with status {answer.status_code}")
        try:
            return kind.model_validate_json(bytes(body))
        except ValidationError as error:
            raise OidcUnavailableError(f"{url} answers what no OpenID provider does") from error


class _KeySet(BaseModel):
    keys: list[dict[str, Any]]
