"""Jobs that decode together get the rows that each would get alone."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from cartridge_core.corpus import CorpusText
from cartridge_core.errors import PromptTooLongError
from cartridge_core.generation import (
    ContinuousBatch,
    GeneratedRow,
    GenerationRequest,
    SamplingParams,
    TokenEvent,
    generate,
)
from cartridge_core.joint_decoding import JointDecoding
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage


def _never() -> bool:
    return False


def requests_of(
    model: Model, corpus: CorpusText, job: int, count: int, *, tokens: int = 5
) -> list[GenerationRequest]:
    contexts = [
        tuple(model.chat.encode_context(corpus.text[200 * job : 200 * job + size])) for size in (150, 90)
    ]
    prompt = model.chat.encode_messages([ChatMessage("user", f"Question {job}?")], with_cartridge=True)
    return [
        GenerationRequest(
            (*prompt, 40 + number), SamplingParams(tokens + number % 3, temperature=0, top_logprobs=2),
            context_ids=contexts[number % 2],
        )
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def in_step(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each step decoded."""
    sizes: list[int] = []
    real = ContinuousBatch.step

    def counted(self: ContinuousBatch) -> list[TokenEvent]:
        events = real(self)
        sizes.append(len(events))
        return events

    monkeypatch.setattr(ContinuousBatch, "step", counted)
    return sizes


def ask(
    pool: ThreadPoolExecutor,
    joint: JointDecoding,
    requests: list[GenerationRequest],
    *,
    on_tokens: Callable[[int], None] = lambda _: None,
    should_stop: Callable[[], bool] = _never,
) -> Future[list[GeneratedRow]]:
    return pool.submit(joint.decode, requests, on_tokens=on_tokens, should_stop=should_stop)


def test_jobs_that_decode_together_get_what_each_would_get_alone(
    model: Model, corpus: CorpusText, in_step: list[int]
) -> None:
    jobs = [requests_of(model, corpus, job, 3 + job) for job in range(4)]
    alone = [generate(model, requests, 8) for requests in jobs]
    steps_alone = len(in_step)
    in_step.clear()
    joint = JointDecoding(model, max_rows=8)
    told = [0] * len(jobs)

    def counting(job: int) -> Callable[[int], None]:
        def count(tokens: int) -> None:
            told[job] += tokens

        return count

    with ThreadPoolExecutor(len(jobs)) as pool:
        asked = [ask(pool, joint, requests, on_tokens=counting(job)) for job, requests in enumerate(jobs)]
        together = [each.result(60) for each in asked]
    for rows, expected in zip(together, alone, strict=True):
        assert [(row.ids, row.text, row.finish_reason) for row in rows] == [
            (row.ids, row.text, row.finish_reason) for row in expected
        ]
    assert told == [sum(len(row.ids) for row in rows) for rows in alone]
    assert max(in_step) == 8
    assert len(in_step) < steps_alone


def test_a_job_that_stops_leaves_with_what_it_has_and_the_others_go_on(
    model: Model, corpus: CorpusText
) -> None:
    joint = JointDecoding(model, max_rows=4)
    long = requests_of(model, corpus, 0, 4, tokens=120)
    short = requests_of(model, corpus, 1, 3)
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        stopped = ask(pool, joint, long, on_tokens=lambda _: stop.set(), should_stop=stop.is_set)
        rows = stopped.result(60)
        others = ask(pool, joint, short).result(60)
    assert any(row.finish_reason is None for row in rows)
    assert [row.ids for row in others] == [row.ids for row in generate(model, short, 4)]


def test_a_request_that_cannot_be_served_fails_its_own_job_alone(model: Model, corpus: CorpusText) -> None:
    joint = JointDecoding(model, max_rows=4)
    good = requests_of(model, corpus, 0, 4)
    too_long = [GenerationRequest((5,) * 600, SamplingParams(4))]
    with ThreadPoolExecutor(2) as pool:
        asked = [ask(pool, joint, each) for each in (good, too_long)]
        rows = asked[0].result(60)
        with pytest.raises(PromptTooLongError):
            asked[1].result(60)
    assert [row.ids for row in rows] == [row.ids for row in generate(model, good, 4)]


def test_after_a_step_that_failed_the_next_jobs_are_decoded(
    model: Model, corpus: CorpusText, monkeypatch: pytest.MonkeyPatch
) -> None:
    joint = JointDecoding(model, max_rows=4)
    requests = requests_of(model, corpus, 0, 2)

    def fail(self: ContinuousBatch) -> list[TokenEvent]:
        time.sleep(0.01)
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(ContinuousBatch, "step", fail)
        with pytest.raises(MemoryError):
            joint.decode(requests, on_tokens=lambda _: None, should_stop=_never)
    rows = joint.decode(requests, on_tokens=lambda _: None, should_stop=_never)
    assert [row.ids for row in rows] == [row.ids for row in generate(model, requests, 4)]
