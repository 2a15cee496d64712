"""Another version of a corpus is learned by difference from the cartridge of the version before."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cartridge_core.artifact import read_cartridge
from cartridge_core.context_gain import with_gains
from cartridge_core.conversations import read_conversations
from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_core.models import load_model
from cartridge_core.recipe import Recipe
from cartridge_store.db.repositories import cartridges
from cartridge_store.db.repositories.usage import Kind
from cartridge_store.db.tables import JobState
from services.trainer.attempt import Worker, run_attempt
from services.trainer.events import JobProgress
from services.trainer.stages.news import NEWS
from services.trainer.stages.shards import chunks_of

from .desk import TEXT, Desk, tiny_recipe

_NEW = "The harbour of Malmo was closed in 1972 by the council. Nobody has sailed from it since."
# The fifth of twenty paragraphs is another one now.
REVISED = "\n\n".join([*TEXT.split("\n\n")[:4], _NEW, *TEXT.split("\n\n")[5:]])


@pytest.fixture
def recipe() -> Recipe:
    return tiny_recipe(conversations=40, validation=4)


@pytest.fixture
def first(desk: Desk, worker: Worker, recipe: Recipe) -> str:
    """A job that has learned the first version of a corpus."""
    job_id = desk.order(recipe)
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    return job_id


def _progress(desk: Desk, job_id: str) -> JobProgress:
    return JobProgress.model_validate(desk.job(job_id).progress)


def _read(desk: Desk, object_key: str, path: Path) -> torch.Tensor:
    desk.objects.get_file(object_key, path)
    return read_cartridge(path).keys.float()


def test_only_what_has_changed_is_written_and_training_starts_from_the_earlier_cartridge(
    desk: Desk, worker: Worker, first: str, recipe: Recipe, tmp_path: Path
) -> None:
    tokens_before = desk.used()[Kind.SYNTHESIS_TOKENS]
    earlier, _ = desk.studied(first)
    second = desk.revise(first, REVISED, recipe)
    run_attempt(worker, second)
    assert desk.job(second).state is JobState.SUCCEEDED

    reuse = _progress(desk, second).reuse
    assert reuse is not None
    assert reuse.cartridge_id == desk.cartridge(first).id
    assert reuse.chunks_kept > 2 * reuse.chunks_written > 0
    conversations, chunks = desk.studied(second)
    asked_before = {(each.question, each.answer) for each in earlier}
    written = [each for each in conversations if (each.question, each.answer) not in asked_before]
    about = {chunks[each.chunk_index].text for each in written if each.chunk_index is not None}
    assert about
    assert all(_NEW in text for text in about)
    kept = [each for each in conversations if each not in written and each.kind != "correction"]
    assert len(kept) == reuse.conversations
    assert not any(_NEW in chunks[each.chunk_index].text for each in kept if each.chunk_index is not None)
    # Nothing is left of what the chunk said that is gone, but as a question that the present text answers.
    assert {each.kind for each in conversations if each.chunk_index is None} <= {"correction", "general"}
    assert sum(each.kind == "correction" for each in conversations) == reuse.corrections > 0
    assert desk.used()[Kind.SYNTHESIS_TOKENS] - tokens_before < tokens_before / 2

    initial = _read(desk, f"{desk.prefix(second)}initial.safetensors", tmp_path / "initial")
    assert torch.equal(initial, _read(desk, desk.cartridge(first).object_key, tmp_path / "first"))
    outcome = _progress(desk, second).outcome
    assert outcome is not None
    assert outcome.steps <= round(recipe.training.steps * recipe.retraining.steps_share)
    told = [event["message"] for event in desk.events(second, "log")]
    assert any(message.startswith(f"{reuse.conversations} conversations about") for message in told)
    assert desk.cartridge(second).report["reuse"]["chunks_kept"] == reuse.chunks_kept


def test_an_attempt_that_goes_on_uses_again_what_the_one_before_had_chosen(
    desk: Desk, worker: Worker, first: str, recipe: Recipe
) -> None:
    """The earlier cartridge and all that its job kept may be gone by then."""
    second = desk.revise(first, REVISED, recipe)
    run_attempt(replace(worker, stopping=lambda: "held-out.safetensors" in desk.outputs(second)), second)
    assert desk.job(second).state is JobState.QUEUED
    chosen = _progress(desk, second).reuse
    assert chosen is not None
    with desk.sessions.begin() as session:
        cartridges.delete(session, desk.tenant_id, desk.cartridge(first).id)
    desk.objects.delete_prefix(desk.prefix(first))
    run_attempt(worker, second)
    assert desk.job(second).state is JobState.SUCCEEDED
    assert _progress(desk, second).reuse == chosen


def _corpus(text: str) -> CorpusText:
    return CorpusText(documents=(DocumentText(name="a.txt", text=text),))


def test_what_is_news_is_told_once_and_the_same_to_every_attempt(
    desk: Desk, worker: Worker, first: str, recipe: Recipe, tmp_path: Path
) -> None:
    second = desk.revise(first, REVISED, recipe)
    run_attempt(replace(worker, stopping=lambda: NEWS in desk.outputs(second)), second)
    assert desk.job(second).state is JobState.QUEUED
    path = tmp_path / "news"
    desk.objects.get_file(desk.prefix(second) + NEWS, path)
    told = path.read_bytes()
    about = read_conversations(path)
    # Of what has changed alone, and told by the earlier cartridge, not by what a model without any says.
    model = load_model(worker.model_path)
    (changed,) = [chunk.index for chunk in chunks_of(model, _corpus(REVISED), recipe) if _NEW in chunk.text]
    assert {each.chunk_index for each in about} == {changed}
    from_nothing = with_gains(model, about)
    assert not any(
        torch.allclose(each.context_gain, plain.context_gain)
        for each, plain in zip(about, from_nothing, strict=True)
    )
    run_attempt(worker, second)
    assert desk.job(second).state is JobState.SUCCEEDED
    desk.objects.get_file(desk.prefix(second) + NEWS, path)
    assert path.read_bytes() == told


def test_a_corpus_that_lost_something_is_learned_from_what_is_kept(
    desk: Desk, worker: Worker, first: str, recipe: Recipe
) -> None:
    settings = recipe.retraining.model_copy(update={"corrections": False})
    *stay, _ = chunks_of(load_model(worker.model_path), _corpus(TEXT), recipe)
    shortened = "\n\n".join(chunk.text for chunk in stay)
    second = desk.revise(first, shortened, recipe.model_copy(update={"retraining": settings}))
    run_attempt(worker, second)
    reuse = _progress(desk, second).reuse
    assert desk.job(second).state is JobState.SUCCEEDED
    assert reuse is not None
    assert reuse.conversations > 0
    assert NEWS not in desk.outputs(second)


def test_a_recipe_may_weigh_as_training_does(desk: Desk, worker: Worker, first: str, recipe: Recipe) -> None:
    settings = recipe.retraining.model_copy(update={"weigh_news": False})
    second = desk.revise(first, REVISED, recipe.model_copy(update={"retraining": settings}))
    run_attempt(worker, second)
    assert desk.job(second).state is JobState.SUCCEEDED
    assert NEWS not in desk.outputs(second)


def test_a_recipe_may_ask_to_train_afresh(desk: Desk, worker: Worker, first: str, recipe: Recipe) -> None:
    settings = recipe.retraining.model_copy(update={"from_previous": False})
    second = desk.revise(first, REVISED, recipe.model_copy(update={"retraining": settings}))
    run_attempt(worker, second)
    assert _progress(desk, second).reuse is None
    assert desk.job(second).state is JobState.SUCCEEDED


def test_other_conversations_than_the_earlier_ones_are_all_written(
    desk: Desk, worker: Worker, first: str, recipe: Recipe
) -> None:
    shorter = recipe.self_study.model_copy(update={"answer_max_tokens": 8})
    second = desk.revise(first, REVISED, recipe.model_copy(update={"self_study": shorter}))
    run_attempt(worker, second)
    assert _progress(desk, second).reuse is None
    assert desk.job(second).state is JobState.SUCCEEDED


def test_a_corpus_that_is_mostly_another_is_begun_anew_with_the_conversations_that_are_left(
    desk: Desk, worker: Worker, first: str, recipe: Recipe, tmp_path: Path
) -> None:
    others = [
        f"The mill of Falun number {number} ground 7{number} sacks of rye and wheat in a year, all by wind."
        for number in range(10, 30)
    ]
    second = desk.revise(first, "\n\n".join([*TEXT.split("\n\n")[:6], *others]), recipe)
    run_attempt(worker, second)
    assert desk.job(second).state is JobState.SUCCEEDED
    reuse = _progress(desk, second).reuse
    assert reuse is not None
    assert reuse.conversations > 0
    initial = _read(desk, f"{desk.prefix(second)}initial.safetensors", tmp_path / "initial")
    assert not torch.equal(initial, _read(desk, desk.cartridge(first).object_key, tmp_path / "first"))
    outcome = _progress(desk, second).outcome
    assert outcome is not None
    assert (
        outcome.steps > round(recipe.training.steps * recipe.retraining.steps_share) or outcome.end != "steps"
    )
