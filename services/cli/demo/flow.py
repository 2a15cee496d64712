"""The way through the demo, by the public API alone: upload, train, ask, report."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cartridge_client import ApiError, ChatMessage, Client, TrainingJob
from services.cli.demo.report import AskedQuestion, DemoReport
from services.cli.demo.scenario import Scenario
from services.cli.job_view import JobView

ANSWER_TOKENS = 48

Say = Callable[[str], None]


class DemoFailedError(RuntimeError):
    """The training job did not succeed; the message says why."""

    code = "demo_failed"


def run_demo(client: Client, scenario: Scenario, started: float, say: Say) -> DemoReport:
    """Everything after the stack's start. `started` is when the demo began (monotonic seconds).

    Raises ApiError, DemoFailedError.
    """
    starting = time.monotonic() - started
    say(f"Uploading {scenario.document.name} ({len(scenario.text):,} characters)")
    job = _train(client, scenario, say)
    cartridge = client.cartridge(str(job.cartridge_id))
    report = cartridge.report or {}
    say("Asking three questions: no context, the whole text in the prompt, the cartridge")
    asking = time.monotonic()
    asked = [_ask(client, scenario.text, cartridge.id, question) for question in scenario.asked]
    quality: dict[str, Any] = report["quality"]
    return DemoReport(
        document=scenario.document.name,
        base_model=cartridge.base_model,
        cartridge=cartridge.id,
        corpus_tokens=report["corpus_tokens"],
        kv_ratio=report["kv_ratio"],
        kv_bytes={name: quality[name]["kv_bytes"] for name in ("icl", "cartridge")},
        gap_closed=quality["gap_closed"],
        gap_closed_questions=quality["gap_closed_questions"],
        gap_closed_options=quality["gap_closed_options"],
        quality=quality,
        asked=asked,
        seconds_total=time.monotonic() - started,
        seconds={"start": starting, **report["seconds"], "questions": time.monotonic() - asking},
        tokens_per_second=report["tokens_per_second"],
    )


def _train(client: Client, scenario: Scenario, say: Say) -> TrainingJob:
    corpus = client.create_corpus(scenario.document.stem[:200])
    client.upload_documents(corpus.id, [scenario.document])
    job = client.create_training_job(corpus.id, recipe=scenario.recipe)
    say(f"Training a cartridge: job {job.id}")
    with JobView() as view:
        for event in client.follow(job.id):
            view.show(event)
    job = client.training_job(job.id)
    if job.state != "succeeded":
        raise DemoFailedError(f"the training job {job.state}: {job.error_code}: {job.error_detail}")
    return job


def _ask(client: Client, text: str, cartridge_id: str, question: str) -> AskedQuestion:
    user = ChatMessage(role="user", content=question)
    return AskedQuestion(
        question=question,
        no_context=_answer(client, [user]),
        icl=_answer_in_context(client, text, user),
        cartridge=_answer(client, [user], cartridges=[cartridge_id]),
    )


def _answer(client: Client, messages: list[ChatMessage], cartridges: list[str] | None = None) -> str:
    completion = client.chat(messages, cartridges=cartridges or (), max_tokens=ANSWER_TOKENS, temperature=0)
    return completion.text.strip()


def _answer_in_context(client: Client, text: str, user: ChatMessage) -> str:
    """The answer with as much of the text before it as the window holds, in the words that training uses."""
    from cartridge_core.prompts import context_message  # loads transformers, which the rest does without

    kept = text
    while True:
        system = ChatMessage(role="system", content=context_message(kept).content)
        try:
            answer = _answer(client, [system, user])
        except ApiError as error:
            if error.code != "prompt_too_long":
                raise
            kept = kept[: len(kept) * 3 // 4]
            continue
        return answer if kept is text else f"(first {len(kept) / len(text):.0%} of the text) {answer}"


def report_path(data_dir: Path) -> Path:
    """Where a report of this moment goes."""
    return data_dir / "demo" / f"report-{time.strftime('%Y%m%d-%H%M%S')}.json"
