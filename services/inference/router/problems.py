"""Which answer each error of the router becomes; those that it shares with the pods are theirs."""

from collections.abc import Mapping

from cartridge_web.handlers import ProblemOf
from cartridge_web.problems import Problem
from services.inference.problems import TRANSLATIONS as POD_TRANSLATIONS
from services.inference.problems import problem_of as pod_problem_of
from services.inference.router.errors import AnswerTimedOutError, PodBrokeOffError, PodsUnreachableError


def problem_of(error: Exception) -> Problem:
    """The problem that tells `error`."""
    match error:
        case PodsUnreachableError():
            headers = {"Retry-After": str(error.retry_after)}
            return Problem(503, error.code, "Pods unreachable", str(error), headers)
        case AnswerTimedOutError():
            return Problem(504, error.code, "No answer in time", str(error))
        case PodBrokeOffError():
            return Problem(502, error.code, "Answer broken off", str(error))
        case _:
            return pod_problem_of(error)


TRANSLATIONS: Mapping[type[Exception], ProblemOf] = {
    **POD_TRANSLATIONS,
    **dict.fromkeys((PodsUnreachableError, AnswerTimedOutError, PodBrokeOffError), problem_of),
}
