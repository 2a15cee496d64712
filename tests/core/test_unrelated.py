"""What a cartridge does to requests that are not about its corpus."""

import random

import pytest
import torch

from cartridge_core import unrelated
from cartridge_core.corpus import CorpusText
from cartridge_core.general_requests import HELD_OUT_REQUESTS, general_request
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.unrelated import measure_unrelated


def test_requests_that_it_is_measured_by_are_never_trained_on() -> None:
    rng = random.Random(0)
    assert not set(HELD_OUT_REQUESTS) & {general_request(rng) for _ in range(5000)}
    assert len(set(HELD_OUT_REQUESTS)) == len(HELD_OUT_REQUESTS)


def test_the_divergence_is_that_of_the_models_own_greedy_answer(
    model: Model, corpus: CorpusText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unrelated, "HELD_OUT_REQUESTS", HELD_OUT_REQUESTS[:1])
    monkeypatch.setattr(unrelated, "_ANSWER_TOKENS", 4)
    monkeypatch.setattr(unrelated, "_TOP_K", model.config.vocab_size)
    context = model.chat.encode_context(corpus.text)
    effect = measure_unrelated(model, model.prefill(context))

    message = [ChatMessage("user", HELD_OUT_REQUESTS[0])]
    alone = list(model.chat.encode_messages(message, with_cartridge=False))
    behind = [*context, *model.chat.encode_messages(message, with_cartridge=True)]
    divergences = []
    for _ in range(4):
        here, there = (_next(model, ids) for ids in (alone, behind))
        divergences.append(float((here.exp() * (here - there)).sum()))
        token = int(here.argmax())
        if token == model.chat.end_of_turn:
            break
        alone, behind = [*alone, token], [*behind, token]
    assert effect.requests == 1
    assert effect.kl == pytest.approx(sum(divergences) / len(divergences), rel=1e-3)


def _next(model: Model, ids: list[int]) -> torch.Tensor:
    hidden = model.forward(torch.tensor([ids]), torch.arange(len(ids))[None])
    return model.logits(hidden)[0, -1].double().log_softmax(dim=-1)
