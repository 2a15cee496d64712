"""What the quality benchmark makes of a corpus and keeps on disk: rows, initial cartridges, trained cartridges.

Everything is named by the digest of what it is made from and of the code that makes it, so an interrupted benchmark goes on where it was, and two
benchmarks that need the same cartridge make it once.
"""

import hashlib
import importlib
import inspect
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from pydantic import BaseModel

from cartridge_core.artifact import Cartridge, read_cartridge, write_cartridge
from cartridge_core.chunking import Chunk, chunk_text
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_core.distractors import NO_DISTRACTORS, Distractors
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.recipe import EvaluationQuestion, Objective, Recipe
from cartridge_core.self_study import SelfStudy, Stream
from cartridge_core.training import TrainingProgress, train

_SHARD = 128
_STEPS_BETWEEN_LINES = 25
_OF_GENERAL_ANSWERS = {"answer_max_tokens", "generic_temperature", "top_k", "batch_rows"}
# Whoever changes how rows are written or learnt must not be shown what the old code made.
_MAKERS = (
    "attention_matching", "chunking", "context_gain", "drafts", "general_requests", "generation", "initialization",
    "reading", "recitation", "seed_prompts", "self_study", "spans", "training_rows",
)  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A corpus under test: its text, questions about it, and the paragraph that answers each where that is known."""

    name: str
    text: str
    questions: tuple[EvaluationQuestion, ...]
    paragraphs: Mapping[str, str] = field(default_factory=dict)

    @property
    def corpus(self) -> CorpusText:
        return CorpusText(documents=(DocumentText(name=self.name, text=self.text),))


class Cost(BaseModel):
    """What a cartridge took; seconds depend on what else the machine did."""

    tokens: int
    seconds: float  # of training
    synthesis_seconds: float  # of its rows, and of nothing where it has none
    initialization_seconds: float


@dataclass(frozen=True)
class Trained:
    cartridge: Cartridge
    cost: Cost


class Workshop:
    """Makes what a benchmark asks for, or takes it from `directory`."""

    def __init__(self, model: Model, directory: Path) -> None:
        self.model = model
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def chunks(self, subject: Subject, recipe: Recipe) -> list[Chunk]:
        settings = recipe.self_study
        return chunk_text(
            subject.text,
            self.model.chat,
            settings.chunk_min_tokens,
            settings.chunk_max_tokens,
            one_paragraph=settings.one_paragraph,
        )

    def rows(self, subject: Subject, recipe: Recipe, stream: Stream = "train") -> list[Conversation]:
        """The recipe's conversations; of the held-out stream `recipe.evaluation.held_out_conversations`."""
        return self._timed_rows(subject, recipe, stream)[0]

    def _timed_rows(
        self, subject: Subject, recipe: Recipe, stream: Stream
    ) -> tuple[list[Conversation], float]:
        """Conversations, and the seconds it once took to write them."""
        settings = recipe.self_study
        study = SelfStudy(self.model, self.chunks(subject, recipe), settings, recipe.seed)

        def write(path: Path, first: int, count: int) -> None:
            write_conversations(path, study.synthesize(count, stream, first=first), self.model.identity)

        def rows_of(kind: str, begin: int, count: int, *parts: object) -> tuple[list[Conversation], float]:
            found: list[Conversation] = []
            seconds = 0.0
            for first in range(begin, begin + count, _SHARD):
                some = min(_SHARD, begin + count - first)
                path = self._named(f"rows-{kind}", [recipe.seed, stream, first - begin, some, *parts])
                line = f"{subject.name}: {stream} rows {first} to {first + some} of {begin + count}"
                seconds += _made(path, line, partial(write, path, first, some))
                found += read_conversations(path, self.model.identity)
            return found, seconds

        about = [subject.corpus.digest, settings.model_dump()]
        if stream != "train":
            return rows_of(subject.name, 0, recipe.evaluation.held_out_conversations, *about)
        # What has nothing to do with the corpus is written once for all of them.
        general = settings.model_dump(include=_OF_GENERAL_ANSWERS)
        about_it, seconds = rows_of(subject.name, 0, settings.about_corpus, *about)
        about_anything, more_seconds = rows_of(
            "general", settings.about_corpus, settings.general_answers, general
        )
        return [*about_it, *about_anything], seconds + more_seconds

    def initial(self, subject: Subject, recipe: Recipe) -> Cartridge:
        return self._timed_initial(subject, recipe)[0]

    def _timed_initial(self, subject: Subject, recipe: Recipe) -> tuple[Cartridge, float]:
        path = self._path(
            "initial", subject, recipe.initialization.model_dump(), recipe.self_study.model_dump(),
            recipe.cartridge_tokens, recipe.seed,
        )  # fmt: skip
        seconds = _made(
            path,
            f"{subject.name}: initial cartridge of {recipe.cartridge_tokens} tokens",
            lambda: write_cartridge(
                path, initialize(self.model, subject.text, subject.corpus.digest, recipe)
            ),
        )
        return read_cartridge(path, identity=self.model.identity), seconds

    def trained(self, subject: Subject, recipe: Recipe, distractors: Distractors = NO_DISTRACTORS) -> Trained:
        """A cartridge trained by `recipe`, as it would be published (in the model's stored dtype), and what that took."""
        company = [distractors.digest] if distractors.cartridges else []
        path = self._path("trained", subject, recipe.model_dump(exclude={"evaluation"}), company)
        cost = path.with_suffix(".json")
        if not cost.exists():
            rows, synthesis = (
                ([], 0.0)
                if recipe.training.objective is Objective.NEXT_TOKEN
                else self._timed_rows(subject, recipe, "train")
            )
            initial, initialization = self._timed_initial(subject, recipe)
            result = train(
                self.model,
                initial,
                rows,
                recipe,
                corpus_text=subject.text,
                distractors=distractors,
                checkpoint=path.with_suffix(".checkpoint"),
                on_progress=lambda progress: _say_step(subject, recipe, progress),
            )
            write_cartridge(path, result.cartridge)
            took = Cost(
                tokens=result.tokens,
                seconds=result.seconds,
                synthesis_seconds=synthesis,
                initialization_seconds=initialization,
            )
            cost.write_text(took.model_dump_json())
        cartridge = read_cartridge(path, identity=self.model.identity).cast(self.model.stored_dtype)
        return Trained(cartridge, Cost.model_validate_json(cost.read_text()))

    def cached(self, name: str, *parts: object) -> Path:
        """Where a benchmark keeps a result made from `parts`."""
        return self._named(name, [*parts])

    def _path(self, kind: str, subject: Subject, *parts: object) -> Path:
        return self._named(f"{kind}-{subject.name}", [subject.corpus.digest, *parts])

    def _named(self, name: str, parts: list[object]) -> Path:
        made_by = [self.model.identity.fingerprint, _makers_digest()]
        content = json.dumps([*made_by, *parts], sort_keys=True, default=str)
        # A dot in a file's name would be taken for where its suffix begins.
        return (
            self._directory / f"{name.replace('.', '-')}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
        )


@cache
def _makers_digest() -> str:
    modules = [importlib.import_module(f"cartridge_core.{name}") for name in _MAKERS]
    return hashlib.sha256("".join(map(inspect.getsource, modules)).encode()).hexdigest()


def _made(path: Path, line: str, make: Callable[[], object]) -> float:
    """Make what stands at `path`, saying `line`, unless it is there; the seconds that it took, then or now."""
    took = path.with_suffix(".seconds")
    if not took.exists():
        say(line)
        started = time.monotonic()
        make()
        took.write_text(f"{time.monotonic() - started:.3f}")
    return float(took.read_text())


def say(line: str) -> None:
    """Progress goes to stderr; stdout ends with the figures."""
    print(line, file=sys.stderr, flush=True)


def _say_step(subject: Subject, recipe: Recipe, progress: TrainingProgress) -> None:
    if progress.step % _STEPS_BETWEEN_LINES == 0 or progress.step == progress.steps:
        say(
            f"{subject.name}: p={recipe.cartridge_tokens} {recipe.training.objective} step {progress.step} of "
            f"{progress.steps}, loss {progress.loss:.3f}, {progress.eta_seconds / 60:.1f} min left"
        )
