"""A distractor stands beside the cartridge in training as composition would put it, in its share of the steps."""

import pytest
import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.chunking import chunk_text
from cartridge_core.composition import compose
from cartridge_core.corpus import CorpusText
from cartridge_core.distractors import Company, Distractors
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import Recipe
from cartridge_core.self_study import SelfStudy
from cartridge_core.training import train


@pytest.fixture(scope="module")
def learner(model: Model, corpus: CorpusText) -> Cartridge:
    return initialize(model, corpus.text, "d", Recipe(cartridge_tokens=24))


@pytest.fixture(scope="module")
def other(model: Model) -> Cartridge:
    text = "The ferry to Gotland sails at nine from pier 4. Its captain is Odo Varga. " * 6
    return initialize(model, text, "e", Recipe(cartridge_tokens=20))


def _logits(model: Model, prefix: PrefixKV) -> torch.Tensor:
    ids = torch.tensor([model.chat.encode("How many beds has ward 3?")])
    positions = prefix.next_position + torch.arange(ids.shape[1])[None]
    with torch.no_grad():
        return model.logits(model.forward(ids, positions, prefix=prefix))


def test_company_gives_the_logits_of_the_composition(
    model: Model, learner: Cartridge, other: Cartridge
) -> None:
    company = Company(model, Distractors((other,), 1.0), learner.header.next_position, 0)
    joined = company.join(learner.as_prefix(model.dtype), 0)
    composed = compose((learner, other), model.rope.inverse_frequencies, model.dtype)
    assert composed is not None
    assert joined.tokens == composed.tokens == 43
    assert torch.allclose(_logits(model, joined), _logits(model, composed), atol=1e-3)


def test_a_distractor_stands_in_its_share_of_the_steps(
    model: Model, learner: Cartridge, other: Cartridge
) -> None:
    company = Company(model, Distractors((other,), 0.3), learner.header.next_position, 0)
    prefix = learner.as_prefix(model.dtype)
    accompanied = [company.join(prefix, step).tokens > prefix.tokens for step in range(300)]
    assert 60 < sum(accompanied) < 120
    assert accompanied == [company.join(prefix, step).tokens > prefix.tokens for step in range(300)]
    alone = Company(model, Distractors((), 1.0), learner.header.next_position, 0)
    assert alone.join(prefix, 0) is prefix


def test_training_in_company_is_another_run_and_leaves_the_distractor_as_it_is(
    model: Model, learner: Cartridge, other: Cartridge, corpus: CorpusText, recipe: Recipe
) -> None:
    rows = {"conversations": 0, "recitations": 12, "min_teacher_logprob": -1e9}
    study = SelfStudy(
        model, chunk_text(corpus.text, model.chat, 16, 64), recipe.self_study.model_copy(update=rows), 1
    )
    conversations = study.synthesize(12, "train")
    before = other.keys.clone()
    company = Distractors((other,), 1.0)
    alone = train(model, learner, conversations, recipe, corpus_text=corpus.text)
    together = train(model, learner, conversations, recipe, corpus_text=corpus.text, distractors=company)
    assert together.losses != alone.losses
    assert together.cartridge.tokens == learner.tokens
    assert torch.equal(other.keys, before)
    assert company.digest != Distractors((other,), 0.5).digest
