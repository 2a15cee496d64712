"""What scores come to: figures with intervals, the table, the headline."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks._quality_figure import Point
from benchmarks._quality_generated import GENERATED
from benchmarks._quality_statistics import gap_share, interval, mean_of
from benchmarks._quality_study import Cost

_RATIO_TOLERANCE = 0.1
_POSITIONS = 5


@dataclass(frozen=True)
class Scored:
    """One system on one corpus and seed."""

    kv_bytes: int
    questions: list[tuple[float, float, float]]  # option probability, right, log-probability a token
    # Tokens, surprise, divergence from the teacher (both in nats), and where in the corpus it is about, 0 to 1.
    conversations: list[tuple[float, float, float, float]]
    free_form: list[bool]
    cost: Cost | None


def summarize(by_seed: Sequence[dict[str, Scored]], seed: int) -> dict[str, dict[str, Any]]:
    """Figures with intervals for every system, over all seeds of one corpus."""
    figures = {}
    for name in by_seed[0]:
        runs = [scores[name] for scores in by_seed]
        figure: dict[str, Any] = {
            "kv_bytes": runs[0].kv_bytes,
            "kv_ratio": by_seed[0]["icl"].kv_bytes / runs[0].kv_bytes if runs[0].kv_bytes else None,
        }
        if runs[0].questions:
            figure |= _question_figures(name, by_seed, seed)
        if all(run.conversations for run in runs):
            figure |= _conversation_figures(name, by_seed, seed)
        if runs[0].free_form:
            figure["free_form"] = sum(sum(r.free_form) for r in runs) / sum(len(r.free_form) for r in runs)
        costs = [r.cost for r in runs if r.cost is not None]
        if costs:
            figure["training_tokens"] = sum(cost.tokens for cost in costs) / len(costs)
            for kind, seconds in (
                ("training", [cost.seconds for cost in costs]),
                ("synthesis", [cost.synthesis_seconds for cost in costs]),
                ("initialization", [cost.initialization_seconds for cost in costs]),
            ):
                figure[f"{kind}_seconds"] = sum(seconds) / len(costs)
        figures[name] = figure
    return figures


def _question_figures(name: str, by_seed: Sequence[dict[str, Scored]], seed: int) -> dict[str, Any]:
    def beside(place: int) -> list[list[tuple[float, ...]]]:
        return [
            [
                (ours[place], none[place], icl[place])
                for ours, none, icl in zip(
                    scores[name].questions, scores["none"].questions, scores["icl"].questions, strict=True
                )
            ]
            for scores in by_seed
        ]

    return {
        "option_probability": interval(beside(0), mean_of(0), seed).as_figure(),
        "option_accuracy": interval(beside(1), mean_of(0), seed).as_figure(),
        "answer_logprob": interval(beside(2), mean_of(0), seed).as_figure(),
        "gap_closed_options": interval(beside(0), gap_share, seed).as_figure(),
    }


def options_by_position(runs: Sequence[Scored]) -> list[float]:
    """Mean option probability of each fifth of the questions, which stand in the order of what they ask about."""
    questions = len(runs[0].questions)
    places: list[list[float]] = [[] for _ in range(min(_POSITIONS, questions))]
    for scored in runs:
        for number, (probability, *_) in enumerate(scored.questions):
            places[number * len(places) // questions].append(probability)
    return [sum(place) / len(place) for place in places]


def log_perplexity_by_position(runs: Sequence[Scored]) -> list[float | None]:
    """Nats a token of the held-out conversations about each fifth of the corpus; None where there are none."""
    tokens, nats = [0.0] * _POSITIONS, [0.0] * _POSITIONS
    for scored in runs:
        for count, surprise, _, place in scored.conversations:
            fifth = min(int(place * _POSITIONS), _POSITIONS - 1)
            tokens[fifth] += count
            nats[fifth] += surprise
    return [some / count if count else None for some, count in zip(nats, tokens, strict=True)]


def _conversation_figures(name: str, by_seed: Sequence[dict[str, Scored]], seed: int) -> dict[str, Any]:
    runs: list[list[tuple[float, ...]]] = [
        [
            (-ours[1], -none[1], -icl[1], ours[2], ours[0])
            for ours, none, icl in zip(
                scores[name].conversations, scores["none"].conversations, scores["icl"].conversations,
                strict=True,
            )
        ]
        for scores in by_seed
    ]  # fmt: skip

    def per_token(place: int) -> Callable[[list[tuple[float, ...]]], float]:
        return lambda items: sum(item[place] for item in items) / sum(item[4] for item in items)

    return {
        "log_perplexity": interval(runs, lambda items: -per_token(0)(items), seed).as_figure(),
        "kl": interval(runs, per_token(3), seed).as_figure(),
        "gap_closed_logprob": interval(runs, gap_share, seed).as_figure(),
    }


def show(corpus: str, figures: Mapping[str, Mapping[str, Any]]) -> None:
    """One corpus's part of the table, on stderr."""
    table = Table(title=corpus, title_justify="left")
    columns = (
        ("option_probability", "p(right option)"), ("option_accuracy", "right"), ("gap_closed_options", "gap, options"),
        ("log_perplexity", "log-perplexity"), ("gap_closed_logprob", "gap, log-prob"), ("kl", "KL to teacher"),
    )  # fmt: skip
    table.add_column("system")
    for title in ("KV MiB", *(title for _, title in columns), "free form", "tokens"):
        table.add_column(title, justify="right")
    for name, figure in figures.items():
        cells = [f"{figure['kv_bytes'] / 2**20:.1f}"]
        for key, _ in columns:
            value = figure.get(key)
            cells.append(
                "" if value is None else f"{value['value']:.3f} [{value['low']:.2f}, {value['high']:.2f}]"
            )
        cells.append(f"{figure['free_form']:.2f}" if "free_form" in figure else "")
        cells.append(f"{figure['training_tokens']:,.0f}" if "training_tokens" in figure else "")
        table.add_row(name, *cells)
    Console(stderr=True, width=170).print(table)


def points_of(figures: Mapping[str, Mapping[str, Any]]) -> list[Point]:
    return [
        Point(
            name.partition("@")[0], figure["kv_bytes"], figure.get("training_tokens"),
            figure["option_probability"]["value"],
        )
        for name, figure in figures.items()
        if "option_probability" in figure
    ]  # fmt: skip


def perplexity_change(effect: Mapping[str, float], kind: str = "") -> float:
    """By which share the perplexity of the model's own answers rises; `kind`: "guarded_" or nothing."""
    nats = effect[f"{kind}own_answers_log_perplexity"] - effect["own_answers_log_perplexity_alone"]
    return math.exp(nats) - 1


def headline(
    results: Mapping[str, Mapping[str, Mapping[str, Any]]],
    unrelated: Sequence[Mapping[str, float]],
    composed: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The figures at the top: None for what this run did not measure."""

    def at(ratio: float, key: str, corpora: Sequence[str]) -> float | None:
        values = [
            figure[key]["value"]
            for name, figures in results.items()
            if name in corpora
            for system, figure in figures.items()
            if system.startswith("cartridge@") and "/" not in system and figure.get(key) is not None
            and abs(math.log(figure["kv_ratio"] / ratio)) < math.log(1 + 2 * _RATIO_TOLERANCE)
        ]  # fmt: skip
        return sum(values) / len(values) if values else None

    def kept(count: int, key: str = "kept") -> float | None:
        values = [seed["composed"][str(count)][key] for seed in composed if str(count) in seed["composed"]]
        return sum(values) / len(values) if values else None

    def over_corpora(change: Callable[[Mapping[str, float]], float]) -> float | None:
        return sum(map(change, unrelated)) / len(unrelated) if unrelated else None

    generated = tuple(GENERATED)
    return {
        "options_13x": at(13, "gap_closed_options", generated),
        "options_38x": at(38, "gap_closed_options", generated),
        "logprob_20x_document": at(20, "gap_closed_logprob", ("debian", "reference")),
        "compose_2_kept": kept(2),
        "compose_4_kept": kept(4),
        "compose_2_relevant_kept": kept(2, "relevant_kept"),
        "compose_4_relevant_kept": kept(4, "relevant_kept"),
        "offtopic_accuracy_change": over_corpora(itemgetter("accuracy_change")),
        "offtopic_perplexity_change": over_corpora(perplexity_change),
        "offtopic_guarded_accuracy_change": over_corpora(itemgetter("guarded_accuracy_change")),
        "offtopic_guarded_perplexity_change": over_corpora(partial(perplexity_change, kind="guarded_")),
    }
