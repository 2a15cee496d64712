"""`cartridges job`: training jobs, and following one live."""

import json
from enum import StrEnum, auto
from pathlib import Path
from typing import Annotated, Any

import typer

from cartridge_client import TERMINAL_STATES, JobProgress, TrainingJob
from services.cli.connection import connect
from services.cli.console import (
    JsonOption,
    duration,
    moment,
    out,
    print_error,
    print_fields,
    print_json,
    print_table,
)
from services.cli.failures import FAILED
from services.cli.job_view import JobView

app = typer.Typer(no_args_is_help=True, help="Training jobs: from a corpus to a cartridge.")

RecipeOption = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="A JSON file with the recipe's fields that differ from the default.",
    ),
]
VersionOption = Annotated[
    int | None, typer.Option(help="The version of the corpus to learn; the present one if not given.")
]
InitialOption = Annotated[
    str | None,
    typer.Option(metavar="CARTRIDGE", help="A cartridge to start from, to teach it what has changed."),
]


class Priority(StrEnum):
    """How urgent a job is to its tenant."""

    low = auto()
    normal = auto()
    high = auto()


JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, job_...")]


@app.command()
def create(
    corpus_id: Annotated[str, typer.Argument(metavar="CORPUS", help="The corpus' id, crp_...")],
    *,
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    base_model: Annotated[
        str | None, typer.Option(help="The base model's name; the one served if not given.")
    ] = None,
    recipe: RecipeOption = None,
    corpus_version: VersionOption = None,
    initialize_from: InitialOption = None,
    priority: Annotated[
        Priority, typer.Option(help="Which of the tenant's own jobs comes first.")
    ] = Priority.normal,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow the job until it ends.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Queue a training job."""
    with connect() as client:
        job = client.create_training_job(
            corpus_id,
            name=name,
            base_model=base_model,
            recipe=None if recipe is None else _read_recipe(recipe),
            corpus_version=corpus_version,
            initialize_from=initialize_from,
            priority=priority.value,
        )
    if as_json:
        print_json(job)
    else:
        out.print(job.id)
    if follow:
        follow_job(job.id)


@app.command()
def estimate(
    corpus_id: Annotated[str, typer.Argument(metavar="CORPUS", help="The corpus' id, crp_...")],
    *,
    recipe: RecipeOption = None,
    corpus_version: VersionOption = None,
    initialize_from: InitialOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a training job would take at most. Nothing is ordered."""
    with connect() as client:
        found = client.estimate_training_job(
            corpus_id,
            recipe=None if recipe is None else _read_recipe(recipe),
            corpus_version=corpus_version,
            initialize_from=initialize_from,
        )
    if as_json:
        print_json(found)
        return
    month = found.month
    told = f"{month.used:,.0f} of {month.limit:,} s used, {month.after:,.0f} after it"
    print_fields(
        "At most",
        (
            ("self-study", f"{duration(found.seconds.self_study)}, {found.synthesis_tokens:,} tokens"),
            ("training", f"{duration(found.seconds.train)}, {found.training_tokens:,} tokens"),
            ("other stages", duration(found.seconds.other)),
            ("GPU seconds", f"{found.gpu_seconds:,.0f}"),
            ("this month", told if month.fits else f"{told}: more than the quota allows"),
            ("goes on from", found.retrains),
            ("told from", f"{found.based_on_jobs} finished jobs" if found.based_on_jobs else "a guess: no job has finished yet"),
        ),
    )  # fmt: skip


@app.command("list")
def list_jobs(as_json: JsonOption = False) -> None:
    """List the tenant's jobs, newest first."""
    with connect() as client:
        found = list(client.every(client.training_jobs))
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "name", "kind", "priority", "state", "stage", "cartridge", "created"),
        (
            (
                job.id,
                job.name or "",
                job.kind,
                job.priority,
                job.state,
                job.stage or "",
                job.cartridge_id or "",
                moment(job.created_at),
            )
            for job in found
        ),
        empty="No jobs yet; `cartridges job create CORPUS` queues one.",
    )


@app.command()
def get(job_id: JobId, as_json: JsonOption = False) -> None:
    """Show a job."""
    with connect() as client:
        job = client.training_job(job_id)
    if as_json:
        print_json(job)
    else:
        _print_job(job)


@app.command("follow")
def follow_job(
    job_id: JobId,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per event and line.")
    ] = False,
) -> None:
    """Follow a job live until it ends. The exit status says whether it succeeded."""
    with connect() as client:
        if as_json:
            for event in client.follow(job_id):
                typer.echo(event.model_dump_json())
        else:
            with JobView() as view:
                for event in client.follow(job_id):
                    view.show(event)
        job = client.training_job(job_id)
    if not as_json:
        _print_job(job)
    if job.state in TERMINAL_STATES - {"succeeded"}:
        if not as_json and job.state == "failed":
            print_error(job.error_detail or "The job failed.")
        raise typer.Exit(FAILED)


@app.command()
def cancel(job_id: JobId, as_json: JsonOption = False) -> None:
    """Ask a job to stop; it ends between two steps."""
    with connect() as client:
        job = client.cancel_training_job(job_id)
    if as_json:
        print_json(job)
    else:
        out.print(f"{job.id} is {job.state}" if job.finished else f"{job.id} was asked to stop")


def _read_recipe(path: Path) -> dict[str, Any]:
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise typer.BadParameter(f"{path} is not JSON: {error}", param_hint="--recipe") from error
    if not isinstance(recipe, dict):
        raise typer.BadParameter(f"{path} must hold a JSON object.", param_hint="--recipe")
    return recipe


def _print_job(job: TrainingJob) -> None:
    progress = job.progress
    seconds = {} if progress is None else progress.seconds
    print_fields(
        job.name or job.id,
        (
            ("id", job.id),
            ("kind", job.kind),
            ("priority", job.priority),
            ("state", job.state),
            ("stage", job.stage),
            ("corpus", job.corpus_id),
            ("base model", job.base_model),
            ("cartridge", job.cartridge_id),
            ("error", job.error_detail),
            ("created", moment(job.created_at)),
            ("started", moment(job.started_at)),
            ("finished", moment(job.finished_at)),
            ("reused", _reuse(progress)),
            ("training", _outcome(progress)),
            ("time", ", ".join(f"{stage} {duration(spent)}" for stage, spent in seconds.items())),
        ),
    )


def _reuse(progress: JobProgress | None) -> str | None:
    if progress is None or progress.reuse is None:
        return None
    reuse = progress.reuse
    return (
        f"{reuse.conversations} conversations about {reuse.chunks_kept} chunks that have not changed since "
        f"{reuse.cartridge_id}; {reuse.chunks_written} chunks studied, {reuse.corrections} answers corrected"
    )


_ENDS = {
    "steps": "all steps made",
    "early_stop": "no better loss for too long",
    "budget": "its budget was used up",
}


def _outcome(progress: JobProgress | None) -> str | None:
    if progress is None or progress.outcome is None:
        return None
    outcome = progress.outcome
    told = f"ended after {outcome.steps} steps: {_ENDS.get(outcome.end, outcome.end)}"
    if outcome.validation_loss is None:
        return told
    return f"{told}; taken after step {outcome.best_step}, validation loss {outcome.validation_loss:.3f}"
