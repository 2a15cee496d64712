"""Files of the paper's benchmarks, as their authors publish them, read into a text and questions.

The form is recognised by its fields. Nothing is downloaded: give the file's name as a corpus.

- LongHealth: `{patient: {"texts": {name: text}, "questions": [{"question", "answer_a" .. "answer_e", "correct"}]}}`,
  `correct` being the right answer's words
- QuALITY: JSON lines of `{"article", "questions": [{"question", "options", "gold_label"}]}`, labels counted from 1
- QASPER: `{paper: {"title", "abstract", "full_text": [{"section_name", "paragraphs"}], "qas": [{"question", "answers":
  [{"answer": {"extractive_spans", "free_form_answer", "unanswerable"}}]}]}}`
- MTOB: `{"grammar": text, "examples": [{"original", "ground_truth"}]}`
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cartridge_core.recipe import EvaluationQuestion

Corpus = tuple[str, tuple[EvaluationQuestion, ...]]
_LETTERS = "abcde"


class DatasetFormatError(ValueError):
    """The file is in none of the forms that are read here."""


def read_dataset(path: Path) -> Corpus:
    """The corpus and its questions. Raises `DatasetFormatError`, which says what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DatasetFormatError(f"{path} is no corpus of this benchmark and no file: {error}") from error
    try:
        content = (
            [json.loads(line) for line in text.splitlines() if line.strip()]
            if _is_lines(text)
            else json.loads(text)
        )
        corpus = _read(content)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DatasetFormatError(f"{path} does not follow the form it looks like: {error!r}") from error
    if corpus is None:
        raise DatasetFormatError(
            f"{path} is in none of the forms of LongHealth, QuALITY, QASPER and MTOB; see benchmarks/_quality_datasets.py"
        )
    return corpus


def _is_lines(text: str) -> bool:
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(first), dict) and "article" in first
    except ValueError:
        return False


def _read(content: Any) -> Corpus | None:
    if isinstance(content, list):
        return _quality(content)
    if "grammar" in content:
        return _mtob(content)
    some = next(iter(content.values()), {})
    if "texts" in some:
        return _longhealth(content)
    return _qasper(content) if "full_text" in some else None


def _longhealth(content: Mapping[str, Any]) -> Corpus:
    texts, questions = [], []
    for patient in content.values():
        texts += [str(text) for text in patient["texts"].values()]
        for asked in patient["questions"]:
            options = [str(asked[f"answer_{letter}"]) for letter in _LETTERS]
            questions.append(_with_options(asked["question"], str(asked["correct"]), options))
    return "\n\n".join(texts), tuple(questions)


def _quality(articles: Iterable[Mapping[str, Any]]) -> Corpus:
    texts, questions = [], []
    for article in articles:
        if article["article"] not in texts:
            texts.append(article["article"])
        for asked in article["questions"]:
            options = [str(option) for option in asked["options"]]
            questions.append(_with_options(asked["question"], options[asked["gold_label"] - 1], options))
    return "\n\n".join(texts), tuple(questions)


def _qasper(papers: Mapping[str, Any]) -> Corpus:
    texts, questions = [], []
    for paper in papers.values():
        texts += [paper["title"], paper["abstract"]]
        for section in paper["full_text"]:
            texts += [section["section_name"] or "", *section["paragraphs"]]
        for asked in paper["qas"]:
            answer = next(filter(None, (_qasper_answer(given["answer"]) for given in asked["answers"])), None)
            if answer is not None:
                questions.append(EvaluationQuestion(question=asked["question"], answer=answer))
    return "\n\n".join(filter(None, texts)), tuple(questions)


def _qasper_answer(answer: Mapping[str, Any]) -> str | None:
    if answer.get("unanswerable"):
        return None
    return answer.get("free_form_answer") or ", ".join(answer.get("extractive_spans") or []) or None


def _mtob(content: Mapping[str, Any]) -> Corpus:
    questions = tuple(
        EvaluationQuestion(question=f"Translate: {pair['original']}", answer=pair["ground_truth"])
        for pair in content["examples"]
    )
    return str(content["grammar"]), questions


def _with_options(question: str, answer: str, options: Iterable[str]) -> EvaluationQuestion:
    others = tuple(option for option in options if option != answer)
    return EvaluationQuestion(question=question, answer=answer, distractors=others)
