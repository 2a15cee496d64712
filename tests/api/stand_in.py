"""A small real HTTP server that answers as the inference service does, and can be told to fail."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from cartridge_store.grants import Grant, verify_grant

BASE_MODEL = "tiny"
FINGERPRINT = "f" * 64
WORDS = ("Ward ", "3 has ", "11 beds.")
USAGE = {
    "prompt_tokens": 7,
    "cartridge_tokens": 32,
    "completion_tokens": 3,
    "kv_bytes": 4096,
    "seconds_to_first_token": 0.01,
}
PLACE = {"pod": "pod-0", "tier": "host", "pinned": False, "last_used": "2026-11-24T09:00:00Z"}
_SCORE = {"token": "Ward ", "logprob": -0.5, "top": [{"token": "Ward ", "logprob": -0.5}]}


class InferenceStandIn:
    """What was asked last is in `request`, `request_id` and `grant`; `problem` makes it answer that, `breaks_off` cuts streams.

    Asked to select, it takes the cartridges at the places `chosen`.

    `resident` are digests with their places; prompts over `window_characters` are too long. `ends_early` leaves a stream's last word out, and `waits` answers never: then `given_up` is set when the caller goes.
    """

    def __init__(self, secret: SecretStr) -> None:
        self.url = ""
        self._secret = secret
        self.given_up = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/v1/model", self._model),
                Route("/v1/residency", self._residency),
                Route("/v1/generate", self._generate, methods=["POST"]),
                Route("/readyz", self._ready),
            ]
        )
        self.reset()

    def reset(self) -> None:
        self.request: dict[str, Any] = {}
        self.grant: Grant | None = None
        self.request_id: str | None = None
        self.resident: dict[str, list[dict[str, Any]]] = {}
        self.problem: dict[str, Any] | None = None
        self.window_characters: int | None = None
        self.chosen: set[int] = set()
        self.breaks_off = False
        self.ends_early = False
        self.waits = False
        self.given_up.clear()

    async def _ready(self, _: Request) -> Response:
        return JSONResponse({"status": "ready"})

    async def _model(self, _: Request) -> Response:
        return JSONResponse(
            {
                "name": BASE_MODEL,
                "fingerprint": FINGERPRINT,
                "tokenizer_fingerprint": "t",
                "architecture": "LlamaForCausalLM",
                "context_length": 512,
                "kv_bytes_per_token": 64,
                "dtype": "float32",
            }
        )

    async def _residency(self, request: Request) -> Response:
        """What `resident` says, and a cartridge that is nobody's here."""
        entries = [
            {"digest": digest, "bytes": 1, "tokens": 1, "places": places}
            for digest, places in (("cd" * 32, [PLACE]), *self.resident.items())
            if digest in (request.query_params.getlist("digest") or [digest])
        ]
        return JSONResponse({"object": "list", "data": entries})

    async def _generate(self, request: Request) -> Response:
        self.request = await request.json()
        self.request_id = request.headers.get("x-request-id")
        self.grant = verify_grant(request.headers["authorization"].removeprefix("Bearer "), self._secret)
        granted = {cartridge.digest for cartridge in self.grant.cartridges}
        assert set(self.request["cartridges"]) <= granted
        if self.problem is not None:
            return JSONResponse(self.problem, status_code=self.problem["status"])
        characters = sum(len(message["content"]) for message in self.request["messages"])
        if self.window_characters is not None and characters > self.window_characters:
            problem = {"status": 400, "code": "prompt_too_long", "title": "Too long", "detail": "Shorten it."}
            return JSONResponse(problem, status_code=400)
        scores = None if self.request["top_logprobs"] is None else [_SCORE]
        if self.waits and not self.request["stream"]:
            await self._until_given_up(request)
        if not self.request["stream"]:
            answer = {"text": "".join(WORDS), "logprobs": scores, "finish_reason": "stop"}
            return JSONResponse({"selection": self._selection(), **answer, "usage": self._usage()})
        return StreamingResponse(self._pieces(request, scores), media_type="text/event-stream")

    def _selection(self) -> list[dict[str, Any]] | None:
        if self.request.get("select", "all") == "all":
            return None
        return [
            {"digest": digest, "gain": 20.5 if index in self.chosen else 1.5, "chosen": index in self.chosen}
            for index, digest in enumerate(self.request["cartridges"])
        ]

    def _usage(self) -> dict[str, Any]:
        selection = self._selection()
        return USAGE | ({} if selection is None else {"selection_tokens": 7 * (len(selection) + 1)})

    async def _until_given_up(self, request: Request) -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(0.02)
        self.given_up.set()

    async def _pieces(self, request: Request, scores: list[dict[str, Any]] | None) -> AsyncGenerator[str]:
        if self._selection() is not None:
            told = {"selection": self._selection(), "selection_tokens": self._usage()["selection_tokens"]}
            yield f"data: {json.dumps(told)}\n\n"
        for word in WORDS:
            piece = {"text": word, "token_ids": [1], "logprobs": scores, "finish_reason": None}
            yield f"data: {json.dumps(piece)}\n\n"
            if self.breaks_off:
                problem = {"status": 500, "code": "engine_failed", "title": "Failed", "detail": "It broke."}
                yield f"event: error\ndata: {json.dumps(problem)}\n\n"
                return
            if self.waits:
                try:
                    await asyncio.sleep(30)
                finally:
                    self.given_up.set()
        if self.ends_early:
            return
        yield f"data: {json.dumps({'usage': self._usage(), 'finish_reason': 'stop'})}\n\n"
