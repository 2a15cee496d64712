"""Self-study's decoding by a SGLang server: token ids out, token ids and the likeliest alternatives back.

The chunk stands at the beginning of every prompt about it, so the server's radix cache computes it once; each job has
a part of that cache to itself. SGLang's own interface is used and not OpenAI's: that gives alternatives as texts, and
training needs their ids.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
import torch

from cartridge_core.generation import GeneratedRow, GenerationRequest, check_window
from cartridge_core.models import Model
from cartridge_core.text_stream import TextStream

# A server that is started anew needs this long, and an answer of thousands of tokens too.
_ANSWER_SECONDS = 600.0
_QUICK_SECONDS = 5.0
_LOOK_SECONDS = 0.2
_TRIES = 4
_FIRST_PAUSE_SECONDS = 0.5
_PROBE = "The model of a teacher is the model of its student."
_PROBED_TOKENS = 5
# Rounding of KV and weights to bfloat16 moves log-probabilities by up to a tenth; another model moves them by nats.
_PROBE_TOLERANCE = 0.5

log = structlog.get_logger(__name__)


class SynthesisEndpointError(Exception):
    """The server that self-study decodes with is away, refuses, or is not what this trainer needs."""


class SynthesisEndpointUnfitError(SynthesisEndpointError):
    """The server answers, but not as this trainer's model would."""


@dataclass(frozen=True)
class EndpointSettings:
    """Where the server is (its root, such as `http://host:30000`), its key, and how many answers are asked for at once."""

    url: str
    key: str | None
    requests_at_once: int


class SynthesisEndpoint:
    """One server, for all jobs of a worker. Found out once: whether it runs this worker's model."""

    def __init__(self, settings: EndpointSettings) -> None:
        headers = {} if settings.key is None else {"Authorization": f"Bearer {settings.key}"}
        self._at_once = settings.requests_at_once
        self._http = httpx.Client(
            base_url=settings.url,
            headers=headers,
            timeout=httpx.Timeout(_QUICK_SECONDS, read=_ANSWER_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=settings.requests_at_once),
            trust_env=False,
        )
        self._probing = threading.Lock()
        self._probed = False

    def decoder(self, model: Model, namespace: str) -> "EndpointDecoder":
        """A `Decoder` whose prompts share cached text with nobody outside `namespace`."""
        return EndpointDecoder(self, model, namespace, self._at_once)

    def require_model(self, model: Model) -> None:
        """Raises `SynthesisEndpointUnfitError` where the server runs another model, or tells other log-probabilities."""
        with self._probing:
            if self._probed:
                return
            ids = model.chat.encode(_PROBE)
            with torch.no_grad():
                hidden = model.forward(torch.tensor([ids]), torch.arange(len(ids))[None])
                expected = model.logits(hidden[0, -1]).float().log_softmax(-1).cpu()
            # Not at temperature 1: what is told has to be the model's own all the same.
            sampling = {"max_new_tokens": 1, "temperature": 0.5}
            found = self.ask(
                {"input_ids": ids, "sampling_params": sampling, "return_logprob": True, "top_logprobs_num": _PROBED_TOKENS}
            )  # fmt: skip
            tops = found.tops[0] if found.tops else ()
            distance = max(
                (abs(value - float(expected[token])) for token, value in tops), default=float("inf")
            )
            if distance > _PROBE_TOLERANCE:
                raise SynthesisEndpointUnfitError(
                    f"the server at {self._http.base_url} tells log-probabilities that are {distance:.2f} nats from those of "
                    f"{model.identity.name}: it has to run this very model, and SGLang with "
                    "SGLANG_RETURN_ORIGINAL_LOGPROB=1 in its environment"
                )
            self._probed = True
            log.info("synthesis_endpoint_fits", url=str(self._http.base_url), distance=round(distance, 4))

    def ask(self, body: dict[str, Any]) -> "Answer":
        """One answer; a server that is away or full is asked again after a pause. Raises `SynthesisEndpointError`."""
        for number in range(1, _TRIES + 1):
            try:
                response = self._http.post("/generate", json=body)
                if response.status_code not in {429, 502, 503, 504}:
                    return _answer(response)
                reason = f"status {response.status_code}"
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
            if number < _TRIES:
                time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (number - 1))
        raise SynthesisEndpointError(f"the server at {self._http.base_url} does not answer: {reason}")

    def abort(self, rid: str) -> None:
        """Have the server drop a request; whoever waits for it gets what there is."""
        try:
            self._http.post("/abort_request", json={"rid": rid}, timeout=_QUICK_SECONDS)
        except httpx.HTTPError as error:
            log.info("abort_failed", rid=rid, detail=str(error))


@dataclass(frozen=True)
class Answer:
    """Token ids, and (id, log-probability) of the likeliest tokens at each, where they were asked for."""

    ids: tuple[int, ...]
    tops: tuple[tuple[tuple[int, float], ...], ...]


class EndpointDecoder:
    """A `Decoder` at a server."""

    def __init__(self, endpoint: SynthesisEndpoint, model: Model, namespace: str, at_once: int) -> None:
        self._endpoint = endpoint
        self._model = model
        self._namespace = namespace
        self._at_once = at_once

    def decode(
        self,
        requests: Sequence[GenerationRequest],
        *,
        on_tokens: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> list[GeneratedRow]:
        """Raises `SynthesisEndpointError`, `PromptTooLongError`."""
        self._endpoint.require_model(self._model)
        for request in requests:
            check_window(
                start=len(request.context_ids),
                prompt_tokens=len(request.prompt_ids),
                max_tokens=request.sampling.max_tokens,
                window=self._model.config.context_length,
            )
        rows = [GeneratedRow() for _ in requests]
        rids = [uuid.uuid4().hex for _ in requests]
        with ThreadPoolExecutor(self._at_once, "synthesis") as pool:
            asked: dict[Future[Answer], int] = {
                pool.submit(self._endpoint.ask, self._body(request, rid)): index
                for index, (request, rid) in enumerate(zip(requests, rids, strict=True))
            }
            open_ = set(asked)
            try:
                while open_ and not should_stop():
                    finished, open_ = wait(open_, _LOOK_SECONDS, FIRST_COMPLETED)
                    for future in finished:
                        index = asked[future]
                        rows[index] = row_of(self._model, requests[index], future.result())
                        on_tokens(len(rows[index].ids))
            finally:
                for future in open_:
                    if not future.cancel():
                        self._endpoint.abort(rids[asked[future]])
        return rows

    def _body(self, request: GenerationRequest, rid: str) -> dict[str, Any]:
        sampling = request.sampling
        return {
            "rid": rid,
            "input_ids": [*request.context_ids, *request.prompt_ids],
            "extra_key": self._namespace,
            "sampling_params": {
                "max_new_tokens": sampling.max_tokens,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "stop_token_ids": [self._model.chat.end_of_turn, *self._stopping(sampling.stop)],
            },
            "return_logprob": sampling.top_logprobs is not None,
            "top_logprobs_num": sampling.top_logprobs or 0,
        }

    def _stopping(self, stop: Sequence[str]) -> list[int]:
        """Stop strings that are one token: others are cut off here, when the answer has come."""
        encoded = [self._model.chat.encode(text) for text in stop]
        return [ids[0] for ids in encoded if len(ids) == 1]


def row_of(model: Model, request: GenerationRequest, answer: Answer) -> GeneratedRow:
    """An answer as the row that this process would have decoded: same tokens, same text, stopped at the same place."""
    row = GeneratedRow()
    stream = TextStream(model.chat.decode, request.sampling.stop)
    wanted = request.sampling.top_logprobs or 0
    for index, token in enumerate(answer.ids):
        row.ids.append(token)
        row.top.append(answer.tops[index][:wanted] if index < len(answer.tops) else ())
        if token == model.chat.end_of_turn:
            row.finish_reason = "stop"
        else:
            row.text += stream.push(token)
            if stream.stopped:
                row.finish_reason = "stop"
            elif len(row.ids) >= request.sampling.max_tokens:
                row.finish_reason = "length"
        if row.finish_reason is not None:
            break
    row.text += stream.flush()
    return row


def _answer(response: httpx.Response) -> Answer:
    """Raises `SynthesisEndpointError` for anything but an answer."""
    try:
        if response.is_error:
            raise SynthesisEndpointError(
                f"the server refused a request of self-study: status {response.status_code}, {response.text[:200]}"
            )
        body = response.json()
        if (body["meta_info"].get("finish_reason") or {}).get("type") == "abort":
            raise SynthesisEndpointError("the server gave a request of self-study up")
        tops = tuple(
            tuple((int(token), float(value)) for value, token, *_ in places or ())
            for places in body["meta_info"].get("output_top_logprobs") or ()
        )
        return Answer(tuple(int(token) for token in body["output_ids"]), tops)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthesisEndpointError(
            "the server's answer is none of SGLang's: `output_ids` and `meta_info` were expected"
        ) from error
