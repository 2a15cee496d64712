"""Self-study that several workers make together: the same conversations, counted once, whoever makes them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cartridge_core.self_study import SelfStudy
from cartridge_store.db.repositories import attempts
from cartridge_store.db.repositories.usage import Kind
from cartridge_store.db.tables import JobState
from services.trainer.attempt import Worker, run_attempt
from services.trainer.helping import help_others

from .desk import Desk

SHARDS = {"conversations/shard-00000.safetensors", "conversations/shard-00001.safetensors",
          "conversations/shard-00002.safetensors", "held-out.safetensors"}  # fmt: skip


@pytest.fixture
def helper(worker: Worker, tmp_path: Path) -> Worker:
    """Another worker, on a disk of its own."""
    return replace(worker, name="helper", scratch=tmp_path)


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """In a thread of its own until the block ends, and to its end then."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told by the block
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert failed == []


@pytest.fixture
def before_shard(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str, int], None]], None]:
    """Have something happen before each shard is synthesized, told its stream and first conversation."""
    real = SelfStudy.synthesize

    def arrange(act: Callable[[str, int], None]) -> None:
        def synthesize(self: SelfStudy, count: int, stream: Any, *, first: int = 0, **options: Any) -> Any:
            act(stream, first)
            return real(self, count, stream, first=first, **options)

        monkeypatch.setattr(SelfStudy, "synthesize", synthesize)

    return arrange


def _questions(desk: Desk, job_id: str) -> list[tuple[str, int, str, str]]:
    conversations, _ = desk.studied(job_id)
    return sorted((each.stream, each.shard, each.question, each.answer) for each in conversations)


def _leave_to_helpers(
    desk: Desk, worker: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> str:
    """A job whose own worker falls silent at its first shard: all of them lie there for others."""
    job_id = desk.order()

    def fall_silent(stream: str, first: int) -> None:
        before_shard(lambda *_: None)
        raise RuntimeError("lost")

    before_shard(fall_silent)
    run_attempt(worker, job_id)
    with desk.worker_sessions.begin() as session:
        assert attempts.claim(session, job_id, "another", 600) is not None
    return job_id


def test_workers_without_a_job_make_shards_and_the_cartridge_is_the_same(
    desk: Desk, worker: Worker, helper: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> None:
    alone, together = desk.order(), desk.order()
    run_attempt(worker, alone)
    used_alone = desk.used()[Kind.SYNTHESIS_TOKENS]
    helped = threading.Event()
    makers: dict[int, str] = {}

    def meet(stream: str, first: int) -> None:
        makers[len(makers)] = threading.current_thread().name
        if not helped.is_set():
            helped.set()
            with beside(lambda: help_others(helper)):
                pass  # on a slow machine the helper would find nothing left

    before_shard(meet)
    run_attempt(worker, together)
    assert desk.job(together).state is JobState.SUCCEEDED
    assert len(set(makers.values())) == 2
    assert len(makers) == len(SHARDS)
    assert _questions(desk, together) == _questions(desk, alone)
    assert desk.cartridge(together).digest == desk.cartridge(alone).digest
    assert desk.used()[Kind.SYNTHESIS_TOKENS] == 2 * used_alone
    progress = [data for data in desk.events(together, "progress") if data["stage"] == "self_study"]
    assert progress[-1]["conversations"] == progress[-1]["total"] == 32
    assert {sample["shard"] for sample in desk.events(together, "conversation")} == {0, 1, 2}


def test_helpers_go_on_while_a_jobs_own_worker_is_silent(
    desk: Desk, worker: Worker, helper: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> None:
    job_id = _leave_to_helpers(desk, worker, before_shard)
    assert help_others(helper) is False
    assert desk.outputs(job_id) >= SHARDS
    assert desk.job(job_id).state is JobState.RUNNING
    desk.cancel(job_id)


def test_one_lost_shard_costs_one_shard(
    desk: Desk, worker: Worker, helper: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> None:
    job_id = _leave_to_helpers(desk, worker, before_shard)
    made: list[tuple[str, int]] = []

    def break_the_second(stream: str, first: int) -> None:
        made.append((stream, first))
        if (stream, first) == ("train", 8):
            raise RuntimeError("a helper's own trouble")

    before_shard(break_the_second)
    help_others(helper)
    assert made == [("train", 0), ("train", 8), ("train", 16), ("held_out", 0)]
    made.clear()
    before_shard(lambda stream, first: made.append((stream, first)))
    desk.expire(job_id)
    run_attempt(worker, job_id)
    assert made == [("train", 8)]
    assert desk.job(job_id).state is JobState.SUCCEEDED


def test_a_cancelled_job_stops_whoever_makes_its_shards(
    desk: Desk, worker: Worker, helper: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> None:
    job_id = _leave_to_helpers(desk, worker, before_shard)
    made: list[int] = []

    def cancel(stream: str, first: int) -> None:
        made.append(first)
        desk.cancel(job_id)
        threading.Event().wait(0.2)

    before_shard(cancel)
    help_others(helper)
    assert made == [0]
    assert not desk.outputs(job_id) & SHARDS


def test_a_helper_that_is_stopped_gives_its_shard_back(
    desk: Desk, worker: Worker, helper: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> None:
    job_id = _leave_to_helpers(desk, worker, before_shard)
    stopping: list[bool] = []

    def stop(stream: str, first: int) -> None:
        stopping.append(True)
        threading.Event().wait(0.2)

    before_shard(stop)
    assert help_others(replace(helper, stopping=lambda: bool(stopping))) is False
    before_shard(lambda *_: None)
    help_others(helper)
    assert desk.outputs(job_id) >= SHARDS
    desk.cancel(job_id)


def test_a_whole_job_comes_before_anybodys_shards(
    desk: Desk, worker: Worker, helper: Worker, before_shard: Callable[[Callable[[str, int], None]], None]
) -> None:
    job_id = _leave_to_helpers(desk, worker, before_shard)
    made: list[int] = []

    def order_another(stream: str, first: int) -> None:
        made.append(first)
        desk.order()

    before_shard(order_another)
    assert help_others(helper) is True
    assert made == [0]
    desk.cancel(job_id)
