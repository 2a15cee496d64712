"""Rows for training and evaluation: conversations or corpus windows, packed by length into padded batches."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from cartridge_core.conversations import Conversation
from cartridge_core.distillation import SparseTargets
from cartridge_core.models import JoinedPrefixes, Model, PrefixKV, RowLayout

# Sorting by length within this many batches at a time saves padding and keeps batches mixed.
_BATCHES_SORTED_TOGETHER = 8


@dataclass(frozen=True)
class Row:
    """One training row: tokens `[t]`, and targets for its last n positions (position i predicts what follows)."""

    tokens: Tensor
    targets: SparseTargets

    @property
    def length(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class Batch:
    """Padded rows: `tokens` `[rows, T]`, of which `lengths` `[rows]` are real; row and column of each target position;
    their targets, in that order."""

    tokens: Tensor
    lengths: Tensor
    rows: Tensor
    columns: Tensor
    targets: SparseTargets

    @property
    def real_tokens(self) -> int:
        return int(self.lengths.sum())

    def hidden(self, model: Model, prefix: PrefixKV | JoinedPrefixes | None) -> Tensor:
        """Hidden states `[n, hidden]` of all target positions, the rows standing after `prefix`."""
        layout = RowLayout.of(self.lengths, self.tokens.shape[1], self.rows, self.columns, model.device)
        return model.target_states(self.tokens, layout, prefix)


def conversation_row(conversation: Conversation, max_tokens: int) -> Row:
    """Question and answer of a conversation, the teacher's distributions at the answer's tokens."""
    prompt, answer = conversation.prompt_ids.long(), conversation.answer_ids.long()
    kept = max(1, min(len(answer), max_tokens - len(prompt) + 1))
    tokens = torch.cat((prompt, answer[: kept - 1]))
    targets = SparseTargets.from_teacher(conversation.top_ids[:kept], conversation.top_logprobs[:kept])
    return Row(tokens, targets)


def text_rows(ids: Sequence[int], row_tokens: int) -> list[Row]:
    """Consecutive windows of a text for next-token prediction."""
    rows = []
    for begin in range(0, len(ids) - 1, row_tokens):
        window = torch.tensor(ids[begin : begin + row_tokens + 1])
        if len(window) > 1:
            rows.append(Row(window[:-1], SparseTargets.from_tokens(window[1:])))
    return rows


def pack(rows: Sequence[Row]) -> Batch:
    """Rows padded on the right into one batch."""
    longest = max(row.length for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    row_index, column_index = [], []
    for index, row in enumerate(rows):
        tokens[index, : row.length] = row.tokens
        count = len(row.targets.ids)
        row_index.append(torch.full((count,), index))
        column_index.append(torch.arange(row.length - count, row.length))
    width = max(row.targets.ids.shape[1] for row in rows)
    targets = SparseTargets(
        torch.cat([_widen(row.targets.ids, width) for row in rows]),
        torch.cat([_widen(row.targets.probabilities, width) for row in rows]),
    )
    lengths = torch.tensor([row.length for row in rows])
    return Batch(tokens, lengths, torch.cat(row_index), torch.cat(column_index), targets)


def join(batches: Sequence[Batch]) -> Batch:
    """One batch of the rows of several, in their order; so are its targets."""
    longest = max(batch.tokens.shape[1] for batch in batches)
    begins = [0, *accumulate(len(batch.tokens) for batch in batches)]
    width = max(batch.targets.ids.shape[1] for batch in batches)
    return Batch(
        tokens=torch.cat([_widen(batch.tokens, longest) for batch in batches]),
        lengths=torch.cat([batch.lengths for batch in batches]),
        rows=torch.cat([batch.rows + begin for batch, begin in zip(batches, begins, strict=False)]),
        columns=torch.cat([batch.columns for batch in batches]),
        targets=SparseTargets(
            torch.cat([_widen(batch.targets.ids, width) for batch in batches]),
            torch.cat([_widen(batch.targets.probabilities, width) for batch in batches]),
        ),
    )


def plan_batches(lengths: Sequence[int], batch_tokens: int, seed: int, epoch: int) -> list[list[int]]:
    """Which rows stand in which batch of an epoch; at most `batch_tokens` padded tokens each, in mixed order."""
    rng = random.Random(f"{seed}/batches/{epoch}")
    order = list(range(len(lengths)))
    rng.shuffle(order)
    mean = sum(lengths) / len(lengths)
    pool = max(1, int(_BATCHES_SORTED_TOGETHER * batch_tokens / mean))
    batches = []
    for begin in range(0, len(order), pool):
        batches.extend(group_by_length(order[begin : begin + pool], lengths, batch_tokens))
    rng.shuffle(batches)
    return batches


def group_by_length(indices: Sequence[int], lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Groups of similar lengths whose padded size stays within `batch_tokens` (a longer single row stands alone)."""
    groups: list[list[int]] = []
    for index in sorted(indices, key=lambda i: lengths[i]):
        if groups and (len(groups[-1]) + 1) * lengths[index] <= batch_tokens:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _widen(tensor: Tensor, width: int) -> Tensor:
    return torch.nn.functional.pad(tensor, (0, width - tensor.shape[1]))
