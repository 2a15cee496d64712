"""The demo's report: the figures as a model that becomes JSON, and as tables for people."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli.console import duration, size

_SYSTEMS = (("no context", "none"), ("ICL", "icl"), ("cartridge", "cartridge"))


class AskedQuestion(BaseModel):
    """One question and what each way of giving the text made of it."""

    question: str
    no_context: str
    icl: str
    cartridge: str


class DemoReport(BaseModel):
    """Everything the demo measured. Shares are 0 to 1; `seconds` are by stage of the training job, and of the demo."""

    document: str
    base_model: str
    cartridge: str
    corpus_tokens: int
    kv_ratio: float
    kv_bytes: dict[str, int]
    gap_closed: float | None
    gap_closed_questions: float | None
    gap_closed_options: float | None
    quality: dict[str, Any]
    asked: list[AskedQuestion]
    seconds_total: float
    seconds: dict[str, float]
    tokens_per_second: dict[str, float]


def show(report: DemoReport, console: Console) -> None:
    """Print the report for people."""
    console.print()
    console.print(_answers(report))
    console.print()
    console.print(_quality(report))
    console.print()
    console.print(
        f"The cartridge holds [bold]{size(report.kv_bytes['cartridge'])}[/bold] of KV cache where the text of "
        f"{report.corpus_tokens:,} tokens takes {size(report.kv_bytes['icl'])}: "
        f"[bold]{report.kv_ratio:.1f} times less memory[/bold]."
    )
    console.print(_gap_sentence(report))
    stages = ", ".join(
        f"{name.replace('_', '-')} {duration(seconds)}" for name, seconds in report.seconds.items()
    )
    speeds = ", ".join(f"{name} {speed:.0f} tokens/s" for name, speed in report.tokens_per_second.items())
    console.print(f"[dim]Time {duration(report.seconds_total)}: {stages}. Speed: {speeds}.[/dim]")


def _gap_sentence(report: DemoReport) -> str:
    if report.gap_closed is None:
        return "On held-out conversations ICL was no better than no context, so there is no gap to close."
    return (
        f"On held-out conversations it closes [bold]{report.gap_closed:.0%}[/bold] of the log-perplexity gap "
        "between no context and ICL."
    )


def _answers(report: DemoReport) -> Table:
    table = Table(title="Asked through the API, decoded greedily", show_lines=True, title_justify="left")
    table.add_column("question", ratio=2)
    for title, _ in _SYSTEMS:
        table.add_column(title, ratio=3)
    for asked in report.asked:
        table.add_row(
            *(escape(text) for text in (asked.question, asked.no_context, asked.icl, asked.cartridge))
        )
    return table


def _quality(report: DemoReport) -> Table:
    held_out, questions = report.quality["held_out_conversations"], report.quality["questions"]
    title = f"Measured on {held_out} held-out conversations"
    table = Table(
        title=f"{title} and {questions} held-out questions" if questions else title, title_justify="left"
    )
    table.add_column("")
    table.add_column("KV cache", justify="right")
    table.add_column("log-perplexity", justify="right", no_wrap=True)
    table.add_column("top-1", justify="right")
    table.add_column("KL", justify="right")
    if questions:
        table.add_column("right option", justify="right", no_wrap=True)
    for title, name in _SYSTEMS:
        scores = report.quality[name]
        conversations = scores["conversations"]
        row = [
            title,
            size(scores["kv_bytes"]),
            f"{conversations['log_perplexity']:.3f}",
            f"{conversations['top1_agreement']:.1%}",
            f"{conversations['kl_to_teacher']:.3f}",
        ]
        if questions:
            row.append(f"p {scores['questions']['option_probability']:.3f}")
        table.add_row(*row)
    return table


def save(report: DemoReport, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
