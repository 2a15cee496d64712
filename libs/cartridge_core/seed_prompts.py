"""The seed prompts of self-study: what the first agent is told, by kind.

The five kinds are the paper's (arXiv 2506.06266, section 4.1); wording and openings are ours. An opening is the
beginning of the message that the agent then completes: small models ask when their sentence has to be a question.
"""

import random
from dataclasses import dataclass

from cartridge_core.recipe import SeedPromptKind


@dataclass(frozen=True)
class SeedPrompt:
    """One instruction to the first agent, and how its message begins."""

    kind: SeedPromptKind
    instruction: str
    opening: str


_INSTRUCTIONS: dict[SeedPromptKind, tuple[str, ...]] = {
    SeedPromptKind.STRUCTURING: (
        "Write one request that asks to put some of the facts in the text into a list or a table. Name the part of "
        "the text it is about.",
        "Write one request for a structured overview of something specific in the text. Name what it is about.",
    ),
    SeedPromptKind.SUMMARIZATION: (
        "Write one request that asks for a summary of one part of the text. Say clearly which part.",
        "Write one request to summarize what the text says about one person, thing or event. Name it.",
    ),
    SeedPromptKind.QUESTION: (
        "Write one question that tests whether somebody knows the text. Ask for a name, a date, a number or another "
        "detail, and name what the question is about.",
        "Write one short question whose answer stands in the text. It must make sense to somebody who does not "
        "have the text at hand.",
    ),
    SeedPromptKind.USE_CASE: (
        "Write one question of somebody who needs something from the text for their work. Name what it is about.",
        "Think of a practical task that the text helps with, and write the question its user would ask.",
    ),
    SeedPromptKind.CREATIVE: (
        "Write one unusual question about the text that makes one think about how its facts belong together.",
        "Write one request for a short creative piece that has to use facts from the text. Name them.",
    ),
}

_OPENINGS: dict[SeedPromptKind, tuple[str, ...]] = {
    SeedPromptKind.STRUCTURING: ("List", "Make a list of", "Put in order"),
    SeedPromptKind.SUMMARIZATION: ("Summarize", "Give a short summary of", "In one sentence, what does the text say about"),
    SeedPromptKind.QUESTION: ("What", "Who", "When", "Which", "How many", "Where", "In which year", "What is the name of"),
    SeedPromptKind.USE_CASE: ("How can", "I need to know", "Tell me", "Explain"),
    SeedPromptKind.CREATIVE: ("Why", "What would", "Describe", "Compare"),
}  # fmt: skip


# Requests that fit any chunk, answered with it in view.
GENERIC_REQUESTS = (
    "Tell me about {subject}.",
    "Tell me everything you know about {subject}.",
    "Who or what is {subject}?",
    "Summarize what is known about {subject}.",
    "Give me the key facts about {subject}.",
    "List the most important details about {subject}.",
    "Describe {subject} in a few sentences.",
    "What should I know about {subject}?",
    "What numbers and dates belong to {subject}?",
    "Which names come up around {subject}?",
    "Write a short note about {subject}.",
    "Explain {subject} to somebody who has never heard of it.",
    "What is special about {subject}?",
    "Give three facts about {subject}.",
    "State one fact about {subject}.",
    "I need the details on {subject}.",
    "Remind me about {subject}.",
    "What happened with {subject}?",
    "What is the latest on {subject}?",
    "Answer briefly: what do you know of {subject}?",
)  # fmt: skip

_SPAN_INSTRUCTION = (
    'Write one question about the text whose answer is "{span}". Name what the question is about.'
)
_NUMBER_OPENINGS = ("How many", "When", "In which year", "What")
_SPAN_OPENINGS = ("What", "Who", "Which", "Where")


def draw_span_prompt(span: str, rng: random.Random) -> SeedPrompt:
    """A seed prompt that asks for a question with the answer `span`."""
    openings = _NUMBER_OPENINGS if span[0].isdigit() else _SPAN_OPENINGS
    return SeedPrompt(SeedPromptKind.QUESTION, _SPAN_INSTRUCTION.format(span=span), rng.choice(openings))


def draw_seed_prompt(kind: SeedPromptKind, rng: random.Random) -> SeedPrompt:
    """One seed prompt of `kind`."""
    return SeedPrompt(kind, rng.choice(_INSTRUCTIONS[kind]), rng.choice(_OPENINGS[kind]))
