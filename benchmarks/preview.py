"""What a preview is worth and how soon it is there.

Speed: a long document goes through the real stack, from the upload's first byte to the first token of an answer by the
corpus's name. Quality: on a generated corpus, the share of the gap between no context and ICL that a preview closes at
several sizes, beside the corpus's first tokens at the same size and, with --trained, a trained cartridge.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

from benchmarks import _quality_systems as systems
from benchmarks._quality_recipe import add_recipe_options, recipe_of, subject_of
from benchmarks._quality_study import Subject, Workshop, say
from benchmarks.harness import run
from cartridge_client import ApiError, Client
from cartridge_core.models import Model, load_model
from cartridge_core.preview import make_preview
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_core.prompts import ChatFormat, load_chat_format
from cartridge_core.question_scoring import QuestionScore
from services.cli.models import get_packaged_model
from services.cli.stack.stack import Stack

_PARTS = ("speed", "quality")
_QUESTION = "What is this text about?"
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Standing:
    """A system's mean probability of the right option, and mean log-probability of the right answer a token."""

    option_probability: float
    answer_logprob: float

    @classmethod
    def of(cls, scores: list[QuestionScore]) -> "Standing":
        options = sum(score.option_probability or 0.0 for score in scores) / len(scores)
        surprise = sum(score.surprise for score in scores) / sum(score.answer_tokens for score in scores)
        return cls(options, -surprise)


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Seconds to the first answer through the real stack, and the share of the gap that a preview closes."""
    path = Path(options.model) if options.model else get_packaged_model("smollm2-135m", Path(options.models))
    figures: dict[str, Any] = {}
    if "speed" in options.parts:
        figures |= seconds_to_first_answer(path, options)
    if "quality" in options.parts:
        figures |= gaps_closed(load_model(path), options)
    return figures


def seconds_to_first_answer(model: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A document goes into a new stack; its corpus is asked until it answers. A small one has gone before it."""
    chat = load_chat_format(model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        say("a stack is started")
        with (
            Stack(folder / "stack", str(model), prefer_usual_ports=False) as stack,
            Client(stack.api_url, stack.first_key, timeout=600) as client,
        ):
            # A worker loads its model at its first job, as one that has just been started does.
            cold = _first_answer(client, folder / "small.txt", _document(chat, 2_000), options)
            say(f"first answer about 2,000 tokens, the model not loaded yet: {cold['seconds']:.1f} s")
            found = _first_answer(
                client, folder / "long.txt", _document(chat, options.document_tokens), options
            )
    say(f"first answer about {options.document_tokens:,} tokens: {found['seconds']:.1f} s")
    return {
        "seconds_to_first_answer": found["seconds"],
        "seconds_to_first_answer_parts": found["parts"],
        "seconds_to_first_answer_small_cold": cold["seconds"],
        "document_tokens": found["report"]["corpus_tokens"],
        "document_tokens_read": found["report"]["read_tokens"],
        "document_preview": found["report"]["note"],
    }


def _document(chat: ChatFormat, tokens: int) -> str:
    """So many tokens of Python's language reference."""
    text = "\n\n".join(topics[name].strip() for name in sorted(topics))
    _, places = chat.encode_with_places(text)
    if len(places) < tokens:
        raise ValueError(f"--document-tokens: the text has {len(places):,} tokens, not {tokens:,}")
    return text[: places[tokens - 1][1]]


def _first_answer(client: Client, path: Path, text: str, options: argparse.Namespace) -> dict[str, Any]:
    """Upload a text as a corpus of its own and ask for it by the corpus's name until a token comes."""
    path.write_text(text, encoding="utf-8")
    corpus = client.create_corpus(path.stem)
    started = time.monotonic()
    client.upload_documents(corpus.id, [path])
    uploaded = time.monotonic() - started
    model = f"{client.base_model()}:{corpus.id}"
    while not _answers(client, model):
        if time.monotonic() - started > options.patience:
            raise TimeoutError(f"no answer about {path.name} within {options.patience} s")
        time.sleep(_POLL_SECONDS)
    seconds = time.monotonic() - started
    (made,) = (each for each in client.every(client.cartridges) if each.corpus_id == corpus.id)
    job = client.training_job(str(made.job_id))
    begun, ended = job.started_at, job.finished_at
    if begun is None or ended is None:
        raise RuntimeError(f"the preview of {corpus.id} has no times")
    waited = (begun - job.created_at).total_seconds()
    worked = (ended - begun).total_seconds()
    parts = {
        "upload": uploaded,
        "queue": waited,
        "work": worked,
        "rest": seconds - uploaded - waited - worked,
    }
    report = client.cartridge(made.id).report or {}
    return {"seconds": seconds, "parts": parts | {"stages": report["seconds"]}, "report": report}


def _answers(client: Client, model: str) -> bool:
    """Whether a first token came."""
    try:
        for delta in client.chat_stream(
            [{"role": "user", "content": _QUESTION}], model=model, temperature=0, max_tokens=8
        ):
            if delta.text:
                return True
    except ApiError as error:
        if error.status != 404:
            raise
    return False


def gaps_closed(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    """Means over corpora and seeds, at each ratio of corpus to prefix."""
    workshop = Workshop(model, Path(options.work))
    found: list[dict[str, Standing]] = []
    for name in options.corpora:
        for seed in options.seeds:
            found.append(_standings(workshop, _subject(name, seed, options), seed, options))
    names = found[0]
    means = {
        name: Standing(
            sum(one[name].option_probability for one in found) / len(found),
            sum(one[name].answer_logprob for one in found) / len(found),
        )
        for name in names
    }
    figures: dict[str, Any] = {}
    for ratio in options.ratios:
        for name, prefix in (("preview", ""), ("first_tokens", "first_tokens_"), ("trained", "trained_")):
            if f"{name}@{ratio}" not in means:
                continue
            for measure_name, key in (("options", "option_probability"), ("logprob", "answer_logprob")):
                share = _share(means, f"{name}@{ratio}", key)
                figures[f"{prefix}gap_closed_{measure_name}_{ratio}x"] = share
    return figures | {
        "systems": {name: asdict(standing) for name, standing in means.items()},
        "questions": options.questions,
        "corpora": options.corpora,
        "seeds": options.seeds,
    }


def _subject(name: str, seed: int, options: argparse.Namespace) -> Subject:
    """The corpus with as many questions as asked for, from all over it: the first tokens answer the first ones."""
    every = argparse.Namespace(**vars(options) | {"questions": None})
    subject = subject_of(name, seed, every)
    count = min(options.questions, len(subject.questions))
    picked = [subject.questions[place * len(subject.questions) // count] for place in range(count)]
    return replace(subject, questions=tuple(picked))


def _standings(
    workshop: Workshop, subject: Subject, seed: int, options: argparse.Namespace
) -> dict[str, Standing]:
    model = workshop.model
    tokens = len(model.chat.encode(subject.text))
    standings: dict[str, Standing] = {}

    def add(name: str, make: Callable[[], systems.System]) -> None:
        started = time.monotonic()
        standings[name] = Standing.of(systems.score(model, make(), subject.questions))
        say(
            f"{subject.name} {seed} {name}: right option p {standings[name].option_probability:.3f}, "
            f"log-prob {standings[name].answer_logprob:.2f} a token ({time.monotonic() - started:.0f} s)"
        )

    add("none", systems.no_context)
    add("icl", lambda: systems.whole_corpus(model, subject.text))
    for ratio in options.ratios:
        positions = max(2, tokens // ratio)
        recipe = PreviewRecipe(
            cartridge_tokens=positions, tokens_a_position=1, measured_questions=0, seed=seed
        )
        add(f"first_tokens@{ratio}", lambda p=positions: systems.truncated(model, subject.text, p))
        add(
            f"preview@{ratio}",
            lambda recipe=recipe: systems.fixed(
                "preview",
                make_preview(model, subject.text, subject.corpus.digest, recipe).cartridge.as_prefix(
                    model.dtype
                ),
            ),
        )
        if options.trained:
            made = workshop.trained(subject, recipe_of(options, positions, options.steps[-1], seed))
            add(
                f"trained@{ratio}",
                lambda made=made: systems.fixed("trained", made.cartridge.as_prefix(model.dtype)),
            )
    return standings


def _share(means: Mapping[str, Standing], name: str, key: str) -> float | None:
    """How much of the way from no context to ICL a system comes; None where ICL is no better than no context."""
    none, icl, ours = (getattr(means[each], key) for each in ("none", "icl", name))
    return (ours - none) / (icl - none) if icl > none else None


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    parser.set_defaults(corpora=["patients"], seeds=[0], steps=[250], questions=110)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    parser.add_argument(
        "--ratios", type=lambda text: [int(part) for part in text.split(",")], default=[6, 13, 38],
        help="corpus tokens to prefix positions",
    )  # fmt: skip
    parser.add_argument("--document-tokens", type=int, default=50_000)
    parser.add_argument("--patience", type=float, default=1200, help="seconds to wait for the first answer")
    parser.add_argument(
        "--trained", action="store_true", help="train a cartridge at each size as well; takes minutes each"
    )


if __name__ == "__main__":
    run("preview", measure, _options)
