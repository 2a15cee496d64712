"""Requests that have nothing to do with any corpus, so that a cartridge leaves the rest of the model as it was.

The model alone answers them; training then holds the model behind the cartridge to those answers. Short answers are
asked for as often as long ones: rows about a corpus teach brevity, and that must not become a habit.
"""

import random

_SUBJECTS = (
    "volcanoes", "the moon", "photosynthesis", "the French Revolution", "jazz", "chess", "whales", "the Great Wall of "
    "China", "vaccines", "democracy", "the Renaissance", "black holes", "bread", "coffee", "bicycles", "the Amazon "
    "river", "honeybees", "electric cars", "the alphabet", "Shakespeare", "Mozart", "Albert Einstein", "Marie Curie",
    "the Roman Empire", "the Olympic Games", "earthquakes", "rainbows", "glaciers", "penguins", "elephants", "oak "
    "trees", "tomatoes", "football", "swimming", "yoga", "sleep", "the human brain", "bones", "water", "oxygen", "iron",
    "diamonds", "plastic", "paper", "printing", "computers", "the internet", "programming", "algebra", "prime numbers",
    "triangles", "gravity", "light", "sound", "magnets", "batteries", "airplanes", "trains", "ships", "bridges",
    "castles", "pyramids", "museums", "poetry", "novels", "photography", "movies", "the violin", "painting", "cooking "
    "rice", "gardening", "cats", "dogs", "horses", "spiders", "sharks", "the desert", "the rainforest", "the North "
    "Pole", "India", "Brazil", "Canada", "Kenya", "Australia", "Germany", "money", "banks", "taxes", "law", "schools",
    "friendship", "happiness", "travel", "holidays", "weather", "the seasons", "clocks", "maps", "languages",
)  # fmt: skip
_FORMS = (
    "What is the most important thing to know about {subject}? One sentence.",
    "Answer in one or two words: what comes to mind first about {subject}?",
    "Name one thing that has to do with {subject}. Just the words.",
    "Explain {subject} to a child.",
    "Write two sentences about {subject}.",
    "Why do people care about {subject}?",
    "Give me a short list about {subject}.",
    "Who or what is known for {subject}? No sentence, just the words.",
    "Where can one learn more about {subject}?",
    "Is it true that {subject} matters? Say yes or no, and why.",
    "Write a question about {subject} and answer it.",
    "When did people first think about {subject}?",
)
_OTHERS = (
    "Hello! How are you?", "Who are you?", "What can you do for me?", "Thank you for your help.", "Tell me a joke.",
    "What is {a} plus {b}?", "What is {a} times {b}?", "Which is larger, {a} or {b}?", "Count from {a} to {b}.",
    "Write a polite email that moves a meeting to another day.", "Translate into French: Good morning, my friend.",
    "Write a Python function that adds two numbers.", "Give a synonym of 'quick'.", "Spell the word 'necessary'.",
    "Correct the grammar: He go to school yesterday.", "Write a haiku about the sea.",
)  # fmt: skip
_SHARE_OF_OTHERS = 0.15

# In other words and about other things than any that is trained on: what a cartridge does to the rest is measured here.
HELD_OUT_REQUESTS = (
    "How do lighthouses help sailors?", "What does a carpenter do all day?", "Describe the taste of lemons.",
    "How many legs does a beetle have?", "What is the capital of Japan?", "Give advice to somebody who learns to drive.",
    "Which ingredients go into an omelette?", "What makes thunder so loud?", "Summarize the story of Cinderella.",
    "How is glass made?", "Name the planets in order.", "What should I pack for a hike?",
    "Tell me something about kangaroos.", "What is the opposite of generous?", "How does a thermometer work?",
    "Finish the proverb: A bird in the hand ...",
)  # fmt: skip


def general_request(rng: random.Random) -> str:
    """One request of general knowledge, arithmetic, manners or craft."""
    if rng.random() < _SHARE_OF_OTHERS:
        smaller, larger = sorted(rng.sample(range(2, 50), 2))
        return rng.choice(_OTHERS).format(a=smaller, b=larger)
    return rng.choice(_FORMS).format(subject=rng.choice(_SUBJECTS))
