"""The quality benchmark runs whole in its quick form, takes up what it kept, and its parts measure what they say."""

import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks._quality_datasets import DatasetFormatError, read_dataset
from benchmarks._quality_documents import code_base, language_reference
from benchmarks._quality_generated import GENERATED
from benchmarks._quality_statistics import gap_share, interval, mean_of
from benchmarks._quality_summary import Scored, log_perplexity_by_position, options_by_position
from benchmarks._quality_systems import bm25
from cartridge_core.chunking import Chunk
from cartridge_core.models import load_model
from cartridge_core.recipe import EvaluationQuestion
from tests.trainer.talkative_model import make_talkative_model


@pytest.fixture(scope="module")
def talkative(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talkative_model(smollm2_dir, tmp_path_factory.mktemp("talkative"))


def test_the_quick_form_prints_every_figure_and_resumes(talkative: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "benchmarks.quality", "--quick", "--threads", "1", "--model", str(talkative),
        "--min-teacher-logprob", "-1000", "--work", str(tmp_path), "--figure", str(tmp_path / "figure.png"),
    ]  # fmt: skip
    first = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    figures = json.loads(first.stdout.splitlines()[-1])
    assert {"options_13x", "options_38x", "logprob_20x_document", "offtopic_accuracy_change"} <= set(figures)
    for effects in (figures["off_topic"], figures["off_topic_icl"]):
        assert [effect["questions"] for effect in effects] == [200]
    moved = figures["off_topic"][0]
    nats = moved["own_answers_log_perplexity"] - moved["own_answers_log_perplexity_alone"]
    assert figures["offtopic_perplexity_change"] == pytest.approx(math.exp(nats) - 1)
    assert 0 <= moved["let_through"] <= 1
    assert 0 <= moved["let_through_own"] <= 1
    guarded = figures["off_topic"][0]["guarded_own_answers_log_perplexity"]
    assert figures["offtopic_guarded_perplexity_change"] == pytest.approx(
        math.exp(guarded - moved["own_answers_log_perplexity_alone"]) - 1
    )
    assert figures["compose_2_kept"] > 0
    assert figures["compose_2_relevant_kept"] > 0
    assert figures["compose_4_kept"] is None  # the quick form composes two
    scored = figures["corpora"]["patients"]
    assert {
        "none", "icl", "paragraph", "truncated@16", "summary@16", "bm25x1@16", "bm25x4@16", "embeddingsx1@16",
        "embeddingsx4@16", "closed_form@16", "cartridge@16", "next_token@16",
    } == set(scored)  # fmt: skip
    assert scored["cartridge@16"]["training_tokens"] > 0
    assert scored["cartridge@16"]["synthesis_seconds"] > 0
    assert scored["next_token@16"]["synthesis_seconds"] == 0  # it has no rows
    assert scored["cartridge@16"]["initialization_seconds"] > 0
    assert len(scored["icl"]["log_perplexity_by_position"]) == 5
    assert scored["closed_form@16"]["kv_bytes"] == scored["cartridge@16"]["kv_bytes"] > 0
    low, value, high = (scored["icl"]["option_probability"][key] for key in ("low", "value", "high"))
    assert 0 <= low <= value <= high <= 1
    assert "minutes" in first.stderr
    command.append("--no-unrelated")
    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "step 2 of 2" in first.stderr
    assert "step 2 of 2" not in again.stderr
    resumed = json.loads(again.stdout.splitlines()[-1])
    assert resumed["corpora"] == figures["corpora"]
    assert (resumed["off_topic"], resumed["offtopic_accuracy_change"]) == ([], None)


@pytest.mark.parametrize("name", ["patients", "ships"])
def test_a_generated_corpus_answers_its_questions_and_form_alone_tells_nothing(name: str) -> None:
    corpus = GENERATED[name](3, 22)
    assert corpus == GENERATED[name](3, 22)
    assert corpus != GENERATED[name](4, 22)
    assert len(corpus.questions) == 220
    paragraphs = corpus.text.split("\n\n")
    assert len(paragraphs) == 22
    for number, question in enumerate(corpus.questions):
        paragraph = paragraphs[number // 10].lower()
        assert question.answer.rstrip(".").lower() in paragraph
        assert len({question.answer, *question.distractors}) == 4
        assert question.question not in corpus.text


def test_a_chat_log_answers_its_questions() -> None:
    corpus = GENERATED["chat"](1, 22)
    assert all(question.answer.rstrip(".").lower() in corpus.text.lower() for question in corpus.questions)
    assert len(corpus.questions) == 88


def test_the_language_reference_is_longer_than_the_window_and_the_code_asks_about_itself() -> None:
    assert len(language_reference()) > 4 * 8192
    text, questions = code_base(0)
    assert "def bisect_left(" in text
    assert all(question.answer in text for question in questions)


def test_intervals_hold_their_value_and_narrow_with_more_items() -> None:
    few = [[(float(number % 2),) for number in range(10)]]
    many = [[(float(number % 2),) for number in range(1000)]]
    wide, narrow = interval(few, mean_of(0), 1), interval(many, mean_of(0), 1)
    assert wide.low <= wide.value <= wide.high
    assert narrow.high - narrow.low < wide.high - wide.low
    assert interval(few, mean_of(0), 1) == wide


def test_a_share_of_the_gap_is_whole_for_icl_itself_and_nothing_where_there_is_no_gap() -> None:
    assert gap_share([(0.6, 0.2, 0.6), (0.4, 0.2, 0.4)]) == pytest.approx(1.0)
    assert gap_share([(0.8, 0.2, 0.5)]) == pytest.approx(2.0)
    assert math.isnan(gap_share([(0.8, 0.5, 0.5)]))
    assert interval([[(0.8, 0.5, 0.5)]], gap_share, 0).as_figure() is None


def test_bm25_finds_the_chunk_with_the_rare_word(talkative: Path) -> None:
    model = load_model(talkative)
    texts = ("The mill of the town.", "The cello of the town.", "The river of the town.")
    chunks = [Chunk(index, text, 8) for index, text in enumerate(texts)]
    system = bm25(model, chunks, 64, "bm25")
    context = system.context(EvaluationQuestion(question="Who plays the cello of the town?", answer="x"))
    assert context.startswith("The cello")


_PATIENT = {"texts": {"a": "A letter."}, "questions": [
    {"question": "Which?", **{f"answer_{c}": f"Drug {c}" for c in "abcde"}, "correct": "Drug c"}]}  # fmt: skip
_ARTICLE = {
    "article": "Once.",
    "questions": [{"question": "Why?", "options": ["a", "b", "c", "d"], "gold_label": 2}],
}
_PAPER = {
    "title": "T", "abstract": "A", "full_text": [{"section_name": "S", "paragraphs": ["P"]}],
    "qas": [
        {"question": "What?", "answers": [{"answer": {"unanswerable": True}}, {"answer": {"extractive_spans": ["x", "y"]}}]},
        {"question": "Never?", "answers": [{"answer": {"unanswerable": True}}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "text", "answer", "distractors"),
    [
        (json.dumps({"patient_01": _PATIENT}), "A letter.", "Drug c", 4),
        ("\n".join(json.dumps(_ARTICLE) for _ in range(2)), "Once.", "b", 3),
        (json.dumps({"1": _PAPER}), "T\n\nA\n\nS\n\nP", "x, y", 0),
        (json.dumps({"grammar": "G", "examples": [{"original": "o", "ground_truth": "t"}]}), "G", "t", 0),
    ],
    ids=["longhealth", "quality", "qasper", "mtob"],
)
def test_the_papers_benchmarks_are_read(
    content: str, text: str, answer: str, distractors: int, tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_text(content)
    read, questions = read_dataset(path)
    assert read == text
    assert questions[0].answer == answer
    assert len(questions[0].distractors) == distractors
    assert Counter(question.answer for question in questions)[answer] == len(questions)


def test_a_file_of_another_form_says_so(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    for content, message in (('{"a": {"b": 1}}', "none of the forms"), ('{"1": {"texts": 3}}', "form it looks like"), ("nope", "form")):  # fmt: skip
        path.write_text(content)
        with pytest.raises(DatasetFormatError, match=message):
            read_dataset(path)
    with pytest.raises(DatasetFormatError, match="no file"):
        read_dataset(tmp_path / "missing")


def test_positions_are_fifths_of_the_questions_in_order() -> None:
    runs = [Scored(0, [(0.1 * (number // 4), 1.0, -1.0) for number in range(20)], [], [], None)] * 2
    assert options_by_position(runs) == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


def test_held_out_conversations_are_weighed_by_tokens_in_the_fifth_that_they_are_about() -> None:
    conversations = [(10.0, 20.0, 0.0, 0.0), (30.0, 20.0, 0.0, 0.19), (4.0, 2.0, 0.0, 0.95)]
    runs = [Scored(0, [], conversations, [], None)] * 2
    assert log_perplexity_by_position(runs) == [1.0, None, None, None, 0.5]
