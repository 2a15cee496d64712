"""A tenant of an inference service, as the api speaks for it: signs grants, asks, and takes the time."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr

from cartridge_store.grants import Grant, GrantedCartridge, sign_grant

Prompt = Sequence[Mapping[str, str]]
T = TypeVar("T")

# Answers on a CPU with many at once take their time.
_TIMEOUT_SECONDS = 1800
_GRANT_SECONDS = 3600


class AskingFailedError(RuntimeError):
    """The service gave a problem instead of an answer."""


@dataclass(frozen=True)
class Answer:
    """A greedy answer as it came.

    `runners_up[i]`: text of the second likeliest token at place `i`, and by how many nats the first is ahead; empty
    unless asked for. `first_token_seconds` are the caller's.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    runners_up: tuple[tuple[str, float], ...]
    usage: Mapping[str, Any]
    first_token_seconds: float


@dataclass(frozen=True)
class Tenant:
    """A caller with grants of `tenant_id`. Safe to use from several threads."""

    client: httpx.Client
    secret: SecretStr
    tenant_id: str

    def stream(
        self, prompt: Prompt, *cartridges: GrantedCartridge, max_tokens: int, ranked: bool = False
    ) -> Answer:
        """A streamed greedy answer, with the runner-up of each token if `ranked`. Raises `AskingFailedError`."""
        body = _body(prompt, cartridges, max_tokens) | {"stream": True, "top_logprobs": 2 if ranked else None}
        chunks: list[dict[str, Any]] = []
        headers = self._headers(cartridges)
        started = time.monotonic()
        first = 0.0
        with self.client.stream(
            "POST", "/v1/generate", json=body, headers=headers, timeout=_TIMEOUT_SECONDS
        ) as response:
            if response.is_error:
                raise AskingFailedError(response.read().decode())
            for line in response.iter_lines():
                if line.startswith("event: error"):
                    raise AskingFailedError("the answer broke off; the service's log says why")
                if line.startswith("data: "):
                    first = first or time.monotonic() - started
                    chunks.append(json.loads(line.removeprefix("data: ")))
        *said, last = chunks
        scores = [score for chunk in said for score in chunk["logprobs"] or ()]
        return Answer(
            ids=tuple(token for chunk in said for token in chunk["token_ids"]),
            tokens=tuple(score["token"] for score in scores),
            runners_up=tuple(
                (score["top"][1]["token"], score["top"][0]["logprob"] - score["top"][1]["logprob"])
                for score in scores
            ),
            usage=last["usage"],
            first_token_seconds=first,
        )

    def ask(self, prompt: Prompt, *cartridges: GrantedCartridge, max_tokens: int) -> Mapping[str, Any]:
        """The usage of a whole greedy answer. Raises `AskingFailedError`."""
        answer = self._post("/v1/generate", _body(prompt, cartridges, max_tokens), cartridges)
        usage: Mapping[str, Any] = answer.json()["usage"]
        return usage

    def unload(self, cartridge: GrantedCartridge) -> None:
        """Have the service forget a cartridge in memory and on disk."""
        self._post("/v1/unload_cartridge", {"digest": cartridge.digest}, [cartridge])

    def _post(
        self, path: str, body: Mapping[str, Any], cartridges: Sequence[GrantedCartridge]
    ) -> httpx.Response:
        response = self.client.post(
            path, json=body, headers=self._headers(cartridges), timeout=_TIMEOUT_SECONDS
        )
        if response.is_error:
            raise AskingFailedError(response.text)
        return response

    def _headers(self, cartridges: Sequence[GrantedCartridge]) -> dict[str, str]:
        grant = Grant(tenant_id=self.tenant_id, cartridges=tuple(cartridges))
        return {"Authorization": f"Bearer {sign_grant(grant, self.secret, seconds=_GRANT_SECONDS)}"}


def user(text: str) -> Prompt:
    """A prompt of one question."""
    return [{"role": "user", "content": text}]


def at_once(jobs: Sequence[Callable[[], T]], limit: int) -> list[T]:
    """The results of `jobs` in their order, `limit` of them under way at once."""
    with ThreadPoolExecutor(limit) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def many_connections(url: str) -> httpx.Client:
    """A client of `url` that opens as many connections as there are requests."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.Client(base_url=url, limits=limits, trust_env=False, timeout=60)


def _body(prompt: Prompt, cartridges: Sequence[GrantedCartridge], max_tokens: int) -> dict[str, Any]:
    return {
        "messages": list(prompt),
        "cartridges": [cartridge.digest for cartridge in cartridges],
        "max_tokens": max_tokens,
        "temperature": 0,
    }
