"""What a recitation's target is: the teacher's expectation, and as much of the corpus's own word as the recipe says."""

import pytest
import torch

from cartridge_core.conversations import Conversation
from cartridge_core.drafts import draft_of_read
from cartridge_core.reading import Reading
from cartridge_core.recipe import ConversationKind
from cartridge_core.recitation import Recitation

READING = Reading(
    prompt_ids=torch.tensor([1], dtype=torch.int32),
    answer_ids=torch.tensor([5, 9], dtype=torch.int32),
    top_ids=torch.tensor([[5, 6, 7], [6, 7, 8]], dtype=torch.int32),
    top_logprobs=torch.tensor([[0.2, 0.5, 0.1], [0.6, 0.2, 0.1]]).log(),
    mean_logprob=-2.0,
    greedy=False,
)


def _draft(share: float) -> Conversation:
    return draft_of_read(0, ConversationKind.RECITATION, Recitation("Who?", "Ann B."), READING, share)


def test_without_a_share_the_target_is_the_teachers() -> None:
    draft = _draft(0.0)
    assert torch.equal(draft.top_ids, READING.top_ids)
    assert torch.equal(draft.top_logprobs, READING.top_logprobs)


def test_the_share_goes_to_the_answers_own_token_and_the_rest_stays_in_proportion() -> None:
    draft = _draft(0.5)
    assert draft.top_ids[0].tolist() == [5, 6, 7]
    assert draft.top_logprobs[0].exp().tolist() == pytest.approx([0.6, 0.25, 0.05])


def test_an_own_token_that_the_teacher_did_not_expect_takes_the_place_of_the_unlikeliest() -> None:
    draft = _draft(0.5)
    assert draft.top_ids[1].tolist() == [6, 7, 9]
    assert draft.top_logprobs[1].exp().tolist() == pytest.approx([0.3, 0.1, 0.5])
    assert READING.top_ids[1].tolist() == [6, 7, 8]


def test_all_of_it_verbatim_is_a_target_without_doubt_and_still_a_number() -> None:
    draft = _draft(1.0)
    assert draft.top_logprobs[0].exp().tolist() == pytest.approx([1, 0, 0], abs=1e-9)
    assert torch.isfinite(draft.top_logprobs).all()
