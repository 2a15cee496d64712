"""Training moves the prefix only, by the right gradient, and goes on exactly where it was cut off."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, DynamicCache

from cartridge_core.batching import conversation_row, group_by_length, pack, plan_batches, text_rows
from cartridge_core.conversations import Conversation
from cartridge_core.corpus import CorpusText
from cartridge_core.distillation import SparseTargets, sparse_cross_entropy
from cartridge_core.errors import CheckpointError, TrainingDivergedError
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, PrefixKV
from cartridge_core.models.weights import LayerWeights
from cartridge_core.recipe import ConversationKind, LossWeighting, Recipe, TrainedPart, TrainingSettings
from cartridge_core.trainable_prefix import TrainablePrefix
from cartridge_core.training import TrainingCancelled, TrainingProgress, train
from cartridge_core.training_rows import conversation_rows
from cartridge_core.training_schedule import learning_rate


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    generator = torch.Generator().manual_seed(11)

    def ids(*shape: int) -> torch.Tensor:
        return torch.randint(10, 40000, shape, generator=generator, dtype=torch.int32)

    made = []
    for number in range(24):
        answer = 3 + number % 9
        logprobs = torch.randn(answer, 5, generator=generator).log_softmax(-1) - 0.1
        made.append(
            Conversation(number, ConversationKind.QUESTION, "q", "a", ids(4 + number % 5), ids(answer), ids(answer, 5), logprobs, torch.rand(answer, generator=generator) * 6)
        )  # fmt: skip
    return made


def test_the_loss_and_its_gradient_are_those_of_the_plain_formula(model: Model) -> None:
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(300, model.config.hidden_size, generator=generator, requires_grad=True)
    ids = torch.stack([torch.randperm(49152, generator=generator)[:5] for _ in range(300)])
    probabilities = torch.rand(300, 5, generator=generator) / 6
    loss = sparse_cross_entropy(hidden, model.head, SparseTargets(ids, probabilities))
    (gradient,) = torch.autograd.grad(loss * 3, hidden)
    logprobs = (hidden @ model.head.T).log_softmax(-1).gather(1, ids)
    plain = -(probabilities * logprobs).sum(-1).mean()
    (expected,) = torch.autograd.grad(plain * 3, hidden)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-5)
    assert torch.allclose(gradient, expected, rtol=1e-4, atol=1e-7)


def test_the_prefixs_gradient_is_that_of_transformers(
    model: Model, random_model_dirs: dict[str, Path], conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:  # fmt: skip
    initial = initialize(model, corpus.text, "d", recipe)
    row = conversation_row(conversations[8], 64)
    ours = [tensor.clone().requires_grad_() for tensor in (initial.keys, initial.values)]
    prefix = PrefixKV(ours[0].unbind(0), ours[1].unbind(0), 32)
    batch = pack([row])
    loss = sparse_cross_entropy(batch.hidden(model, prefix), model.head, batch.targets)
    gradients = torch.autograd.grad(loss, ours)

    reference = AutoModelForCausalLM.from_pretrained(random_model_dirs["llama"], dtype=torch.float32)
    theirs = [tensor.clone().requires_grad_() for tensor in (initial.keys, initial.values)]
    cache = DynamicCache(config=reference.config)
    for layer in range(model.config.layers):
        cache.update(theirs[0][layer][None], theirs[1][layer][None], layer)
    logits = reference(row.tokens[None], past_key_values=cache).logits[0, -len(row.targets.ids) :]
    plain = -(row.targets.probabilities * logits.log_softmax(-1).gather(1, row.targets.ids)).sum(-1).mean()
    expected = torch.autograd.grad(plain, theirs)
    assert loss.item() == pytest.approx(plain.item(), rel=1e-5)
    for got, wanted in zip(gradients, expected, strict=True):
        assert float((got - wanted).norm() / wanted.norm()) < 1e-5


def test_padding_and_company_do_not_change_a_rows_loss(
    model: Model, conversations: list[Conversation]
) -> None:
    rows = [conversation_row(conversation, 64) for conversation in conversations[:6]]
    together = pack(rows).hidden(model, None)
    alone = torch.cat([pack([row]).hidden(model, None) for row in rows])
    assert torch.allclose(together, alone, atol=1e-4)


def test_an_interrupted_run_has_the_same_curve_as_one_that_was_not(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe, tmp_path: Path
) -> None:
    initial = initialize(model, corpus.text, "d", recipe)
    whole = train(model, initial, conversations, recipe, corpus_text=corpus.text)
    path = tmp_path / "checkpoint"
    saved: list[Path] = []
    seen: list[TrainingProgress] = []
    with pytest.raises(TrainingCancelled):
        train(
            model, initial, conversations, recipe, corpus_text=corpus.text, checkpoint=path,
            on_progress=seen.append, on_checkpoint=saved.append, should_stop=lambda: len(seen) == 5,
        )  # fmt: skip
    assert [progress.step for progress in seen] == [1, 2, 3, 4, 5]
    assert saved == [path]
    resumed = train(model, initial, conversations, recipe, corpus_text=corpus.text, checkpoint=path)
    assert resumed.losses == whole.losses
    assert resumed.tokens == whole.tokens
    assert torch.equal(resumed.cartridge.keys, whole.cartridge.keys)
    assert torch.equal(resumed.cartridge.values, whole.cartridge.values)


def test_the_first_token_and_the_model_stay_and_the_rest_moves(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:
    initial = initialize(model, corpus.text, "d", recipe)
    weights = model.layers[1].down.clone()
    trained = train(model, initial, conversations, recipe, corpus_text=corpus.text).cartridge
    assert torch.equal(trained.keys[:, :, 0], initial.keys[:, :, 0])
    assert torch.equal(trained.values[:, :, 0], initial.values[:, :, 0])
    assert bool((trained.keys[:, :, 1:] != initial.keys[:, :, 1:]).any(dim=-1).all())
    assert torch.equal(model.layers[1].down, weights)
    free = recipe.model_copy(
        update={"initialization": recipe.initialization.model_copy(update={"freeze_first_token": False})}
    )
    moved = train(
        model, initialize(model, corpus.text, "d", free), conversations, free, corpus_text=corpus.text
    )
    assert not torch.equal(moved.cartridge.keys[:, :, 0], initial.keys[:, :, 0])


@pytest.mark.parametrize("objective", ["context_distillation", "next_token"])
def test_both_objectives_lower_their_loss(
    objective: str, model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:
    settings = recipe.training.model_dump() | {"objective": objective, "steps": 30, "learning_rate": 0.05}
    changed = Recipe.model_validate(recipe.model_dump() | {"training": settings})
    initial = initialize(model, corpus.text, "d", changed)
    losses = train(model, initial, conversations[:4], changed, corpus_text=corpus.text).losses
    assert sum(losses[-5:]) < sum(losses[:5])


def test_accumulated_steps_equal_one_large_batch(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:
    """Rows of equal length, so that one batch of two rows and two batches of one hold the same targets."""
    rows = [conversations[8], conversations[8]]
    one = Recipe.model_validate(
        recipe.model_dump() | {"training": recipe.training.model_dump() | {"batch_tokens": 48, "steps": 3}}
    )
    length = conversation_row(rows[0], 64).length
    two = one.model_copy(
        update={"training": one.training.model_copy(update={"batch_tokens": length, "accumulation": 2})}
    )
    initial = initialize(model, corpus.text, "d", one)
    together = train(model, initial, rows, one, corpus_text=corpus.text)
    apart = train(model, initial, rows, two, corpus_text=corpus.text)
    assert apart.losses == pytest.approx(together.losses, rel=1e-4)


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_refused(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint"
    initial = initialize(model, corpus.text, "d", recipe)
    train(model, initial, conversations, recipe, corpus_text=corpus.text, checkpoint=path)
    with pytest.raises(CheckpointError, match="another run"):
        train(model, initial, conversations[1:], recipe, corpus_text=corpus.text, checkpoint=path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointError, match="damaged"):
        train(model, initial, conversations, recipe, corpus_text=corpus.text, checkpoint=path)


def test_a_run_that_diverges_says_so(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:
    initial = initialize(model, corpus.text, "d", recipe)
    broken = conversations[0]
    poisoned = [
        Conversation(0, broken.kind, "q", "a", broken.prompt_ids, broken.answer_ids, broken.top_ids, broken.top_logprobs * float("nan"), broken.context_gain)
    ]  # fmt: skip
    with pytest.raises(TrainingDivergedError, match="learning_rate"):
        train(model, initial, poisoned, recipe, corpus_text=corpus.text)


def test_the_schedule_warms_up_and_ends_at_its_share(recipe: Recipe) -> None:
    settings = recipe.training.model_copy(update={"steps": 100, "warmup_steps": 10})
    rates = [learning_rate(settings, step) for step in range(101)]
    assert rates[0] == pytest.approx(settings.learning_rate / 10)
    assert max(rates) == rates[9] == pytest.approx(settings.learning_rate)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(settings.learning_rate * settings.final_learning_rate_share)


def test_an_epoch_holds_every_row_once_within_the_budget() -> None:
    lengths = [5 + 7 * n % 40 for n in range(100)]
    plan = plan_batches(lengths, 128, seed=3, epoch=0)
    assert sorted(index for batch in plan for index in batch) == list(range(100))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 128 for batch in plan)
    assert plan == plan_batches(lengths, 128, seed=3, epoch=0)
    assert plan != plan_batches(lengths, 128, seed=3, epoch=1)
    assert group_by_length([0], [500], 128) == [[0]]


def test_text_rows_predict_every_token_but_the_first() -> None:
    rows = text_rows(list(range(100, 120)), 8)
    assert torch.cat([row.targets.ids[:, 0] for row in rows]).tolist() == list(range(101, 120))
    assert torch.cat([row.tokens for row in rows]).tolist() == list(range(100, 119))


def _weighted(recipe: Recipe) -> TrainingSettings:
    update = {"weighting": LossWeighting.CONTEXT_GAIN, "weight_cap": 4.0, "weight_floor": 0.1}
    return recipe.training.model_copy(update=update)


def test_weights_follow_the_context_gain_and_are_one_on_average(
    conversations: list[Conversation], recipe: Recipe
) -> None:
    settings = _weighted(recipe)
    rows = [conversation_row(conversation, 64) for conversation in conversations]
    weighted = conversation_rows(conversations, settings)
    shares = [
        after.targets.probabilities.sum(1) / before.targets.probabilities.sum(1)
        for before, after in zip(rows, weighted, strict=True)
    ]
    assert float(torch.cat(shares).mean()) == pytest.approx(1.0, rel=1e-4)
    expected = conversations[3].context_gain.clamp(max=4.0) + 0.1
    assert torch.allclose(shares[3] / shares[3][0], expected / expected[0], rtol=1e-4)


def test_rows_about_anything_else_count_one_whatever_the_corpus_changed(
    conversations: list[Conversation], recipe: Recipe
) -> None:
    general = [replace(one, kind=ConversationKind.GENERAL, chunk_index=None) for one in conversations[:6]]
    everything = [*general, *conversations[6:]]
    rows = [conversation_row(conversation, 64) for conversation in everything]
    weighted = conversation_rows(everything, _weighted(recipe))
    for row, before in zip(weighted[:6], rows[:6], strict=True):
        assert torch.equal(row.targets.probabilities, before.targets.probabilities)
    apart = conversation_rows(conversations[6:], _weighted(recipe))
    for row, expected in zip(weighted[6:], apart, strict=True):
        assert torch.equal(row.targets.probabilities, expected.targets.probabilities)


def test_weighting_by_context_gain_trains_differently(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:
    weighted = recipe.model_copy(update={"training": _weighted(recipe)})
    initial = initialize(model, corpus.text, "d", recipe)
    one = train(model, initial, conversations, recipe, corpus_text=corpus.text)
    other = train(model, initial, conversations, weighted, corpus_text=corpus.text)
    assert one.losses != other.losses


@pytest.mark.parametrize("trained", [TrainedPart.KEYS, TrainedPart.VALUES])
def test_what_is_not_trained_stays_as_it_was_also_after_a_resumed_run(
    model: Model, conversations: list[Conversation], recipe: Recipe, tmp_path: Path, trained: TrainedPart
) -> None:
    moves, stays = ("keys", "values") if trained is TrainedPart.KEYS else ("values", "keys")
    text = "A harbor with two piers and a lighthouse. " * 40
    update = {"trained": trained, "steps": 3, "checkpoint_every": 1}
    alone = recipe.model_copy(update={"training": recipe.training.model_copy(update=update)})
    initial = initialize(model, text, "d", alone)
    whole = train(model, initial, conversations, alone, corpus_text=text)
    assert torch.equal(getattr(whole.cartridge, stays), getattr(initial, stays))
    assert not torch.equal(getattr(whole.cartridge, moves), getattr(initial, moves))
    seen: list[int] = []
    with pytest.raises(TrainingCancelled):
        train(
            model, initial, conversations, alone, corpus_text=text, checkpoint=tmp_path / "c",
            on_progress=lambda progress: seen.append(progress.step), should_stop=lambda: len(seen) == 2,
        )  # fmt: skip
    resumed = train(model, initial, conversations, alone, corpus_text=text, checkpoint=tmp_path / "c")
    assert resumed.losses == whole.losses
    assert torch.equal(getattr(resumed.cartridge, moves), getattr(whole.cartridge, moves))


def test_a_step_takes_what_it_is_given_to_the_device_of_its_model(
    model: Model, conversations: list[Conversation], corpus: CorpusText, recipe: Recipe
) -> None:
    """The device `meta` computes no numbers, and refuses to mix with another, as a GPU does."""
    away = torch.device("meta")
    layers = [
        LayerWeights(**{
            each.name: None if (weight := getattr(layer, each.name)) is None else weight.to(away)
            for each in fields(layer)
        })
        for layer in model.layers
    ]  # fmt: skip
    moved = Model(
        config=model.config, identity=model.identity, chat=model.chat, embedding=model.embedding.to(away),
        layers=layers, final_norm=model.final_norm.to(away), head=model.head.to(away),
    )  # fmt: skip
    initial = initialize(model, corpus.text, "d", recipe)
    trainable = TrainablePrefix(initial, moved, TrainedPart.BOTH)
    batch = pack([conversation_row(conversation, 64) for conversation in conversations[:4]])
    # On the model's device, as in training, and from the CPU, as a cartridge in evaluation.
    for prefix in (trainable.prefix(), initial.as_prefix(model.dtype)):
        hidden = batch.hidden(moved, prefix)
        loss = sparse_cross_entropy(hidden, moved.head, batch.targets)
        assert hidden.device == loss.device == away
    sparse_cross_entropy(batch.hidden(moved, trainable.prefix()), moved.head, batch.targets).backward()
    assert all(offset.grad is not None and offset.grad.device == away for offset in trainable.moving.values())
