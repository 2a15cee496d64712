"""Prompts that no corpus of the benchmarks is about: requests of many kinds and lengths, and near misses.

`OTHER_PROMPTS` and the near misses were in view when the bounds of `cartridge_core.relevance` were set. `FRESH_PROMPTS` were
written afterwards and not looked at: they are what those bounds are tried on.
"""

import random
from collections.abc import Sequence

from benchmarks._quality_generated import question_forms

_SHORT = (
    "Write a haiku about autumn leaves.",
    "Translate 'good morning, how did you sleep?' into Spanish.",
    "Give me three ideas for a birthday present for my father.",
    "How do I remove a red wine stain from a white shirt?",
    "Explain recursion to a ten-year-old.",
    "What should I cook with rice, eggs and spinach?",
    "Write a Python function that reverses a linked list.",
    "Why does my laptop get hot when I play games?",
    "Tell me a joke about programmers.",
    "How many hours of sleep does an adult need?",
    "Draft a polite e-mail that declines a meeting.",
    "What is the difference between a virus and a bacterium?",
    "Who are you, and who made you?",
    "Summarize the plot of Cinderella in two sentences.",
    "How do I center a div with CSS?",
    "What are the rules of offside in soccer?",
    "Recommend a book for a long flight.",
    "What does the word 'ephemeral' mean?",
    "Compute 17 times 23 and show the steps.",
    "How can I learn to play the guitar by myself?",
    "Is it safe to eat yogurt after its date?",
    "What happened in the year 1969?",
    "Write a limerick about a cat who hates Mondays.",
    "How do vaccines work?",
    "What is the fastest way to learn vocabulary?",
    "List five exercises for a sore back.",
    "Convert 72 degrees Fahrenheit to Celsius.",
    "Why is the sky dark at night?",
    "What does HTTP status 404 mean?",
    "Give me a slogan for a bakery.",
    "How do I politely ask my neighbor to turn the music down?",
    "What is compound interest?",
    "Which fruits grow in winter?",
    "Explain the difference between TCP and UDP.",
    "How should I train for my first marathon?",
    "What can I do about mosquitoes in the garden?",
    "Hello! How are you today?",
    "Thanks, that helped a lot.",
    "Can you say that again in simpler words?",
    "What would you advise me?",
    "Name a famous painting and its painter.",
    "Where can I see penguins in the wild?",
    "What is a good name for a rabbit?",
    "How do I write a for loop in Rust?",
    "What is the plural of 'octopus'?",
    "Does coffee keep children from growing?",
    "Who won the first World Cup in soccer?",
    "How deep is the Mariana Trench?",
    "Find the mistake: 'He don't like apples.'",
    "What is photosynthesis good for?",
    # Of the corpora's own trades, about nobody and nothing in them.
    "What are the usual symptoms of pneumonia?",
    "How is appendicitis treated?",
    "Which blood types can give blood to everyone?",
    "What does a nurse do on a night shift?",
    "How large is a safe dose of ibuprofen?",
    "What is the difference between a brig and a schooner?",
    "How do ships stay afloat?",
    "Which is the largest container port of Europe?",
    "What does a harbor pilot do?",
    "Why are ships launched with champagne?",
)

_LONG = (
    "I have been working at a small design studio for four years and I like my colleagues, but the pay has not changed since "
    "I came, and last week a friend offered me a place at a much larger firm. It would mean moving to another city, leaving "
    "my parents, and starting as a beginner again. My partner says that she would come along. What questions should I ask "
    "myself before I decide, and how would you weigh them against each other?",
    "Please correct the following text: 'Yesterday me and my brother goes to the market for buying some vegetables, but there "
    "was to much people and the prices was high like never before. We has found only two tomatoes and one onions, and than "
    "we go home in the rain without umbrella.' Explain each correction in a few words.",
    "Here is a function in Python: def mean(values): total = 0; for v in values: total += v; return total / len(values). "
    "Somebody calls it with an empty list and it fails with ZeroDivisionError. Others call it with a generator, which has no "
    "length. Rewrite it so that both work, say what it should return for no values at all, and add a docstring and two tests.",
    "Write a short story about an old lighthouse keeper who finds a message in a bottle. The message is written in a language "
    "that he does not know, and the only person in the village who could read it has not spoken to him for thirty years. Let "
    "the story end with the two of them at the same table, and keep it under four hundred words.",
    "Our team of seven people meets every morning for half an hour, and everybody complains about it. Two of us work from "
    "another time zone and join late in their evening. Suggest a different way of keeping each other informed, with a clear "
    "schedule, what is written down and where, and what is still worth talking about face to face.",
    "I am planning a trip of ten days with two children of six and nine years. We would like to see mountains and a lake, travel by "
    "train, and spend no more than two thousand dollars in all. The younger one gets sick in buses. Make a plan day by day, "
    "with one thing to do each morning and each afternoon, and say which parts should be booked in advance.",
    "Compare three ways of heating a house that was built in the nineteen-sixties: a gas boiler, a heat pump and district heating. "
    "The walls have little insulation, the windows were replaced ten years ago, and the roof is suitable for solar panels. "
    "Consider what each costs to install and to run, and what the owner should do first.",
    "In this exercise a train leaves a station at nine o'clock and drives at eighty kilometers an hour. A second train leaves "
    "the same station half an hour later and drives after it at one hundred and ten kilometers an hour. After how many minutes, "
    "and how far from the station, does the second train reach the first one? Show all steps of the calculation.",
    "Turn these notes into the minutes of a meeting: budget for next year not yet agreed, finance wants ten percent less; new "
    "website comes in spring, texts are missing from two departments; the summer party will be outside this time, somebody has "
    "to look for a place; next meeting in three weeks, same room. Use full sentences and a friendly tone.",
    "Explain how a bill becomes a law, in simple words for a class of fourteen-year-olds. Begin with who may propose a bill, "
    "go on with what happens in the committees, then how the two chambers vote, and end with the signature. Give an example "
    "that they know from their daily lives, and three questions with which the teacher can check whether they understood it.",
)

FRESH_PROMPTS: tuple[str, ...] = (
    "How do I sharpen a kitchen knife?",
    "Write a thank-you note to my grandmother for the scarf she knitted.",
    "What is the square root of 144?",
    "Explain what a mortgage is.",
    "Which side of the road do people drive on in Australia?",
    "Give me a workout plan for beginners.",
    "What is the moral of the story of the tortoise and the hare?",
    "How can I stop procrastinating?",
    "Write a SQL query that finds duplicate rows in a table.",
    "What is the difference between weather and climate?",
    "Suggest a title for an essay about loneliness in large cities.",
    "How many players are on a volleyball team?",
    "What should I wear to a job interview at a bank?",
    "Describe the taste of a mango to someone who has never had one.",
    "Why do cats purr?",
    "Rewrite this sentence in the passive voice: The committee rejected the proposal.",
    "What is inflation, and who suffers from it most?",
    "Name three inventions of the nineteenth century.",
    "How do I change a flat tire on a bicycle?",
    "What is the best time of the year to plant tulips?",
    "Sort these numbers from small to large: 42, 7, 19, 3, 88.",
    "Can dogs eat grapes?",
    "How does a microwave oven heat food?",
    "Write a tweet that announces the opening of a bookshop.",
    "What are the three states of matter?",
    "How do I say no without feeling guilty?",
    "Which is heavier, a kilogram of feathers or a kilogram of steel?",
    "What does a notary do?",
    "Explain the offside trap to my grandfather.",
    "How long does it take to boil an egg?",
    "What is a good substitute for butter in cakes?",
    "Write the first sentence of a detective novel.",
    "How do I reset my password when I no longer have the phone?",
    "What are the symptoms of a cold, and when should I see a doctor?",
    "Which vaccinations does a traveler to Kenya need?",
    "How are the ranks on a merchant ship called?",
    "What is the tide, and why does it come twice a day?",
    "Is a sailor allowed to refuse an order?",
    "Good evening. I have a question about taxes.",
    "Never mind, forget what I said.",
    "My neighbor's tree has grown over the fence, and its leaves fall into our pond all through October. We have talked about it "
    "twice, and both times he promised to cut it and did not. I do not want to go to court over a tree, but I am also tired of "
    "cleaning the pond. What can I do that keeps the peace and still solves the matter before next autumn?",
    "Here is the beginning of my cover letter: 'I am writing to apply for the position of junior accountant that you advertised "
    "last week. I have always been good with numbers and I am very hard working.' It sounds dull to me. Make it livelier, keep it "
    "honest, and do not use the words passionate or dynamic. Two versions would be best, one short and one longer.",
    "A farmer has chickens and rabbits. Together they have thirty-five heads and ninety-four feet. How many chickens and how many "
    "rabbits are there? Solve it once by trying, once with an equation, and explain to a child why both ways have to agree.",
    "Please plan a dinner for six people, two of whom eat no meat and one of whom cannot have gluten. I have an oven, two "
    "pans and about three hours. The dishes should fit together, most of the work should be done before the guests arrive, and "
    "the dessert should be something that can stand in the fridge overnight. Add a list of what to buy.",
    "Our daughter is eleven and wants a telephone of her own because everybody in her class has one. We are worried about what she "
    "would see and about how much time it would take, but we do not want her to be left out either. List the arguments of both "
    "sides fairly, and propose three rules with which such a telephone could work.",
    "Explain to me step by step how a computer starts: what happens between the moment in which I press the button and the moment "
    "in which I can log in. I know what a processor and a hard disk are, but I have never heard of firmware. Use a comparison "
    "from daily life for each of the steps.",
)

# In the forms of the generated corpora's questions, of whom and what none of them knows.
_STRANGERS = {
    "patients": ("Johanna Fisk", "Pavel Drummond", "Aisha Colvin", "Greta Monk", "Silvio Tran", "Edna Whitlock"),
    "ships": ("Golden Thistle", "Swift Augusta", "Marble Whale", "Sister Dorothea", "Western Comet", "Blue Almanac"),
}  # fmt: skip

OTHER_PROMPTS: tuple[str, ...] = _SHORT + _LONG

# They name nothing: what they are about was said before.
FOLLOW_UPS = (
    "And what else do you know about that?",
    "Are you sure?",
    "Can you tell me more?",
    "Why?",
    "Please answer in one sentence.",
)


def near_misses(corpus: str, seed: int, count: int) -> Sequence[str]:
    """Questions in the forms of a generated corpus's own, about names that it does not have; none for other corpora."""
    if corpus not in _STRANGERS:
        return ()
    asked = [form.format(name=name) for name in _STRANGERS[corpus] for form in question_forms(corpus)]
    return random.Random(f"{seed}/{corpus}").sample(asked, min(count, len(asked)))
