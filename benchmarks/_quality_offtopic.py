"""Questions of general knowledge that no corpus here answers: what a cartridge does to everything else."""

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

QUESTIONS = tuple(
    EvaluationQuestion(question=question, answer=answer, distractors=tuple(others))
    for question, answer, *others in _ASKED
)
