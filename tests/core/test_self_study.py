"""Self-study: conversations are repeatable, stored as they are, and made of what the corpus says."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from cartridge_core.chunking import Chunk, chunk_text
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText
from cartridge_core.distillation import SparseTargets, divergence
from cartridge_core.errors import ConversationFormatError, CorpusTooShortError, ModelMismatchError
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import ConversationKind, Recipe, SeedPromptKind
from cartridge_core.self_study import SelfStudy, SynthesisStopped


@pytest.fixture(scope="module")
def chunks(model: Model, corpus: CorpusText) -> list[Chunk]:
    return chunk_text(corpus.text, model.chat, 16, 64)


@pytest.fixture
def study(model: Model, chunks: list[Chunk], recipe: Recipe) -> SelfStudy:
    settings = recipe.self_study.model_copy(update={"conversations": 6, "recitations": 10})
    return SelfStudy(model, chunks, settings, recipe.seed)


@pytest.fixture(scope="module", params=["drawn", "facts"])
def conversations(model: Model, chunks: list[Chunk], request: pytest.FixtureRequest) -> list[Conversation]:
    settings = {
        "conversations": 0,
        "recitations": 12,
        "recitation_kind": request.param,
        "top_k": 4,
        "min_teacher_logprob": -1e9,
    }
    recipe = Recipe.model_validate({"self_study": settings})
    return SelfStudy(model, chunks, recipe.self_study, 3).synthesize(12, "train")


def _fields(conversation: Conversation) -> tuple[object, ...]:
    return (
        conversation.chunk_index, conversation.kind, conversation.question, conversation.answer,
        *(t.tolist() for t in (conversation.prompt_ids, conversation.answer_ids, conversation.top_ids)),
    )  # fmt: skip


def test_the_five_kinds_and_all_chunks_take_turns(model: Model, chunks: list[Chunk], recipe: Recipe) -> None:
    study = SelfStudy(model, chunks, recipe.self_study, 1)
    count = 5 * len(chunks)
    assigned = [study._assign("train", index) for index in range(count)]
    by_chunk = Counter(assignment.chunk.index for assignment in assigned)
    assert set(by_chunk.values()) == {5}
    kinds = Counter(assignment.seed_prompt.kind for assignment in assigned)
    assert set(kinds) == set(SeedPromptKind)
    assert max(kinds.values()) - min(kinds.values()) <= len(chunks)


def test_held_out_conversations_are_other_ones(model: Model, chunks: list[Chunk], recipe: Recipe) -> None:
    study = SelfStudy(model, chunks, recipe.self_study, 1)
    seeds = {
        stream: {study._assign(stream, index).seed for index in range(50)} for stream in ("train", "held_out")
    }
    assert not seeds["train"] & seeds["held_out"]


def test_the_same_seed_gives_the_same_conversations(study: SelfStudy) -> None:
    first = study.synthesize(16, "train")
    again = study.synthesize(16, "train")
    assert [_fields(c) for c in first] == [_fields(c) for c in again]


def test_a_random_models_own_conversations_have_the_teachers_distribution_at_every_token(
    model: Model, chunks: list[Chunk], recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A random model never ends its question, so any message is taken here."""
    monkeypatch.setattr(
        "cartridge_core.self_study._usable_message", lambda opening, row: f"{opening} {row.text}"
    )
    study = SelfStudy(model, chunks, recipe.self_study, recipe.seed)
    for conversation in study.synthesize(4, "train"):
        count = len(conversation.answer_ids)
        assert conversation.top_ids.shape == conversation.top_logprobs.shape == (count, 5)
        context = model.chat.encode_context(chunks[conversation.chunk_index].text)
        ids = torch.tensor([[*context, *conversation.prompt_ids.tolist(), *conversation.answer_ids.tolist()]])
        logits = model.logits(model.forward(ids, torch.arange(ids.shape[1])[None]))[0, -count - 1 : -1]
        expected = logits.log_softmax(-1).gather(1, conversation.top_ids.long())
        assert torch.allclose(conversation.top_logprobs, expected, atol=1e-3)


def test_synthesis_stops_when_asked(study: SelfStudy) -> None:
    with pytest.raises(SynthesisStopped):
        study.synthesize(16, "train", should_stop=lambda: True)


def test_a_corpus_without_text_is_refused(model: Model, recipe: Recipe) -> None:
    with pytest.raises(CorpusTooShortError):
        SelfStudy(model, [], recipe.self_study, 0)


def test_the_train_stream_holds_each_kind_in_its_place(
    model: Model, chunks: list[Chunk], recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A random model never ends its question nor answers with a given span, so any message and reading is taken."""
    monkeypatch.setattr(
        "cartridge_core.self_study._usable_message", lambda opening, row: f"{opening} {row.text}"
    )
    monkeypatch.setattr("cartridge_core.reading.Reading.greedy", True, raising=False)
    counts = {
        "conversations": 3, "generic_answers": 4, "span_questions": 5, "recitations": 6, "general_answers": 3,
    }  # fmt: skip
    settings = recipe.self_study.model_copy(update=counts | {"min_teacher_logprob": -1e9})
    whole = SelfStudy(model, chunks, settings, 2).synthesize(settings.total, "train")
    kinds = [conversation.kind for conversation in whole]
    assert kinds[3:7] == [ConversationKind.GENERIC] * 4
    assert kinds[-9:] == [ConversationKind.RECITATION] * 6 + [ConversationKind.GENERAL] * 3
    part = SelfStudy(model, chunks, settings, 2).synthesize(8, "train", first=2)
    assert [(c.kind, c.question) for c in part if c.kind is ConversationKind.GENERIC] == [
        (c.kind, c.question) for c in whole if c.kind is ConversationKind.GENERIC
    ]


def test_requests_about_anything_else_are_answered_without_a_chunk_and_learnt_behind_the_cartridge(
    model: Model, chunks: list[Chunk], recipe: Recipe
) -> None:
    counts = {"conversations": 0, "recitations": 2, "general_answers": 5}
    settings = recipe.self_study.model_copy(update=counts)
    study = SelfStudy(model, chunks, settings, 3)
    answers = study.synthesize(5, "train", first=2)
    assert [answer.kind for answer in answers] == [ConversationKind.GENERAL] * 5
    assert len({answer.question for answer in answers}) == 5
    for answer in answers:
        assert answer.chunk_index is None
        message = [ChatMessage("user", answer.question)]
        assert answer.prompt_ids.tolist() == model.chat.encode_messages(message, with_cartridge=True)
        # The teacher saw nothing, so a chunk changed nothing.
        assert answer.context_gain.abs().max() < 0.05


def test_a_question_for_a_span_is_kept_only_where_the_teacher_answers_with_it(
    model: Model, chunks: list[Chunk], recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "cartridge_core.self_study._usable_message", lambda opening, row: f"{opening} {row.text}"
    )
    settings = recipe.self_study.model_copy(
        update={"conversations": 0, "span_questions": 6, "recitations": 0}
    )
    assert SelfStudy(model, chunks, settings, 2).synthesize(6, "train") == []


def test_recitations_go_through_all_facts_before_one_comes_again(
    model: Model, chunks: list[Chunk], recipe: Recipe
) -> None:
    study = SelfStudy(model, chunks, recipe.self_study, 4)
    deck = study._deck
    assert {fact.chunk_index for fact in deck} == {chunk.index for chunk in chunks}
    assert len(set(deck)) == len(deck)
    assert deck == SelfStudy(model, chunks, recipe.self_study, 4)._deck
    assert deck != SelfStudy(model, chunks, recipe.self_study, 5)._deck


def test_words_that_merely_surprised_come_after_what_is_a_fact_by_its_form(
    model: Model, recipe: Recipe
) -> None:
    text = "Nora Winter grinds barley. Since 1902 her mill stands near Elm Bridge and rattles."
    chunks = chunk_text(text, model.chat, 16, 64)
    by_form = [fact.by_form for fact in SelfStudy(model, chunks, recipe.self_study, 4)._deck]
    assert by_form == sorted(by_form, reverse=True)
    assert set(by_form) == {True, False}


def test_context_gain_is_the_divergence_from_the_model_that_sees_nothing(
    model: Model, conversations: list[Conversation]
) -> None:
    for conversation in conversations[:3]:
        asked = model.chat.encode_messages([ChatMessage("user", conversation.question)], with_cartridge=False)
        answer = conversation.answer_ids.tolist()
        ids = torch.tensor([[*asked, *answer]])
        logits = model.logits(model.forward(ids, torch.arange(ids.shape[1])[None]))[0]
        logprobs = logits[len(asked) - 1 : -1].log_softmax(-1)
        targets = SparseTargets.from_teacher(conversation.top_ids, conversation.top_logprobs)
        assert torch.allclose(conversation.context_gain, divergence(targets, logprobs).float(), atol=1e-4)
        assert bool((conversation.context_gain >= -1e-4).all())


def test_a_stored_shard_is_read_as_it_was(
    conversations: list[Conversation], model: Model, tmp_path: Path
) -> None:
    write_conversations(tmp_path / "shard", conversations, model.identity)
    read = read_conversations(tmp_path / "shard", model.identity)
    assert [_fields(c) for c in read] == [_fields(c) for c in conversations]
    for one, other in zip(read, conversations, strict=True):
        assert torch.equal(one.top_logprobs, other.top_logprobs)
    write_conversations(tmp_path / "empty", [], model.identity)
    assert read_conversations(tmp_path / "empty") == []


def test_a_damaged_or_foreign_shard_is_refused(
    conversations: list[Conversation], model: Model, tmp_path: Path
) -> None:
    path = tmp_path / "shard"
    write_conversations(path, conversations, model.identity)
    with pytest.raises(ModelMismatchError):
        read_conversations(path, model.identity.model_copy(update={"tokenizer_fingerprint": "x"}))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ConversationFormatError):
        read_conversations(path)
    with pytest.raises(ConversationFormatError):
        read_conversations(tmp_path / "nowhere")


def test_what_is_wrong_with_a_shard_is_told_without_its_texts(
    conversations: list[Conversation], model: Model, tmp_path: Path
) -> None:
    path = tmp_path / "shard"
    write_conversations(path, conversations, model.identity)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    save_file(tensors, path, metadata=metadata | {"texts": '[{"question": ["Ann has a rash"]}]'})
    with pytest.raises(ConversationFormatError) as caught:
        read_conversations(path)
    assert "do not follow the schema" in str(caught.value)
    assert "rash" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("answer_offsets", lambda tensor: tensor.to(torch.complex64)),
        ("top_logprobs", lambda tensor: tensor.flatten()),
    ],
)
def test_a_shard_whose_tensors_are_of_another_kind_is_refused(
    conversations: list[Conversation],
    model: Model,
    tmp_path: Path,
    name: str,
    damage: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    path = tmp_path / "shard"
    write_conversations(path, conversations, model.identity)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {each: file.get_tensor(each) for each in file.keys()}  # noqa: SIM118 - no mapping
    save_file({**tensors, name: damage(tensors[name])}, path, metadata=metadata)
    with pytest.raises(ConversationFormatError, match="does not follow"):
        read_conversations(path)


def test_every_kind_of_seed_prompt_is_a_kind_of_conversation() -> None:
    assert {kind.value for kind in SeedPromptKind} < {kind.value for kind in ConversationKind}
