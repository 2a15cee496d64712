"""Self-study decoded by real SGLang is what this process would have decoded itself, and its chunks stand in the cache."""

import pytest
import torch

from benchmarks.pod import SglangProcess
from cartridge_core.chunking import Chunk
from cartridge_core.decoding import OwnDecoder
from cartridge_core.generation import GeneratedRow, GenerationRequest, SamplingParams
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import SelfStudySettings
from cartridge_core.self_study import SelfStudy
from cartridge_core.shared_contexts import SharedContexts
from services.inference.sglang.settings import SglangSettings
from services.trainer.synthesis_endpoint import (
    EndpointDecoder,
    EndpointSettings,
    SynthesisEndpoint,
    SynthesisEndpointUnfitError,
)

from .conftest import Counters

TEXTS = (
    "Ward 3 has 11 beds. Its head nurse is Nurse C, and it opened in 1953 with a fair by the river.",
    "Ward 7 has 23 beds. Its head nurse is Nurse G, and it opened in 1957 on a day of heavy snow.",
)


def _never() -> bool:
    return False


@pytest.fixture
def endpoint(sglang: SglangSettings, sglang_process: SglangProcess) -> SynthesisEndpoint:
    return SynthesisEndpoint(EndpointSettings(sglang.url, key=None, requests_at_once=4))


@pytest.fixture
def decoder(endpoint: SynthesisEndpoint, model: Model) -> EndpointDecoder:
    return endpoint.decoder(model, "job_1")


def test_rows_are_those_that_the_trainer_would_have_decoded(decoder: EndpointDecoder, model: Model) -> None:
    requests = [
        GenerationRequest(
            tuple(
                model.chat.encode_messages([ChatMessage("user", f"Question {number}?")], with_cartridge=True)
            ),
            SamplingParams(6 + number, temperature=0, top_logprobs=5 if number % 2 else None),
            context_ids=tuple(model.chat.encode_context(TEXTS[number % 2])),
        )
        for number in range(6)
    ]
    told: list[int] = []
    found = decoder.decode(requests, on_tokens=told.append, should_stop=_never)
    expected = OwnDecoder(model, 4, SharedContexts(model)).decode(
        requests, on_tokens=lambda _: None, should_stop=_never
    )
    for mine, theirs in zip(expected, found, strict=True):
        assert _plain(theirs) == _plain(mine)
        for my_tops, their_tops in zip(mine.top, theirs.top, strict=True):
            assert [token for token, _ in their_tops] == [token for token, _ in my_tops]
            assert [value for _, value in their_tops] == pytest.approx(
                [value for _, value in my_tops], abs=1e-3
            )
    assert sum(told) == sum(len(row.ids) for row in found)


def test_conversations_are_alike_wherever_they_are_decoded_and_chunks_are_computed_once(
    decoder: EndpointDecoder, model: Model, counters: Counters
) -> None:
    chunks = [Chunk(index, text, len(model.chat.encode(text))) for index, text in enumerate(TEXTS)]
    settings = SelfStudySettings(
        conversations=0, generic_answers=6, recitations=0, general_answers=2, generic_temperature=0.0,
        answer_max_tokens=8, top_k=5,
    )  # fmt: skip
    before = counters.cached_tokens()
    found = SelfStudy(model, chunks, settings, 1, decoder=decoder).synthesize(8, "train")
    context = len(model.chat.encode_context(TEXTS[0])) // 8 * 8  # whole pages of the cache
    assert counters.cached_tokens() - before >= 4 * context
    expected = SelfStudy(model, chunks, settings, 1).synthesize(8, "train")
    assert len(found) == len(expected)
    for mine, theirs in zip(expected, found, strict=True):
        assert (theirs.kind, theirs.chunk_index, theirs.question, theirs.answer) == (
            mine.kind, mine.chunk_index, mine.question, mine.answer
        )  # fmt: skip
        for name in ("prompt_ids", "answer_ids", "top_ids", "top_logprobs", "context_gain"):
            mine_tensor, their_tensor = getattr(mine, name), getattr(theirs, name)
            assert their_tensor.dtype == mine_tensor.dtype
            assert torch.allclose(their_tensor.float(), mine_tensor.float(), atol=1e-3)


def test_a_server_with_another_model_is_found_out(endpoint: SynthesisEndpoint, model: Model) -> None:
    other = Model.__new__(Model)
    vars(other).update(vars(model))
    other.head = model.head.roll(1, dims=0)
    with pytest.raises(SynthesisEndpointUnfitError, match="this very model"):
        endpoint.require_model(other)
    endpoint.require_model(model)


def _plain(row: GeneratedRow) -> tuple[object, ...]:
    return row.ids, row.text, row.finish_reason, len(row.top)
