"""Batched decoding: every row with its own cartridges, or none, joining and leaving between steps.

Rows after the same context read its keys and values together; a finished row's place is taken by the next.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.composition import compose, lay_out
from cartridge_core.errors import PromptTooLongError
from cartridge_core.models.kv import PrefixKV
from cartridge_core.models.transformer import PREFILL_TOKENS, Model
from cartridge_core.sampling import draw
from cartridge_core.shared_contexts import SharedContexts
from cartridge_core.text_stream import TextStream

FinishReason = Literal["stop", "length"]

_FEWEST_SHARING = 4


@dataclass(frozen=True)
class SamplingParams:
    """How one row is decoded. Temperature 0 is greedy; `top_logprobs` asks for that many alternatives a token."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_logprobs: int | None = None


@dataclass(frozen=True)
class GenerationRequest:
    """A prompt, what stands before it, and how to sample.

    Before it stand `cartridges`, or a `context` as KV, or the text of `context_ids`, which other requests share.
    """

    prompt_ids: tuple[int, ...]
    sampling: SamplingParams
    cartridges: tuple[Cartridge, ...] = ()
    context: PrefixKV | None = None
    context_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class TokenEvent:
    """One new token of one row.

    `text` is what became final with it, possibly nothing. `logprob` and `top` (ids with log-probabilities, at
    temperature 1) are filled when the request asked for `top_logprobs`.
    """

    row_id: int
    token_id: int
    text: str
    logprob: float
    top: tuple[tuple[int, float], ...]
    finish_reason: FinishReason | None


@dataclass
class _Row:
    row_id: int
    request: GenerationRequest
    stream: TextStream
    position: int  # of the next token that enters the model
    uniform: random.Random
    shared: PrefixKV | None = None  # what stands before it and is not in its cache
    last_token: int = -1
    generated: int = 0


class ContinuousBatch:
    """Rows decoded together on one model. Not thread-safe: one thread owns it."""

    def __init__(
        self, model: Model, max_rows: int, *, page_size: int = 1, contexts: SharedContexts | None = None
    ) -> None:
        """`page_size`: prefixes of cartridges are padded to a multiple of it, as engines with paged KV need.

        `contexts`: where KV of `context_ids` is kept from one batch to the next.
        """
        self._model = model
        self._max_rows = max_rows
        self._page_size = page_size
        self._cache = model.new_cache(max_rows, 64)
        self._rows: list[_Row] = []  # row i of the cache belongs to self._rows[i]
        self._waiting: list[_Row] = []
        self._contexts = contexts or SharedContexts(model)
        self._next_id = 0

    @property
    def active(self) -> int:
        """Rows that are decoding or about to."""
        return len(self._rows) + len(self._waiting)

    @property
    def has_room(self) -> bool:
        return self.active < self._max_rows

    def add(self, request: GenerationRequest) -> int:
        """Take a request into the batch; the id that its events carry.

        Raises `PromptTooLongError` when prompt, cartridges and answer exceed the model's window, `ValueError` for
        an empty prompt or a full batch.
        """
        if not self.has_room:
            raise ValueError("the batch is full")
        if not request.prompt_ids:
            raise ValueError("the prompt is empty")
        start = self._start_position(request)
        check_window(
            start=start,
            prompt_tokens=len(request.prompt_ids),
            max_tokens=request.sampling.max_tokens,
            window=self._model.config.context_length,
        )
        row = _Row(
            row_id=self._next_id,
            request=request,
            stream=TextStream(self._model.chat.decode, request.sampling.stop),
            position=start,
            uniform=random.Random(request.sampling.seed),
        )
        self._next_id += 1
        self._waiting.append(row)
        return row.row_id

    def cancel(self, row_id: int) -> None:
        """Take a row out; unknown and finished ids are ignored."""
        self._waiting = [row for row in self._waiting if row.row_id != row_id]
        for index, row in enumerate(self._rows):
            if row.row_id == row_id:
                self._remove(index)
                return

    @torch.no_grad()
    def step(self) -> list[TokenEvent]:
        """One token for every decoding row, and the first token of every row that was waiting."""
        decoding = len(self._rows)
        hidden = [self._decode(decoding)] if decoding else []
        hidden.extend(self._admit())
        if not hidden:
            return []
        events = self._sample(torch.cat(hidden))
        for index in range(len(self._rows) - 1, -1, -1):
            if events[index].finish_reason is not None:
                self._remove(index)
        return events

    def _decode(self, rows: int) -> Tensor:
        """Feed each row's last token; hidden states `[rows, hidden]`."""
        tokens = torch.tensor([[row.last_token] for row in self._rows], device=self._model.device)
        positions = torch.tensor([[row.position] for row in self._rows], device=self._model.device)
        shared = self._shared_by(self._rows)
        hidden = self._model.forward_cached(tokens, positions, self._cache, shared=shared)
        for row in self._rows:
            row.position += 1
        return hidden.view(rows, -1)

    def _admit(self) -> list[Tensor]:
        """Prefill all waiting rows, short prompts together; last hidden states `[rows, hidden]` in row order."""
        waiting, self._waiting = self._waiting, []
        self._find_shared(waiting)
        short = [row for row in waiting if len(row.request.prompt_ids) <= PREFILL_TOKENS]
        long = [row for row in waiting if len(row.request.prompt_ids) > PREFILL_TOKENS]
        hidden = []
        group = max(1, 4096 // max((len(row.request.prompt_ids) for row in short), default=1))
        for begin in range(0, len(short), group):
            hidden.append(self._prefill_together(short[begin : begin + group]))
        for row in long:
            index = self._place(row)
            last = self._model.extend_row(
                self._cache, index, row.request.prompt_ids, start=row.position, after=row.shared
            )
            row.position += len(row.request.prompt_ids)
            hidden.append(last[None])
        return hidden

    def _prefill_together(self, rows: list[_Row]) -> Tensor:
        first = len(self._rows)
        for row in rows:
            self._place(row)
        lengths = torch.tensor([len(row.request.prompt_ids) for row in rows])
        longest = int(lengths.max())
        tokens = torch.zeros(len(rows), longest, dtype=torch.long)
        for index, row in enumerate(rows):
            tokens[index, : lengths[index]] = torch.tensor(row.request.prompt_ids)
        starts = torch.tensor([row.position for row in rows])
        positions = starts[:, None] + torch.arange(longest)
        device = self._model.device
        hidden = self._model.forward_cached(
            tokens.to(device),
            positions.to(device),
            self._cache,
            first_row=first,
            new_lengths=lengths.to(device),
            shared=self._shared_by(rows),
        )
        for row in rows:
            row.position += len(row.request.prompt_ids)
        return hidden[torch.arange(len(rows)), lengths - 1]

    def _find_shared(self, joining: list[_Row]) -> None:
        """Decide which of the rows that join read their context together with others.

        A group costs some small products a layer, so that a row alone, or nearly, better has a copy in its cache.
        """
        known = {row.request.context_ids: row.shared for row in self._rows if row.shared is not None}
        counts = Counter(row.request.context_ids for row in joining)
        for row in joining:
            ids = row.request.context_ids
            if ids and ids not in known and counts[ids] >= _FEWEST_SHARING:
                known[ids] = self._contexts.get(ids)
            row.shared = known.get(ids)

    def _shared_by(self, rows: list[_Row]) -> list[tuple[PrefixKV, Tensor]]:
        """Contexts that are in no cache, each with the indices of its rows among `rows`."""
        groups: dict[int, tuple[PrefixKV, list[int]]] = {}
        for index, row in enumerate(rows):
            if row.shared is not None:
                groups.setdefault(id(row.shared), (row.shared, []))[1].append(index)
        return [(prefix, torch.tensor(of, device=self._model.device)) for prefix, of in groups.values()]

    def _place(self, row: _Row) -> int:
        index = len(self._rows)
        self._cache.begin_row(index, None if row.shared is not None else self._own_prefix(row.request))
        self._rows.append(row)
        return index

    def _own_prefix(self, request: GenerationRequest) -> PrefixKV | None:
        """What stands before a row, to be copied into its cache."""
        if request.context_ids:
            return self._contexts.get(request.context_ids)
        return request.context or compose(
            request.cartridges,
            self._model.rope.inverse_frequencies,
            self._model.dtype,
            page_size=self._page_size,
        )

    def _sample(self, hidden: Tensor) -> list[TokenEvent]:
        logits = self._model.logits(hidden).float()  # [rows, vocab]
        tokens = self._draw(logits)
        wanted = max((row.request.sampling.top_logprobs or 0 for row in self._rows), default=0)
        asked = any(row.request.sampling.top_logprobs is not None for row in self._rows)
        chosen = [math.nan] * len(tokens)
        top_ids: list[list[int]] = []
        top_logprobs: list[list[float]] = []
        if asked:
            normalizer = logits.logsumexp(dim=-1, keepdim=True)
            chosen = (logits.gather(1, torch.tensor(tokens, device=logits.device)[:, None]) - normalizer)[
                :, 0
            ].tolist()
            best, ids = logits.topk(max(wanted, 1), dim=-1)
            top_ids, top_logprobs = ids.tolist(), (best - normalizer).tolist()
        events = []
        for index, (row, token) in enumerate(zip(self._rows, tokens, strict=True)):
            count = row.request.sampling.top_logprobs
            top = (
                ()
                if not count
                else tuple(zip(top_ids[index][:count], top_logprobs[index][:count], strict=True))
            )
            events.append(self._advance(row, token, math.nan if count is None else chosen[index], top))
        return events

    def _draw(self, logits: Tensor) -> list[int]:
        sampling = [row.request.sampling for row in self._rows]
        points = [
            row.uniform.random() if params.temperature > 0 else 0.0
            for row, params in zip(self._rows, sampling, strict=True)
        ]
        chosen: list[int] = draw(
            logits, [params.temperature for params in sampling], [params.top_p for params in sampling], points
        ).tolist()
        return chosen

    def _advance(
        self, row: _Row, token: int, logprob: float, top: tuple[tuple[int, float], ...]
    ) -> TokenEvent:
        row.last_token = token
        row.generated += 1
        finish: FinishReason | None = None
        text = ""
        if token == self._model.chat.end_of_turn:
            finish = "stop"
        else:
            text = row.stream.push(token)
            if row.stream.stopped:
                finish = "stop"
            elif row.generated >= row.request.sampling.max_tokens:
                finish = "length"
        if finish is not None:
            text += row.stream.flush()
        return TokenEvent(row.row_id, token, text, logprob, top, finish)

    def _start_position(self, request: GenerationRequest) -> int:
        if request.context is not None:
            return request.context.next_position
        if request.context_ids:
            return len(request.context_ids)
        headers = [cartridge.header for cartridge in request.cartridges]
        return lay_out(headers, page_size=self._page_size).tokens

    def _remove(self, index: int) -> None:
        last = len(self._rows) - 1
        if index != last:
            self._cache.move_row(last, index)
            self._rows[index] = self._rows[last]
        self._rows.pop()
        self._cache.lengths[last] = 0


@dataclass
class GeneratedRow:
    """A finished row: its token ids, its text, and the alternatives of each token if they were asked for."""

    ids: list[int] = field(default_factory=list)
    text: str = ""
    top: list[tuple[tuple[int, float], ...]] = field(default_factory=list)
    finish_reason: FinishReason | None = None

    def take(self, event: TokenEvent) -> None:
        """Grow by one of the row's own events."""
        self.ids.append(event.token_id)
        self.text += event.text
        self.top.append(event.top)
        self.finish_reason = event.finish_reason


def generate(
    model: Model,
    requests: Sequence[GenerationRequest],
    max_rows: int,
    *,
    contexts: SharedContexts | None = None,
    on_tokens: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[GeneratedRow]:
    """Decode all `requests`, `max_rows` at a time; rows that finish make room for the next.

    Those with equal `context_ids` follow each other, whatever their order. `on_tokens` is told after each step how many tokens it made. When `should_stop` answers true the rows come
    back as far as they are, `finish_reason` None where unfinished.
    """
    batch = ContinuousBatch(model, max_rows, contexts=contexts)
    rows = [GeneratedRow() for _ in requests]
    waiting = iter(by_context(requests))
    place: dict[int, int] = {}
    exhausted = False
    while not (should_stop is not None and should_stop()):
        while batch.has_room and not exhausted:
            following = next(waiting, None)
            if following is None:
                exhausted = True
            else:
                place[batch.add(requests[following])] = following
        if not batch.active:
            break
        events = batch.step()
        for event in events:
            rows[place[event.row_id]].take(event)
        if on_tokens is not None:
            on_tokens(len(events))
    return rows


def by_context(requests: Sequence[GenerationRequest]) -> list[int]:
    """Indices of `requests`, those with equal `context_ids` behind the first of them."""
    first: dict[tuple[int, ...], int] = {}
    for index, request in enumerate(requests):
        first.setdefault(request.context_ids, index)
    return sorted(range(len(requests)), key=lambda index: first[requests[index].context_ids])


def check_window(*, start: int, prompt_tokens: int, max_tokens: int, window: int) -> None:
    """Raise `PromptTooLongError` when a prompt that begins at position `start` and its answer exceed the window."""
    needed = start + prompt_tokens + max_tokens
    if needed > window:
        raise PromptTooLongError(
            f"prompt ({prompt_tokens} tokens at position {start}) and answer ({max_tokens} tokens) need {needed} "
            f"positions; the model's window has {window}. Shorten the messages or lower max_tokens"
        )
