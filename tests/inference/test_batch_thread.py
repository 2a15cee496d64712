"""The thread that decodes all requests together."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import aclosing

import pytest

from cartridge_core.errors import PromptTooLongError
from cartridge_core.generation import ContinuousBatch, GenerationRequest, SamplingParams, TokenEvent
from cartridge_core.models import Model
from services.inference.engines.batch_thread import BatchThread
from services.inference.errors import BusyError, EngineFailedError, EngineNotReadyError
from services.inference.metrics import InferenceMetrics

PROMPTS = ("The bridge of Lund", "Two brothers", "In the spring flood of 1951 the river")


def asking(model: Model, prompt: str, max_tokens: int = 8) -> GenerationRequest:
    sampling = SamplingParams(max_tokens=max_tokens, temperature=0.0)
    return GenerationRequest(tuple(model.chat.encode(prompt)), sampling)


def thread_over(new_batch: Callable[[], ContinuousBatch], *, max_waiting: int = 8) -> BatchThread:
    thread = BatchThread(new_batch, max_waiting=max_waiting, metrics=InferenceMetrics())
    thread.start()
    return thread


async def tokens_of(thread: BatchThread, request: GenerationRequest) -> list[int]:
    return [event.token_id async for event in thread.generate(request)]


class GatedBatch(ContinuousBatch):
    """A batch whose steps wait until the test opens the gate."""

    def __init__(self, model: Model, max_rows: int) -> None:
        super().__init__(model, max_rows)
        self.gate = threading.Event()
        self.largest = 0

    def step(self) -> list[TokenEvent]:
        self.gate.wait(10)
        self.largest = max(self.largest, self.active)
        return super().step()


def test_concurrent_requests_share_steps_and_get_what_they_get_alone(model: Model) -> None:
    batch = GatedBatch(model, 4)

    async def together() -> list[list[int]]:
        thread = thread_over(lambda: batch)
        running = [asyncio.create_task(tokens_of(thread, asking(model, prompt))) for prompt in PROMPTS]
        await asyncio.sleep(0.05)
        batch.gate.set()
        answers = await asyncio.gather(*running)
        await asyncio.to_thread(thread.drain, 5)
        return answers

    async def alone(prompt: str) -> list[int]:
        thread = thread_over(lambda: ContinuousBatch(model, 1))
        answer = await tokens_of(thread, asking(model, prompt))
        await asyncio.to_thread(thread.drain, 5)
        return answer

    assert asyncio.run(together()) == [asyncio.run(alone(prompt)) for prompt in PROMPTS]
    assert batch.largest == len(PROMPTS)


def test_a_full_queue_refuses_the_next_request(model: Model) -> None:
    batch = GatedBatch(model, 1)

    async def scenario() -> None:
        thread = thread_over(lambda: batch, max_waiting=1)
        decoding = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0])))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[1])))
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError) as refused:
            await tokens_of(thread, asking(model, PROMPTS[2]))
        assert refused.value.retry_after >= 1
        batch.gate.set()
        assert len(await decoding) == len(await waiting) == 8
        await asyncio.to_thread(thread.drain, 5)

    asyncio.run(scenario())


def test_a_request_that_does_not_fit_the_window_fails_alone(model: Model) -> None:
    async def scenario() -> None:
        thread = thread_over(lambda: ContinuousBatch(model, 2))
        good = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0])))
        with pytest.raises(PromptTooLongError):
            await tokens_of(thread, asking(model, PROMPTS[1], max_tokens=5000))
        assert len(await good) == 8
        await asyncio.to_thread(thread.drain, 5)

    asyncio.run(scenario())


def test_leaving_an_answer_frees_its_row_for_the_next(model: Model) -> None:
    batch = ContinuousBatch(model, 1)

    async def scenario() -> None:
        thread = thread_over(lambda: batch)
        async with aclosing(thread.generate(asking(model, PROMPTS[0], max_tokens=900))) as answer:
            await anext(answer)
        assert len(await asyncio.wait_for(tokens_of(thread, asking(model, PROMPTS[1])), 5)) == 8
        await asyncio.to_thread(thread.drain, 5)
        assert batch.active == 0

    asyncio.run(scenario())


def test_a_fault_fails_the_rows_under_way_and_the_thread_goes_on(model: Model) -> None:
    class Faulty(ContinuousBatch):
        def step(self) -> list[TokenEvent]:
            raise RuntimeError("out of memory")

    batches = iter([Faulty(model, 2), ContinuousBatch(model, 2)])

    async def scenario() -> None:
        thread = thread_over(lambda: next(batches))
        with pytest.raises(EngineFailedError):
            await tokens_of(thread, asking(model, PROMPTS[0]))
        assert len(await tokens_of(thread, asking(model, PROMPTS[0]))) == 8
        await asyncio.to_thread(thread.drain, 5)

    asyncio.run(scenario())


def test_draining_finishes_answers_under_way_and_takes_no_more(model: Model) -> None:
    batch = GatedBatch(model, 2)

    async def scenario() -> None:
        thread = thread_over(lambda: batch)
        under_way = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0])))
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(asyncio.to_thread(thread.drain, 10))
        await asyncio.sleep(0.05)
        with pytest.raises(EngineNotReadyError):
            await tokens_of(thread, asking(model, PROMPTS[1]))
        batch.gate.set()
        assert len(await under_way) == 8
        await draining

    asyncio.run(scenario())


def test_draining_gives_up_answers_that_take_too_long(model: Model) -> None:
    async def scenario() -> None:
        thread = thread_over(lambda: ContinuousBatch(model, 2))
        endless = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0], max_tokens=900)))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(thread.drain, 0.01)
        with pytest.raises(EngineNotReadyError):
            await endless

    asyncio.run(scenario())


def test_errands_are_run_between_the_steps_of_an_answer(model: Model) -> None:
    async def scenario() -> None:
        thread = thread_over(lambda: ContinuousBatch(model, 2))
        answer = thread.generate(asking(model, PROMPTS[0], max_tokens=900))
        async with aclosing(answer):
            await anext(answer)
            on_thread = await asyncio.gather(*(thread.run(threading.get_ident) for _ in range(3)))
            assert len(set(on_thread)) == 1
            assert threading.get_ident() not in on_thread
            await anext(answer)  # still under way
        await asyncio.to_thread(thread.drain, 5)

    asyncio.run(scenario())


def test_an_errand_that_fails_fails_alone(model: Model) -> None:
    def too_long() -> None:
        raise PromptTooLongError("too long")

    async def scenario() -> None:
        thread = thread_over(lambda: ContinuousBatch(model, 2))
        with pytest.raises(PromptTooLongError):
            await thread.run(too_long)
        with pytest.raises(EngineFailedError):
            await thread.run(lambda: 1 / 0)
        assert await thread.run(lambda: 7) == 7
        assert len(await tokens_of(thread, asking(model, PROMPTS[0]))) == 8
        await asyncio.to_thread(thread.drain, 5)

    asyncio.run(scenario())


def test_an_errand_waits_its_turn_and_is_not_run_for_who_has_left(model: Model) -> None:
    batch = GatedBatch(model, 1)
    done: list[str] = []

    async def scenario() -> None:
        thread = thread_over(lambda: batch, max_waiting=2)
        decoding = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0])))
        await asyncio.sleep(0.05)
        left = asyncio.create_task(thread.run(lambda: done.append("left")))
        stayed = asyncio.create_task(thread.run(lambda: done.append("stayed")))
        await asyncio.sleep(0.05)
        assert thread.counts == (1, 2)
        with pytest.raises(BusyError):
            await thread.run(lambda: done.append("refused"))
        admitted = asyncio.create_task(thread.run(lambda: done.append("admitted"), admitted=True))
        await asyncio.sleep(0.05)
        assert thread.counts == (1, 3)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        assert thread.counts == (1, 2)
        batch.gate.set()
        await asyncio.gather(stayed, admitted)
        await decoding
        await asyncio.to_thread(thread.drain, 5)

    asyncio.run(scenario())
    assert done == ["stayed", "admitted"]


def test_errands_that_still_wait_when_the_thread_gives_up_are_told(model: Model) -> None:
    batch = GatedBatch(model, 1)

    async def scenario() -> None:
        thread = thread_over(lambda: batch)
        decoding = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0], max_tokens=900)))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(thread.run(lambda: 7)) for _ in range(2)]
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(asyncio.to_thread(thread.drain, 0.05))
        await asyncio.sleep(0.3)
        batch.gate.set()
        await draining
        for task in (decoding, *waiting):
            with pytest.raises(EngineNotReadyError):
                await task

    asyncio.run(scenario())


def test_a_thread_that_stops_does_the_errands_at_hand_and_takes_no_more(model: Model) -> None:
    batch = GatedBatch(model, 1)

    async def scenario() -> None:
        thread = thread_over(lambda: batch)
        decoding = asyncio.create_task(tokens_of(thread, asking(model, PROMPTS[0])))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(thread.run(lambda: 7))
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(asyncio.to_thread(thread.drain, 10))
        await asyncio.sleep(0.05)
        with pytest.raises(EngineNotReadyError):
            await thread.run(lambda: 8)
        batch.gate.set()
        assert await waiting == 7
        await decoding
        await draining

    asyncio.run(scenario())
