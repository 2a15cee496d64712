"""Rows as self-study makes them, without decoding: made-up records, questions about them, the teacher's top 20."""

import random

import torch

from benchmarks._material import sentence
from cartridge_core.batching import Row, conversation_row
from cartridge_core.conversations import Conversation
from cartridge_core.models import Model
from cartridge_core.reading import read_answers
from cartridge_core.recipe import ConversationKind

_TOP_K = 20
_SENTENCES_A_CHUNK = 8
_ROWS_A_CHUNK = 8
_LONGEST = 4  # sentences quoted by a question or given as an answer
_REQUESTS = (
    "What comes after this in the record? {quoted}",
    "Go on from here: {quoted}",
    "{quoted} What else is recorded?",
)


def made_rows(model: Model, count: int, seed: int) -> list[Row]:
    """`count` rows of some 40 to 130 tokens, about a third to half of each its answer."""
    words = random.Random(f"training speed/{seed}")
    rows: list[Row] = []
    while len(rows) < count:
        chunk = [sentence(words) for _ in range(_SENTENCES_A_CHUNK)]
        turns = [_turn(chunk, words) for _ in range(min(_ROWS_A_CHUNK, count - len(rows)))]
        context = model.prefill(model.chat.encode_context(" ".join(chunk)))
        for (question, answer), reading in zip(
            turns, read_answers(model, context, turns, _TOP_K), strict=True
        ):
            conversation = Conversation(
                0, ConversationKind.RECITATION, question, answer, reading.prompt_ids, reading.answer_ids,
                reading.top_ids, reading.top_logprobs, torch.ones(len(reading.answer_ids)),
            )  # fmt: skip
            rows.append(conversation_row(conversation, 512))
    return rows


def _turn(chunk: list[str], words: random.Random) -> tuple[str, str]:
    quoted = words.randint(1, _LONGEST)
    begin = words.randrange(len(chunk) - quoted - 1)
    given = words.randint(1, min(_LONGEST - 1, len(chunk) - begin - quoted))
    after = begin + quoted
    question = words.choice(_REQUESTS).format(quoted=" ".join(chunk[begin:after]))
    return question, " ".join(chunk[after : after + given])
