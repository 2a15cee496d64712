"""Batched decoding: every row with its own cartridges, or none, joining and leaving between steps."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.composition import compose, lay_out
from cartridge_core.errors import PromptTooLongError
from cartridge_core.models.kv import PrefixKV
from cartridge_core.models.transformer import PREFILL_TOKENS, Model
from cartridge_core.text_stream import TextStream

FinishReason = Literal["stop", "length"]


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
    """A prompt, what stands before it, and how to sample. Give `cartridges` or a `context`, not both."""

    prompt_ids: tuple[int, ...]
    sampling: SamplingParams
    cartridges: tuple[Cartridge, ...] = ()
    context: PrefixKV | None = None


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
    last_token: int = -1
    generated: int = 0


class ContinuousBatch:
    """Rows decoded together on one model. Not thread-safe: one thread owns it."""

    def __init__(self, model: Model, max_rows: int, *, page_size: int = 1) -> None:
        """`page_size`: prefixes of cartridges are padded to a multiple of it, as engines with paged KV need."""
        self._model = model
        self._max_rows = max_rows
        self._page_size = page_size
        self._cache = model.new_cache(max_rows, 64)
        self._rows: list[_Row] = []  # row i of the cache belongs to self._rows[i]
        self._waiting: list[_Row] = []
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
        hidden = self._model.forward_cached(tokens, positions, self._cache)
        for row in self._rows:
            row.position += 1
        return hidden.view(rows, -1)

    def _admit(self) -> list[Tensor]:
        """Prefill all waiting rows, short prompts together; last hidden states `[rows, hidden]` in row order."""
        waiting, self._waiting = self._waiting, []
        short = [row for row in waiting if len(row.request.prompt_ids) <= PREFILL_TOKENS]
        long = [row for row in waiting if len(row.request.prompt_ids) > PREFILL_TOKENS]
        hidden = []
        group = max(1, 4096 // max((len(row.request.prompt_ids) for row in short), default=1))
        for begin in range(0, len(short), group):
            hidden.append(self._prefill_together(short[begin : begin + group]))
        for row in long:
            index = self._place(row)
            last = self._model.extend_row(self._cache, index, row.request.prompt_ids, start=row.position)
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
        )
        for row in rows:
            row.position += len(row.request.prompt_ids)
        return hidden[torch.arange(len(rows)), lengths - 1]

    def _place(self, row: _Row) -> int:
        index = len(self._rows)
        prefix = row.request.context or compose(
            row.request.cartridges,
            self._model.rope.inverse_frequencies,
            self._model.dtype,
            page_size=self._page_size,
        )
        self._cache.begin_row(index, prefix)
        self._rows.append(row)
        return index

    def _sample(self, hidden: Tensor) -> list[TokenEvent]:
        logits = self._model.logits(hidden).float()  # [rows, vocab]
        tokens = _choose(
            logits, [row.request.sampling for row in self._rows], [row.uniform for row in self._rows]
        )
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


def generate(
    model: Model,
    requests: Sequence[GenerationRequest],
    max_rows: int,
    *,
    on_tokens: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[GeneratedRow]:
    """Decode all `requests`, `max_rows` at a time, in their order; rows that finish make room for the next.

    `on_tokens` is told after each step how many tokens it made. When `should_stop` answers true the rows come
    back as far as they are, `finish_reason` None where unfinished.
    """
    batch = ContinuousBatch(model, max_rows)
    rows = [GeneratedRow() for _ in requests]
    waiting: Iterable[tuple[int, GenerationRequest]] = iter(enumerate(requests))
    place: dict[int, int] = {}
    exhausted = False
    while not (should_stop is not None and should_stop()):
        while batch.has_room and not exhausted:
            following = next(iter(waiting), None)
            if following is None:
                exhausted = True
            else:
                place[batch.add(following[1])] = following[0]
        if not batch.active:
            break
        events = batch.step()
        for event in events:
            row = rows[place[event.row_id]]
            row.ids.append(event.token_id)
            row.text += event.text
            row.top.append(event.top)
            row.finish_reason = event.finish_reason
        if on_tokens is not None:
            on_tokens(len(events))
    return rows


def check_window(*, start: int, prompt_tokens: int, max_tokens: int, window: int) -> None:
    """Raise `PromptTooLongError` when a prompt that begins at position `start` and its answer exceed the window."""
    needed = start + prompt_tokens + max_tokens
    if needed > window:
        raise PromptTooLongError(
            f"prompt ({prompt_tokens} tokens at position {start}) and answer ({max_tokens} tokens) need {needed} "
            f"positions; the model's window has {window}. Shorten the messages or lower max_tokens"
        )


def _choose(logits: Tensor, sampling: list[SamplingParams], uniforms: list[random.Random]) -> list[int]:
    """A token for each row of `logits` `[rows, vocab]`, by inverting the cumulative distribution."""
    chosen = logits.argmax(dim=-1)
    drawn = [index for index, params in enumerate(sampling) if params.temperature > 0]
    if not drawn:
        return [int(token) for token in chosen]
    temperatures = torch.tensor([sampling[index].temperature for index in drawn], device=logits.device)
    probabilities = (logits[drawn] / temperatures[:, None]).softmax(dim=-1)
    for place, index in enumerate(drawn):
        if sampling[index].top_p < 1:
            probabilities[place] = _nucleus(probabilities[place], sampling[index].top_p)
    cumulative = probabilities.cumsum(dim=-1)
    points = torch.tensor([uniforms[index].random() for index in drawn], device=logits.device)[:, None]
    picks = torch.searchsorted(cumulative, points * cumulative[:, -1:], right=True)[:, 0]
    chosen[drawn] = picks.clamp(max=logits.shape[1] - 1)
    return [int(token) for token in chosen]


def _nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """`probabilities` `[vocab]` with all but the smallest set of tokens that reaches `top_p` set to zero."""
    ordered, ids = probabilities.sort(descending=True)
    kept = ordered.cumsum(0) - ordered < top_p
    return torch.zeros_like(probabilities).scatter(0, ids[kept], ordered[kept])
