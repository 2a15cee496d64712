"""A prompt's own tokens, read behind a prefix and behind nothing."""

import pytest
import torch

from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompt_scoring import choices, score_behind_each, score_prompt
from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds, TellingTokens

PROMPTS = [
    [ChatMessage("user", "How many beds does Ward 4 have?")],
    [ChatMessage("user", "Who?")],
    [
        ChatMessage("system", "Be brief."),
        ChatMessage("user", "Who is the head nurse?"),
        ChatMessage("assistant", "Nurse D."),
        ChatMessage("user", "Of which ward?"),
    ],
    # Longer than what is read at once.
    [
        ChatMessage("user", "beds of Ward 4 " * 150),
        ChatMessage("assistant", "Yes."),
        ChatMessage("user", "Who?"),
    ],
]


@pytest.fixture(scope="module")
def prefixes(model: Model) -> list[PrefixKV]:
    return [model.prefill(model.chat.encode_context(text)) for text in ("Ward 4 has 14 beds.", "Rain.")]


def _expected(model: Model, prefix: PrefixKV | None, prompt: list[ChatMessage]) -> list[list[float]]:
    """Log-probabilities of the messages' tokens by one plain pass, found by their text's ids."""
    ids = model.chat.encode_messages(prompt, with_cartridge=prefix is not None)
    start = 0 if prefix is None else prefix.next_position
    states = model.forward(torch.tensor([ids]), torch.arange(len(ids))[None] + start, prefix=prefix)
    logprobs = model.logits(states[0]).float().log_softmax(dim=-1)
    own = [0.0, *logprobs[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()]
    found, begin = [], 0
    for message in prompt:
        content = model.chat.encode(message.content)
        begin = next(at for at in range(begin, len(ids)) if ids[at : at + len(content)] == content)
        if message.role != "system":
            found.append(own[begin : begin + len(content)])
        begin += len(content)
    return found


@pytest.mark.parametrize("prompt", PROMPTS)
def test_scores_are_what_a_plain_pass_says_of_the_messages(
    model: Model, prefixes: list[PrefixKV], prompt: list[ChatMessage]
) -> None:
    alone, behind = score_behind_each(model, prefixes, prompt)
    for prefix, scores in zip((None, *prefixes), (alone, *behind), strict=True):
        expected = _expected(model, prefix, prompt)
        assert [len(each) for each in scores] == [len(each) for each in expected]
        for ours, theirs in zip(scores, expected, strict=True):
            assert list(ours) == pytest.approx(theirs, abs=2e-3)


def test_the_first_of_all_tokens_has_no_probability(model: Model, prefixes: list[PrefixKV]) -> None:
    ids = model.chat.encode("Ward 4 has 14 beds.")
    (scores,) = score_prompt(model, prefixes[0], ids, TellingTokens((range(len(ids)),)))
    assert len(scores) == len(ids) - 1
    assert score_prompt(model, None, ids, TellingTokens(())) == []


def test_choices_are_by_the_gains_of_what_was_read(model: Model, prefixes: list[PrefixKV]) -> None:
    prompt = PROMPTS[0]
    (alone,), behind = score_behind_each(model, prefixes, prompt)
    (choice,) = choices(model, prefixes, [prompt], Bounds(least=0.0, own=1000.0))
    gains = []
    for (one,) in behind:
        differences = [after - before for before, after in zip(alone, one, strict=True)]
        gains.append(sum(sorted((max(0.0, each) for each in differences), reverse=True)[:6]))
    assert choice.gains == pytest.approx(gains)
    assert choice.indices == (gains.index(max(gains)),)
    assert min(gains) > 1e-2  # nothing compared with itself
