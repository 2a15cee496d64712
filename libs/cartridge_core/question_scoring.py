"""How likely a model finds each option of a question: the question goes through it once, all options behind it.

The options of one question stand in one row one after another. Each begins at the position behind the question and
sees the question and itself, not the other options, so its probability is what it would be in a row of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cartridge_core.batching import group_by_length
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import EvaluationQuestion

_BATCH_TOKENS = 1024


@dataclass(frozen=True)
class QuestionScore:
    """One question: nats that its answer costs, the right option's probability, and whether it is the likeliest.

    The last two are None where the question has no distractors.
    """

    answer_tokens: int
    surprise: float
    option_probability: float | None
    right: bool | None


@dataclass(frozen=True)
class _Row:
    """A question and its options: tokens `[t]`, their places behind the prefix `[t]`, and whose they are `[t]` (0: the
    question's). For every option the row's columns that predict its tokens, and these tokens."""

    tokens: Tensor
    places: Tensor
    owners: Tensor
    columns: list[Tensor]
    answers: list[Tensor]


@torch.no_grad()
def question_scores(
    model: Model, prefix: PrefixKV | None, questions: Sequence[EvaluationQuestion]
) -> list[QuestionScore]:
    """One score for each question, asked after `prefix`, or with nothing before it.

    An option's probability is that of its tokens and the end of the turn; options are compared with each other.
    """
    rows = [_row(model, prefix, question) for question in questions]
    scores: dict[int, QuestionScore] = {}
    for indices in group_by_length(range(len(rows)), [len(row.tokens) for row in rows], _BATCH_TOKENS):
        some = [rows[index] for index in indices]
        hidden = _hidden(model, prefix, some)
        for row, states, index in zip(some, hidden, indices, strict=True):
            scores[index] = _score(model, row, states)
    return [scores[index] for index in range(len(rows))]


def _row(model: Model, prefix: PrefixKV | None, question: EvaluationQuestion) -> _Row:
    prompt = model.chat.encode_messages(
        [ChatMessage("user", question.question)], with_cartridge=prefix is not None
    )
    tokens, places, owners = [*prompt], [*range(len(prompt))], [0] * len(prompt)
    columns, answers = [], []
    for number, option in enumerate((question.answer, *question.distractors), start=1):
        answer = [*model.chat.encode(option), model.chat.end_of_turn]
        begin = len(tokens)
        columns.append(torch.tensor([len(prompt) - 1, *range(begin, begin + len(answer) - 1)]))
        answers.append(torch.tensor(answer))
        tokens += answer[:-1]
        places += range(len(prompt), len(prompt) + len(answer) - 1)
        owners += [number] * (len(answer) - 1)
    return _Row(torch.tensor(tokens), torch.tensor(places), torch.tensor(owners), columns, answers)


def _hidden(model: Model, prefix: PrefixKV | None, rows: list[_Row]) -> Tensor:
    """Hidden states `[rows, T, hidden]` of the rows padded on the right."""
    longest = max(len(row.tokens) for row in rows)

    def padded(tensors: list[Tensor], filling: int) -> Tensor:
        return torch.stack(
            [torch.nn.functional.pad(t, (0, longest - len(t)), value=filling) for t in tensors]
        )

    owners = padded([row.owners for row in rows], 0)
    mine = (owners[:, None, :] == owners[:, :, None]) | (owners[:, None, :] == 0)  # [rows, query, key]
    visible = mine & torch.ones(longest, longest, dtype=torch.bool).tril()
    mask = torch.zeros(visible.shape, dtype=model.dtype).masked_fill_(~visible, float("-inf"))
    start = 0 if prefix is None else prefix.next_position
    return model.forward(
        padded([row.tokens for row in rows], 0),
        padded([row.places for row in rows], 0) + start,
        prefix=prefix,
        mask=mask,
    )


def _score(model: Model, row: _Row, states: Tensor) -> QuestionScore:
    # The last place of the question predicts every option's first token: its logits are made once.
    wanted, back = torch.cat(row.columns).unique(return_inverse=True)
    logprobs = model.logits(states[wanted.to(model.device)]).float().log_softmax(dim=-1)
    picked = logprobs[back.to(model.device), torch.cat(row.answers).to(model.device)].double()
    totals = torch.stack([part.sum() for part in picked.split([len(answer) for answer in row.answers])])
    shares = totals.softmax(dim=0)
    several = len(totals) > 1
    return QuestionScore(
        answer_tokens=len(row.answers[0]),
        surprise=-float(totals[0]),
        option_probability=float(shares[0]) if several else None,
        right=int(shares.argmax()) == 0 if several else None,
    )
