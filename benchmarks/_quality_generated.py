"""Two generated corpora with exact facts, and a chat log: what was never on the web, so the model cannot know it.

Questions use other words than the corpus and forms that no training row has; their distractors are values that the
same kind of fact takes elsewhere in the same corpus, so that form alone tells nothing.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cartridge_core.recipe import EvaluationQuestion

ENTITIES = 22
_OPTIONS = 4
MANNER = "Reply with the answer only."


@dataclass(frozen=True)
class _Kind:
    """A kind of fact: how the corpus states it, how a question asks for it, and the values it takes."""

    statement: str
    question: str
    values: tuple[str, ...]


def _cities() -> tuple[str, ...]:
    return (
        "Tallinn", "Porto", "Graz", "Bergen", "Utrecht", "Verona", "Gdansk", "Leeds", "Malmo", "Ghent",
        "Basel", "Split", "Turku", "Nantes", "Bilbao", "Plovdiv", "Cork", "Riga", "Lyon", "Brno", "Pisa", "Kassel",
    )  # fmt: skip


_FIRST = (
    "Mara", "Odo", "Selma", "Tibor", "Iris", "Caspar", "Nadia", "Bruno", "Freya", "Hugo", "Leonie",
    "Matteo", "Petra", "Rufus", "Sonja", "Ulrich", "Vera", "Wendel", "Yara", "Zeno", "Anouk", "Emil",
)  # fmt: skip
_LAST = (
    "Quill", "Varga", "Hollis", "Brandt", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Sato", "Ferrara", "Dunne",
    "Novak", "Petrov", "Castell", "Ibarra", "Jansen", "Kovacs", "Marlowe", "Nyberg", "Osei", "Prewitt", "Rossi",
)  # fmt: skip
_SHIPS = (
    "Amber Gull", "Black Heron", "Cold Harbor", "Dawn Treader II", "Elder Tide", "Fair Isle", "Grey Petrel",
    "High Lantern", "Iron Finch", "Juno Bay", "Kestrel Point", "Long Meadow", "Morning Sable", "North Clover",
    "Old Compass", "Pale Osprey", "Quiet Anna", "Red Juniper", "Silver Wick", "Tall Margaret", "Umber Coast",
    "Violet Sound",
)  # fmt: skip

_PATIENT_KINDS = (
    _Kind("{name} was admitted on {value}", "On which date did {name} come to the hospital?",
          tuple(f"{day} {month}" for month in ("March", "May", "July", "October") for day in (3, 8, 12, 17, 21, 26))),
    _Kind("with {value}", "What illness brought {name} to the hospital?",
          ("pneumonia", "migraine", "appendicitis", "bronchitis", "gastritis", "sciatica", "tonsillitis", "anemia",
           "shingles", "pleurisy", "gout", "dermatitis")),
    _Kind("{name} is allergic to {value}", "What must {name} never be given?",
          ("penicillin", "latex", "aspirin", "iodine", "peanuts", "codeine", "shellfish", "ibuprofen", "eggs", "soy",
           "morphine", "sulfa drugs")),
    _Kind("works as a {value}", "How does {name} earn a living?",
          ("cellist", "welder", "beekeeper", "notary", "baker", "surveyor", "plumber", "translator", "dentist",
           "carpenter", "pilot", "librarian", "florist", "tailor")),
    _Kind("The doctor in charge is Dr. {value}", "Which physician looks after {name}?",
          ("Abel", "Brook", "Crane", "Dorn", "Eames", "Falk", "Grieg", "Haas", "Iqbal", "Joss", "Kemp", "Lowe")),
    _Kind("the bed is number {value}", "In which bed does {name} lie?",
          tuple(str(number) for number in range(101, 164, 4))),
    _Kind("Each day {name} takes {value} of the medicine", "How large is the daily dose for {name}?",
          tuple(f"{amount} mg" for amount in (15, 20, 35, 40, 55, 60, 75, 80, 95, 110, 125, 140))),
    _Kind("{name} was born in {value}", "What is the birthplace of {name}?", _cities()),
    _Kind("has blood type {value}", "To which blood group does {name} belong?",
          ("A positive", "A negative", "B positive", "B negative", "AB positive", "AB negative", "O positive",
           "O negative")),
    _Kind("is visited by a {value}", "Which relative comes to see {name}?",
          ("sister", "nephew", "grandson", "cousin", "daughter", "brother", "niece", "son", "uncle", "aunt",
           "granddaughter", "stepfather")),
)  # fmt: skip
_PATIENT_FORM = "{0} {1}. {2} and {3}. {4}, and {5}. {6}. {7}, {8} and {9}."

_SHIP_KINDS = (
    _Kind("The {name} was launched in {value}", "What year did the {name} first touch water?",
          tuple(str(year) for year in range(1953, 2013, 5))),
    _Kind("at the yard of {value}", "Where was the {name} built?", _cities()),
    _Kind("The {name} carries {value}", "What goods does the {name} transport?",
          ("timber", "salt", "coffee", "copper", "wool", "grain", "cement", "olives", "paper", "sugar", "bricks",
           "wine", "coal", "tiles")),
    _Kind("under Captain {value}", "Who commands the {name}?", _LAST),
    _Kind("The crew counts {value} people", "How many sailors serve on the {name}?",
          tuple(str(number) for number in range(9, 70, 5))),
    _Kind("the hull is painted {value}", "Of which color is the body of the {name}?",
          ("crimson", "turquoise", "ochre", "ivory", "navy blue", "olive", "maroon", "lilac", "orange", "charcoal",
           "beige", "teal")),
    _Kind("The {name} lies at pier {value}", "Where in the harbor is the {name} moored?",
          tuple(f"{letter}{number}" for letter in "ABCD" for number in (2, 5, 7, 9))),
    _Kind("and sails every {value}", "On which weekday does the {name} depart?",
          ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")),
    _Kind("The mascot aboard is a {value}", "Which animal lives on the {name}?",
          ("parrot", "terrier", "tortoise", "goat", "ferret", "raven", "spaniel", "rabbit", "monkey", "hedgehog",
           "goose", "cat")),
    _Kind("the owner is the firm {value}", "To which company does the {name} belong?",
          ("Halvorsen", "Pinto", "Okoro", "Lund", "Marchetti", "Duval", "Brandl", "Costa", "Yilmaz", "Novotny",
           "Reiter", "Salonen")),
)  # fmt: skip
_SHIP_FORM = "{0} {1}. {2} {3}. {4}, and {5}. {6} {7}. {8}, and {9}."


@dataclass(frozen=True)
class GeneratedCorpus:
    """A corpus's text and the questions that its facts answer."""

    text: str
    questions: tuple[EvaluationQuestion, ...]

    @property
    def paragraphs(self) -> dict[str, str]:
        """The paragraph that answers each question; questions stand in the order of the paragraphs."""
        texts = self.text.split("\n\n")
        each = len(self.questions) // len(texts)
        return {question.question: texts[number // each] for number, question in enumerate(self.questions)}


def patients(seed: int, entities: int = ENTITIES) -> GeneratedCorpus:
    """Ward records: ten facts about each patient."""
    rng = random.Random(f"{seed}/patients")
    names = [
        f"{first} {last}" for first, last in zip(_shuffled(_FIRST, rng), _shuffled(_LAST, rng), strict=True)
    ]
    return _generate(names[:entities], _PATIENT_KINDS, _PATIENT_FORM, rng)


def ships(seed: int, entities: int = ENTITIES) -> GeneratedCorpus:
    """A harbor's register: ten facts about each ship."""
    rng = random.Random(f"{seed}/ships")
    return _generate(_shuffled(_SHIPS, rng)[:entities], _SHIP_KINDS, _SHIP_FORM, rng)


def chat_log(seed: int, days: int = ENTITIES) -> GeneratedCorpus:
    """A team's chat: each day somebody settles one errand, with place, time, amount, and who does it."""
    rng = random.Random(f"{seed}/chat")
    things = _shuffled(
        ("projector", "canoe", "ladder", "oven", "tent", "piano", "printer", "bicycle", "generator", "loudspeaker",
         "camera", "trailer", "kiln", "telescope", "sewing machine", "drill", "greenhouse", "drum kit", "fridge",
         "aquarium", "bookcase", "sofa", "lawnmower", "typewriter"), rng,
    )  # fmt: skip
    kinds = (
        _Kind("{value}", "Who takes care of the {name}?", _FIRST),
        _Kind("{value}", "At what time is the {name} to be picked up?",
              tuple(f"{hour}:{minute}" for hour in range(8, 19) for minute in ("15", "30", "45"))),
        _Kind("{value}", "In which town does the {name} have to be fetched?", _cities()),
        _Kind("{value}", "How many euros does the {name} cost?", tuple(str(n) for n in range(35, 420, 23))),
    )  # fmt: skip
    paragraphs, questions = [], []
    for number, thing in enumerate(things[:days], start=1):
        who, time, town, price = (rng.choice(kind.values) for kind in kinds)
        asker = rng.choice([name for name in _FIRST if name != who])
        paragraphs.append(
            f"[day {number}] {asker}: Any news on the {thing}? "
            f"[day {number}] {who}: I am getting the {thing}, it waits in {town} at {time}. "
            f"[day {number}] {asker}: And the price of the {thing}? "
            f"[day {number}] {who}: The {thing} is {price} euros, all included."
        )
        questions += [
            _question(kind, thing, value, rng)
            for kind, value in zip(kinds, (who, time, town, price), strict=True)
        ]
    return GeneratedCorpus("\n\n".join(paragraphs), tuple(questions))


GENERATED: dict[str, Callable[[int, int], GeneratedCorpus]] = {
    "patients": patients,
    "ships": ships,
    "chat": chat_log,
}


def question_forms(corpus: str) -> list[str]:
    """How questions about records of `patients` or `ships` are put, with `{name}` where the name stands."""
    kinds = {"patients": _PATIENT_KINDS, "ships": _SHIP_KINDS}[corpus]
    return [f"{kind.question} {MANNER}" for kind in kinds]


def _generate(names: Sequence[str], kinds: Sequence[_Kind], form: str, rng: random.Random) -> GeneratedCorpus:
    paragraphs, questions = [], []
    for name in names:
        values = [rng.choice(kind.values) for kind in kinds]
        facts = [
            kind.statement.format(name=name, value=value) for kind, value in zip(kinds, values, strict=True)
        ]
        paragraphs.append(form.format(*facts))
        questions += [_question(kind, name, value, rng) for kind, value in zip(kinds, values, strict=True)]
    return GeneratedCorpus("\n\n".join(paragraphs), tuple(questions))


def _question(kind: _Kind, name: str, value: str, rng: random.Random) -> EvaluationQuestion:
    others = [other for other in kind.values if other != value]
    return EvaluationQuestion(
        question=f"{kind.question.format(name=name)} {MANNER}",
        answer=_reply(value),
        distractors=tuple(map(_reply, rng.sample(others, _OPTIONS - 1))),
    )


def _reply(value: str) -> str:
    """A value as a chat model would reply with it."""
    return f"{value[0].upper()}{value[1:]}."


def _shuffled(values: Sequence[str], rng: random.Random) -> list[str]:
    order = list(values)
    rng.shuffle(order)
    return order
