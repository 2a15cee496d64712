"""Two versions of a generated document: some of the first one's facts are others in the second."""

from dataclasses import dataclass

from benchmarks._quality_generated import GeneratedCorpus
from cartridge_core.recipe import EvaluationQuestion


@dataclass(frozen=True)
class Versions:
    """`new` asks what `old` asks, in the same order; `changed` are the numbers of questions whose answer is another."""

    old: GeneratedCorpus
    new: GeneratedCorpus
    changed: tuple[int, ...]

    def stale_questions(self) -> tuple[EvaluationQuestion, ...]:
        """What has changed, with the old answer as the only option beside the new one."""
        return tuple(
            self.new.questions[number].model_copy(
                update={"distractors": (self.old.questions[number].answer,)}
            )
            for number in self.changed
        )


def changed_version(old: GeneratedCorpus, share: float, facts_a_paragraph: int) -> Versions:
    """`old` with `share` of its facts changed, up to `facts_a_paragraph` of a paragraph's, evenly over the document.

    A changed fact takes another value of its kind, one of the question's options.
    """
    paragraphs = old.text.split("\n\n")
    questions = list(old.questions)
    each = len(questions) // len(paragraphs)
    wanted = max(1, round(share * len(questions)))
    touched = min(len(paragraphs), -(-wanted // min(facts_a_paragraph, each)))
    changed: list[int] = []
    for place in [index * len(paragraphs) // touched for index in range(touched)]:
        for number in range(place * each, (place + 1) * each):
            in_paragraph = sum(one // each == place for one in changed)
            if len(changed) == wanted or in_paragraph == facts_a_paragraph:
                break
            found = _other_answer(paragraphs[place], questions[number])
            if found is not None:
                paragraphs[place], questions[number] = found
                changed.append(number)
    return Versions(old, GeneratedCorpus("\n\n".join(paragraphs), tuple(questions)), tuple(changed))


def _other_answer(paragraph: str, question: EvaluationQuestion) -> tuple[str, EvaluationQuestion] | None:
    """Paragraph and question with another answer; None where the old one does not stand there exactly once."""
    value = _value_in(paragraph, question.answer)
    if value is None:
        return None
    for other in question.distractors:
        if _value_in(paragraph, other) is None and _value(other).lower() not in paragraph.lower():
            new = _value(other) if value[0].isupper() else _value(other)[0].lower() + _value(other)[1:]
            options = [question.answer if option == other else option for option in question.distractors]
            changed = question.model_copy(update={"answer": other, "distractors": tuple(options)})
            return paragraph.replace(value, new), changed
    return None


def _value_in(paragraph: str, answer: str) -> str | None:
    """How the value of an answer is written in the paragraph, if it stands there once."""
    value = _value(answer)
    for form in (value, value[0].lower() + value[1:]):
        if paragraph.count(form) == 1:
            return form
    return None


def _value(answer: str) -> str:
    return answer.removesuffix(".")
