"""Runs that step together train as each would alone, and none of them pays for another."""

import threading
from collections.abc import Callable, Sequence

import pytest
import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Batch, conversation_row, pack
from cartridge_core.conversations import Conversation
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import TrainingDivergedError
from cartridge_core.gradients import OwnGradients
from cartridge_core.initialization import initialize
from cartridge_core.joint_steps import JointGradients, JointSteps, backward_together
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import ConversationKind, Recipe
from cartridge_core.training import TrainingCancelled, TrainingResult, train

MAX_TOKENS = 1024


def conversations_of(seed: int, count: int = 12, top_logprob: float = -0.1) -> list[Conversation]:
    generator = torch.Generator().manual_seed(seed)

    def ids(*shape: int) -> torch.Tensor:
        return torch.randint(10, 40000, shape, generator=generator, dtype=torch.int32)

    made = []
    for number in range(count):
        answer = 3 + number % 5
        logprobs = torch.randn(answer, 5, generator=generator).log_softmax(-1) + top_logprob
        made.append(
            Conversation(
                number, ConversationKind.QUESTION, "q", "a", ids(4 + number % 3), ids(answer), ids(answer, 5), logprobs,
                torch.ones(answer),
            )
        )  # fmt: skip
    return made


class Job:
    """A small job: its own recipe, data and start."""

    def __init__(self, model: Model, corpus: CorpusText, recipe: Recipe, number: int) -> None:
        training = recipe.training.model_copy(
            update={"steps": 4 + number, "batch_tokens": 48 + 16 * number, "accumulation": 1 + number % 2}
        )
        self.recipe = recipe.model_copy(
            update={"cartridge_tokens": 24 + 8 * number, "seed": number, "training": training}
        )
        self.model = model
        self.initial = initialize(model, corpus.text, "d", self.recipe)
        self.conversations = conversations_of(number)
        self.should_stop: Callable[[], bool] | None = None

    def train(self, gradients: JointGradients | None = None) -> TrainingResult:
        return train(
            self.model, self.initial, self.conversations, self.recipe, corpus_text="", gradients=gradients,
            should_stop=self.should_stop,
        )  # fmt: skip


def train_together(steps: JointSteps, jobs: Sequence[Job]) -> list[TrainingResult | Exception]:
    results: list[TrainingResult | Exception] = [RuntimeError("not run")] * len(jobs)

    def run(number: int) -> None:
        with steps.joined() as gradients:
            try:
                results[number] = jobs[number].train(gradients)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
                results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def jobs(model: Model, corpus: CorpusText, recipe: Recipe) -> list[Job]:
    return [Job(model, corpus, recipe, number) for number in range(4)]


def assert_equal(together: TrainingResult | Exception, alone: TrainingResult) -> None:
    assert isinstance(together, TrainingResult)
    assert together.losses == pytest.approx(alone.losses, rel=1e-5)
    assert_same_cartridge(together.cartridge, alone.cartridge)


def assert_same_cartridge(one: Cartridge, other: Cartridge) -> None:
    """Adam makes much of rounding where a gradient is nearly nothing: hence a step's size, not a rounding's."""
    assert torch.allclose(one.keys, other.keys, atol=1e-3)
    assert torch.allclose(one.values, other.values, atol=1e-3)


@pytest.fixture
def forwards(model: Model, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of rows of each forward pass."""
    seen: list[int] = []
    real = Model.target_states

    def counted(self: Model, tokens: torch.Tensor, *rest: object, **options: object) -> torch.Tensor:
        seen.append(len(tokens))
        return real(self, tokens, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Model, "target_states", counted)
    return seen


def test_runs_of_different_sizes_and_lengths_train_as_each_would_alone(
    model: Model, jobs: list[Job], forwards: list[int]
) -> None:
    alone = [job.train() for job in jobs]
    steps_alone = len(forwards)
    forwards.clear()
    for together, expected in zip(train_together(JointSteps(model, MAX_TOKENS), jobs), alone, strict=True):
        assert_equal(together, expected)
    assert len(forwards) < steps_alone


def test_gradients_of_several_prefixes_in_one_forward_are_those_of_each(
    model: Model, corpus: CorpusText, recipe: Recipe
) -> None:
    parts: list[tuple[PrefixKV, Batch, float]] = []
    for number in range(3):
        tokens = 16 + 8 * number
        initial = initialize(model, corpus.text, "d", recipe.model_copy(update={"cartridge_tokens": tokens}))
        prefix = initial.as_prefix(model.dtype)
        for tensor in (*prefix.keys, *prefix.values):
            tensor.requires_grad_()
        rows = [conversation_row(each, 64) for each in conversations_of(number)[: 2 + number]]
        parts.append((prefix, pack(rows), 0.5))
    losses = backward_together(model, parts)
    together = [[tensor.grad for tensor in (*prefix.keys, *prefix.values)] for prefix, _, _ in parts]
    for (prefix, batch, share), loss, gradients in zip(parts, losses, together, strict=True):
        for tensor in (*prefix.keys, *prefix.values):
            tensor.grad = None
        assert OwnGradients(model).backward(prefix, batch, share) == pytest.approx(loss, rel=1e-5)
        for tensor, gradient in zip((*prefix.keys, *prefix.values), gradients, strict=True):
            assert gradient is not None
            assert tensor.grad is not None
            assert torch.allclose(gradient, tensor.grad, rtol=1e-4, atol=1e-8)


def test_a_run_that_diverges_or_is_cancelled_leaves_the_others_as_they_are(
    model: Model, jobs: list[Job]
) -> None:
    alone = [job.train() for job in jobs[:2]]
    jobs[2].conversations = conversations_of(9, top_logprob=float("nan"))
    asked = iter([False, False, True])
    jobs[3].should_stop = lambda: next(asked)
    first, second, diverged, cancelled = train_together(JointSteps(model, MAX_TOKENS), jobs)
    assert_equal(first, alone[0])
    assert_equal(second, alone[1])
    assert isinstance(diverged, TrainingDivergedError)
    assert isinstance(cancelled, TrainingCancelled)


def test_what_cannot_be_computed_fails_alone(model: Model, jobs: list[Job]) -> None:
    alone = jobs[0].train()
    outside = conversations_of(1)
    for conversation in outside:
        conversation.prompt_ids[0] = 2_000_000  # the vocabulary has no such token
    jobs[1].conversations = outside
    first, broken = train_together(JointSteps(model, MAX_TOKENS), jobs[:2])
    assert_equal(first, alone)
    assert isinstance(broken, IndexError)


def test_batches_that_are_too_many_tokens_go_one_after_the_other(
    model: Model, jobs: list[Job], forwards: list[int]
) -> None:
    alone = [job.train() for job in jobs[:2]]
    steps_alone = len(forwards)
    forwards.clear()
    results = train_together(JointSteps(model, max_tokens=1), jobs[:2])
    assert len(forwards) == steps_alone
    for together, expected in zip(results, alone, strict=True):
        assert_equal(together, expected)
