"""Self-study: conversations are repeatable, stored as they are, and made of what the corpus says."""

import random
from collections import Counter
from pathlib import Path

import pytest
import torch

from cartridge_core.chunking import Chunk, chunk_text
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import ConversationFormatError, CorpusTooShortError, ModelMismatchError
from cartridge_core.models import Model
from cartridge_core.recipe import ConversationKind, Recipe, SeedPromptKind
from cartridge_core.recitation import draw_recitation
from cartridge_core.self_study import SelfStudy, SynthesisStopped


@pytest.fixture(scope="module")
def chunks(model: Model, corpus: CorpusText) -> list[Chunk]:
    return chunk_text(corpus.text, model.chat, 16, 64)


@pytest.fixture
def study(model: Model, chunks: list[Chunk], recipe: Recipe) -> SelfStudy:
    settings = recipe.self_study.model_copy(update={"conversations": 6, "recitations": 10})
    return SelfStudy(model, chunks, settings, recipe.seed)


@pytest.fixture(scope="module")
def conversations(model: Model, chunks: list[Chunk]) -> list[Conversation]:
    settings = Recipe().self_study.model_copy(update={"conversations": 0, "recitations": 12, "top_k": 4})
    return SelfStudy(model, chunks, settings, 3)._recite(range(12), _NoMeter(), None)


class _NoMeter:
    def count(self, tokens: int) -> None:
        assert tokens > 0


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


def test_recitations_answer_with_the_corpuss_own_words() -> None:
    text = "Ward 3 has 11 beds. Its head nurse is Nurse Clara Reed. It opened in 1953 near the river."
    drawn = [draw_recitation(text, random.Random(seed)) for seed in range(60)]
    assert all(recitation is not None for recitation in drawn)
    answers = {recitation.answer for recitation in drawn if recitation is not None}
    assert all(answer in text for answer in answers)
    assert {"1953", "11"} & answers
    assert len({recitation.question for recitation in drawn if recitation is not None}) > 20


def test_a_text_without_sentences_has_no_recitation() -> None:
    assert draw_recitation("one two", random.Random(1)) is None


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


def test_every_conversation_has_a_kind_that_the_recipe_knows() -> None:
    assert {kind.value for kind in SeedPromptKind} | {"recitation"} == {
        kind.value for kind in ConversationKind
    }
