"""Questions of general knowledge that no corpus here answers: what a cartridge does to everything else."""

import random

from cartridge_core.recipe import EvaluationQuestion

_ASKED = (
    ("What is the capital of France?", "Paris", "London", "Berlin", "Madrid"),
    ("What is the capital of Japan?", "Tokyo", "Beijing", "Seoul", "Bangkok"),
    ("Which planet is known as the Red Planet?", "Mars", "Venus", "Jupiter", "Mercury"),
    ("What is the largest ocean on Earth?", "The Pacific Ocean", "The Atlantic Ocean", "The Indian Ocean",
     "The Arctic Ocean"),
    ("How many days are there in a week?", "Seven", "Five", "Nine", "Twelve"),
    ("How many months are there in a year?", "Twelve", "Ten", "Seven", "Twenty"),
    ("What is the chemical symbol for gold?", "Au", "Ag", "Fe", "Pb"),
    ("Who wrote the play Hamlet?", "William Shakespeare", "Charles Dickens", "Jane Austen", "Mark Twain"),
    ("What color do you get when you mix blue and yellow?", "Green", "Purple", "Orange", "Brown"),
    ("Which animal is known as man's best friend?", "The dog", "The horse", "The cow", "The goat"),
    ("What gas do plants take in from the air?", "Carbon dioxide", "Helium", "Hydrogen", "Methane"),
    ("What is frozen water called?", "Ice", "Steam", "Sand", "Smoke"),
    ("Which organ pumps blood through the body?", "The heart", "The liver", "The lungs", "The stomach"),
    ("What is the largest planet of the solar system?", "Jupiter", "Mars", "Earth", "Venus"),
    ("Who painted the Mona Lisa?", "Leonardo da Vinci", "Vincent van Gogh", "Claude Monet", "Pablo Picasso"),
    ("On which continent is Egypt?", "Africa", "Europe", "South America", "Australia"),
    ("What language is mainly spoken in Brazil?", "Portuguese", "French", "German", "Italian"),
    ("What do bees make?", "Honey", "Milk", "Silk", "Wool"),
    ("What is the opposite of hot?", "Cold", "Tall", "Loud", "Heavy"),
    ("How many legs does a spider have?", "Eight", "Four", "Six", "Ten"),
    ("Which instrument has black and white keys?", "The piano", "The violin", "The trumpet", "The drum"),
    ("In which season does snow usually fall?", "Winter", "Summer", "Spring", "Autumn"),
    ("What is the tallest animal?", "The giraffe", "The elephant", "The lion", "The zebra"),
    ("Which metal is attracted by magnets?", "Iron", "Gold", "Copper", "Silver"),
    ("What is the currency of the United States?", "The dollar", "The euro", "The yen", "The pound"),
    ("Which sense belongs to the nose?", "Smell", "Hearing", "Sight", "Touch"),
    ("What do you call a baby cat?", "A kitten", "A puppy", "A calf", "A foal"),
    ("At which temperature in Celsius does water boil?", "100 degrees", "50 degrees", "20 degrees", "500 degrees"),
    ("Which country has the shape of a boot?", "Italy", "Spain", "Norway", "Greece"),
    ("What force pulls things to the ground?", "Gravity", "Friction", "Magnetism", "Electricity"),
)  # fmt: skip

# A form of question and what it is asked of; the options are other answers of the same form.
_OF_A_KIND: tuple[tuple[str, dict[str, str]], ...] = (
    ("What is the capital of {}?", {
        "Italy": "Rome", "Spain": "Madrid", "Germany": "Berlin", "Portugal": "Lisbon", "Austria": "Vienna",
        "Greece": "Athens", "Poland": "Warsaw", "Hungary": "Budapest", "Norway": "Oslo", "Sweden": "Stockholm",
        "Denmark": "Copenhagen", "Finland": "Helsinki", "Ireland": "Dublin", "Belgium": "Brussels",
        "Russia": "Moscow", "Turkey": "Ankara", "Egypt": "Cairo", "Kenya": "Nairobi", "Nigeria": "Abuja",
        "China": "Beijing", "India": "New Delhi", "Thailand": "Bangkok", "Vietnam": "Hanoi", "Indonesia": "Jakarta",
        "South Korea": "Seoul", "Iran": "Tehran", "Iraq": "Baghdad", "Cuba": "Havana", "Peru": "Lima",
        "Chile": "Santiago", "Argentina": "Buenos Aires", "Canada": "Ottawa", "Mexico": "Mexico City",
        "Australia": "Canberra", "the Netherlands": "Amsterdam", "Romania": "Bucharest", "Bulgaria": "Sofia",
        "Ukraine": "Kyiv", "Ecuador": "Quito", "Morocco": "Rabat",
    }),
    ("What is the chemical symbol for {}?", {
        "hydrogen": "H", "oxygen": "O", "carbon": "C", "nitrogen": "N", "helium": "He", "sodium": "Na",
        "iron": "Fe", "silver": "Ag", "copper": "Cu", "lead": "Pb", "zinc": "Zn", "calcium": "Ca",
        "potassium": "K", "chlorine": "Cl", "neon": "Ne", "silicon": "Si", "aluminum": "Al", "tin": "Sn",
        "mercury": "Hg", "sulfur": "S",
    }),
    ("What is the opposite of {}?", {
        "big": "Small", "up": "Down", "fast": "Slow", "early": "Late", "light": "Dark", "full": "Empty",
        "rich": "Poor", "strong": "Weak", "old": "Young", "happy": "Sad", "wet": "Dry", "open": "Closed",
        "hard": "Soft", "near": "Far", "left": "Right", "true": "False", "begin": "End", "win": "Lose",
        "day": "Night", "love": "Hate", "cheap": "Expensive", "thick": "Thin", "high": "Low", "buy": "Sell",
    }),
    ("What do you call a young {}?", {
        "dog": "A puppy", "cow": "A calf", "horse": "A foal", "sheep": "A lamb", "duck": "A duckling",
        "lion": "A cub", "pig": "A piglet", "frog": "A tadpole", "chicken": "A chick", "kangaroo": "A joey",
    }),
    ("Which language do most people in {} speak?", {
        "France": "French", "Japan": "Japanese", "Germany": "German", "Italy": "Italian", "China": "Chinese",
        "Russia": "Russian", "Mexico": "Spanish", "Portugal": "Portuguese", "Greece": "Greek", "Poland": "Polish",
        "Sweden": "Swedish", "Egypt": "Arabic", "the United States": "English", "Turkey": "Turkish",
    }),
    ("On which continent is {}?", {
        "Kenya": "Africa", "Norway": "Europe", "Japan": "Asia", "Peru": "South America", "Canada": "North America",
        "Nigeria": "Africa", "Poland": "Europe", "Vietnam": "Asia", "Chile": "South America", "Mexico": "North America",
    }),
    ("Who wrote {}?", {
        "Romeo and Juliet": "William Shakespeare", "Pride and Prejudice": "Jane Austen",
        "Oliver Twist": "Charles Dickens", "The Adventures of Tom Sawyer": "Mark Twain",
        "War and Peace": "Leo Tolstoy", "The Odyssey": "Homer", "Don Quixote": "Miguel de Cervantes",
        "The Hobbit": "J. R. R. Tolkien", "1984": "George Orwell", "Frankenstein": "Mary Shelley",
        "Moby-Dick": "Herman Melville", "The Divine Comedy": "Dante Alighieri",
    }),
    ("What is {}?", {
        "two plus three": "Five", "seven minus three": "Four", "three times three": "Nine", "ten minus four": "Six",
        "four plus four": "Eight", "five plus five": "Ten", "two times six": "Twelve", "nine minus six": "Three",
        "half of fourteen": "Seven", "ten times ten": "One hundred",
    }),
    ("Which sense or body part does one use to {}?", {
        "see": "The eyes", "hear": "The ears", "smell": "The nose", "chew": "The teeth", "walk": "The legs",
        "think": "The brain", "breathe": "The lungs", "write": "The hand", "taste": "The tongue", "digest": "The stomach",
    }),
    ("What color is {}?", {
        "grass": "Green", "the clear sky": "Blue", "snow": "White", "coal": "Black", "blood": "Red", "a lemon": "Yellow",
        "chocolate": "Brown", "a carrot": "Orange", "an eggplant": "Purple", "ash": "Gray",
    }),
    ("What does a {} do for a living?", {
        "baker": "Bakes bread", "farmer": "Grows crops", "teacher": "Teaches students", "pilot": "Flies airplanes",
        "tailor": "Makes clothes", "fisherman": "Catches fish", "barber": "Cuts hair", "surgeon": "Operates on patients",
        "plumber": "Repairs pipes", "author": "Writes books",
    }),
)  # fmt: skip


def _of_a_kind(form: str, answers: dict[str, str]) -> list[EvaluationQuestion]:
    """One question for each entry, with three other answers of the kind, the same at every run."""
    return [
        EvaluationQuestion(
            question=form.format(about),
            answer=answer,
            distractors=tuple(
                random.Random(f"{form}/{about}").sample(sorted(set(answers.values()) - {answer}), 3)
            ),
        )
        for about, answer in answers.items()
    ]


QUESTIONS = tuple(
    EvaluationQuestion(question=question, answer=answer, distractors=tuple(others))
    for question, answer, *others in _ASKED
) + tuple(question for form, answers in _OF_A_KIND for question in _of_a_kind(form, answers))
