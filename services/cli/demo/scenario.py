"""What the demo shows: a document, the questions it is measured by, the questions it is asked, and a recipe."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCUMENTS = Path(__file__).parent / "documents"
_DOCUMENT = DOCUMENTS / "debian-history.txt"
_QUESTIONS = DOCUMENTS / "debian-history.questions.json"

_ASKED = (
    "Who founded the Debian Project, and when?",
    "After which toy was Debian 1.2 named?",
    "Who led Debian after Ian Murdock?",
)
_ASKED_OF_ANY_TEXT = (
    "What is the text about?",
    "What is the most important fact in the text?",
    "Which names does the text mention?",
)
# Small enough for minutes on two cores, and the cartridge still one twentieth of a text of 5,000 tokens.
_CARTRIDGE_TOKENS = 256
_KV_RATIO = 20
_CHARACTERS_PER_TOKEN = 4
_SEED = 0


@dataclass(frozen=True)
class Scenario:
    document: Path
    text: str
    questions: tuple[dict[str, Any], ...]  # held-out, with options, as the recipe takes them
    asked: tuple[str, ...]

    @property
    def recipe(self) -> dict[str, Any]:
        """What differs from the default recipe: sizes that fit a few minutes of two cores."""
        return {
            "cartridge_tokens": self._cartridge_tokens(),
            "seed": _SEED,
            "initialization": {"reference_rows": 96},
            "self_study": {
                # Recitations weigh most. With more of them a run as short as this ends below its start in wording.
                "conversations": 256,
                "generic_answers": 32,
                "recitations": 64,
                "general_answers": 32,
                "question_max_tokens": 40,
                "answer_max_tokens": 48,
                "shard_conversations": 256,
            },
            "training": {"steps": 200, "warmup_steps": 10},
            "evaluation": {"held_out_conversations": 32, "questions": list(self.questions)},
        }

    def _cartridge_tokens(self) -> int:
        fitting = len(self.text) // _CHARACTERS_PER_TOKEN // _KV_RATIO
        return max(16, min(_CARTRIDGE_TOKENS, fitting))


def default_scenario() -> Scenario:
    """The document that comes along: a part of "A Brief History of Debian"."""
    questions = json.loads(_QUESTIONS.read_text(encoding="utf-8"))
    return Scenario(_DOCUMENT, _DOCUMENT.read_text(encoding="utf-8"), tuple(questions), _ASKED)


def scenario_of(document: Path) -> Scenario:
    """Any other text. Raises OSError and UnicodeDecodeError."""
    return Scenario(document, document.read_text(encoding="utf-8"), (), _ASKED_OF_ANY_TEXT)
