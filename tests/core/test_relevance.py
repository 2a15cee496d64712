"""What a prompt gains by a prefix, and which cartridges it is about."""

import pytest
import torch

from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import prompt_gains, relevant

PROMPTS = [
    [ChatMessage("user", "How many beds does Ward 4 have?")],
    [ChatMessage("user", "Who?")],
    [
        ChatMessage("system", "Be brief."),
        ChatMessage("user", "Who is the head nurse?"),
        ChatMessage("assistant", "Nurse D."),
        ChatMessage("user", "Of which ward?"),
    ],
]


def _costs(model: Model, prefix: PrefixKV | None, prompt: list[ChatMessage]) -> torch.Tensor:
    """Nats of each of the prompt's ids from the second one behind a cartridge on, a prompt at a time."""
    behind = model.chat.encode_messages(prompt, with_cartridge=True)
    ids = behind if prefix is not None else model.chat.encode_messages(prompt, with_cartridge=False)
    start = 0 if prefix is None else prefix.next_position
    states = model.forward(torch.tensor([ids]), torch.arange(len(ids))[None] + start, prefix=prefix)
    logprobs = model.logits(states[0]).float().log_softmax(dim=-1)
    own = logprobs[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
    return -own[-(len(behind) - 1) :]


def test_gains_are_what_each_prefix_takes_off_the_tokens_that_it_makes_likelier(model: Model) -> None:
    prefixes = [model.prefill(model.chat.encode_context(text)) for text in ("Ward 4 has 14 beds.", "Rain.")]
    gains = prompt_gains(model, prefixes, PROMPTS)
    assert gains.shape == (3, 2)
    for prompt, row in zip(PROMPTS, gains.tolist(), strict=True):
        alone = _costs(model, None, prompt)
        differences = [alone - _costs(model, prefix, prompt) for prefix in prefixes]
        assert all(difference.min() < -1e-2 for difference in differences)  # some token becomes less likely
        assert row == pytest.approx([float(d.clamp_min(0).sum()) for d in differences], abs=1e-3)
    assert gains.min() > 1e-2  # nothing compared with itself


def test_without_cartridges_there_is_nothing_to_gain(model: Model) -> None:
    assert prompt_gains(model, [], PROMPTS).shape == (3, 0)


@pytest.mark.parametrize(
    ("gains", "chosen"),
    [
        ([], ()),
        ([8.9, 3.0], ()),
        ([9.0, 3.0], (0,)),
        ([21.0, 9.5, 14.0], (0, 2)),
        ([12.0, 30.0], (1,)),
    ],
)
def test_relevant_is_what_gains_enough_and_nearly_as_much_as_the_best(
    gains: list[float], chosen: tuple[int, ...]
) -> None:
    assert relevant(gains) == chosen


def test_the_bounds_can_be_set() -> None:
    assert relevant([1.0, 3.0, 9.0], least=0.5, within=6.0) == (1, 2)
