"""Real corpora: documents, one of them longer than the model's window, and a code base.

All of them are on any machine that runs this repository and free to redistribute: the demo's document comes along
under its own licence; the language reference and the modules are part of every CPython (PSF licence), and what the
benchmark reads is the running interpreter's own copy.
"""

import ast
import inspect
import random
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pydoc_data.topics import topics
from types import ModuleType

from pydantic import TypeAdapter

from cartridge_core.recipe import EvaluationQuestion

_DEMO = Path(__file__).parents[1] / "services/cli/demo/documents"
_TOPICS = ("class", "customization", "execmodel", "function", "import", "try", "with")
_MODULES = ("bisect", "fnmatch", "textwrap")
_OPTIONS = 4


def debian_history() -> tuple[str, tuple[EvaluationQuestion, ...]]:
    """The demo's document and its questions."""
    questions = (_DEMO / "debian-history.questions.json").read_bytes()
    text = (_DEMO / "debian-history.txt").read_text(encoding="utf-8")
    return text, tuple(TypeAdapter(list[EvaluationQuestion]).validate_json(questions))


def language_reference() -> str:
    """Chapters of Python's language reference: prose longer than the small model's window."""
    return "\n\n".join(topics[name].strip() for name in _TOPICS if name in topics)


def code_base(seed: int) -> tuple[str, tuple[EvaluationQuestion, ...]]:
    """A few modules of the standard library, with questions that their syntax trees answer."""
    modules = [import_module(name) for name in _MODULES]
    text = "\n\n".join(f"# {module.__name__}.py\n\n{inspect.getsource(module)}" for module in modules)
    return text, tuple(_signature_questions(modules, random.Random(f"{seed}/code")))


def _signature_questions(modules: Sequence[ModuleType], rng: random.Random) -> list[EvaluationQuestion]:
    """Which function has which parameter, and which default it has; distractors come from the other functions."""
    parameters: list[tuple[str, str]] = []
    defaults: list[tuple[str, str, str]] = []
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            name = f"{module.__name__}.{node.name}"
            plain = [argument.arg for argument in node.args.args if argument.arg != "self"]
            parameters += [(name, argument) for argument in plain[:1]]
            valued = zip(plain[-len(node.args.defaults) :], node.args.defaults, strict=False)
            defaults += [(name, argument, ast.unparse(value)) for argument, value in valued]
    questions = [
        _question(
            f"What is the name of the first parameter of {name}?", argument, [p for _, p in parameters], rng
        )
        for name, argument in parameters
    ]
    questions += [
        _question(f"Which default value has {argument} in {name}?", value, [d for *_, d in defaults], rng)
        for name, argument, value in defaults
    ]
    rng.shuffle(questions)
    return questions


def _question(text: str, answer: str, all_answers: Sequence[str], rng: random.Random) -> EvaluationQuestion:
    others = sorted(set(all_answers) - {answer})
    return EvaluationQuestion(
        question=f"{text} Reply with the answer only.",
        answer=answer,
        distractors=tuple(rng.sample(others, min(_OPTIONS - 1, len(others)))),
    )
