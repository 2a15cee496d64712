"""Synthesis against transformers' `generate`, and small jobs at once against one after another.

Synthesis: the same prompts after one chunk, the same number of new tokens, sampled alike; what is compared needs no more of
`generate` than the tokens, while ours also keeps the likeliest alternatives, as self-study does. Small jobs: each decodes
some answers about a chunk of its own and then trains a small cartridge on a few rows; first one job after the other, then
all of them in threads that meet at every step, as one worker does with CARTRIDGES_TRAINER_JOBS_AT_ONCE.
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from benchmarks._material import corpus, questions
from benchmarks._training_speed_rows import made_rows
from benchmarks.harness import run
from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row, pack, plan_batches
from cartridge_core.computing_thread import ComputingThread, SharedModel
from cartridge_core.decoding import Decoder, OwnDecoder
from cartridge_core.generation import GenerationRequest, SamplingParams
from cartridge_core.gradients import Gradients, OwnGradients
from cartridge_core.initialization import initialize
from cartridge_core.joint_decoding import JointDecoding
from cartridge_core.joint_steps import JointSteps
from cartridge_core.models import Model, load_model
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import Recipe, TrainedPart
from cartridge_core.shared_contexts import SharedContexts
from cartridge_core.trainable_prefix import TrainablePrefix
from services.cli.models import get_packaged_model
from services.trainer.computing import JOINT_ROWS, JOINT_TOKENS

_TEMPERATURE = 0.8
_TOP_K = 20
_LEARNING_RATE = 1e-3


def measure(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    """Figures of both comparisons; `add_options` says what decides their size."""
    many = {str(count): _many(model, count, options) for count in options.many_jobs}
    with _endless(model):
        synthesis = _synthesis(model, options)
    return {
        **synthesis,
        "many_jobs_over_serial": {count: figures["both"] for count, figures in many.items()},
        "many_jobs": many,
    }


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--synthesis-rows", type=int, default=32, help="answers decoded at once")
    parser.add_argument("--synthesis-tokens", type=int, default=32, help="new tokens of each")
    parser.add_argument("--synthesis-chunk", type=int, default=256, help="tokens of the chunk before them")
    parser.add_argument("--many-jobs", type=int, nargs="+", default=[1, 4, 16], help="small jobs at once")
    parser.add_argument("--many-answers", type=int, default=4, help="answers that a small job decodes")
    parser.add_argument("--many-answer-tokens", type=int, default=32)
    parser.add_argument("--many-steps", type=int, default=3, help="optimizer steps of a small job")
    parser.add_argument(
        "--many-batch-tokens", type=int, default=96, help="tokens of such a step, at the most"
    )
    parser.add_argument("--many-prefix-tokens", type=int, default=64)
    parser.add_argument("--many-turns", type=int, default=2)


def _synthesis(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    directory = get_packaged_model("smollm2-135m", Path(options.models))
    theirs = AutoModelForCausalLM.from_pretrained(directory, dtype=model.dtype)
    requests = _requests(
        model,
        options.synthesis_rows,
        options.synthesis_tokens,
        options.synthesis_chunk,
        f"synthesis/{options.seed}",
    )
    tokens = options.synthesis_rows * options.synthesis_tokens
    speeds: dict[str, list[float]] = {"ours": [], "generate": []}
    for turn in range(-1, options.many_turns):
        _say("synthesis, warm-up" if turn < 0 else f"synthesis, turn {turn + 1} of {options.many_turns}")
        for name, decode in (
            ("ours", lambda: _decode(OwnDecoder(model, len(requests), SharedContexts(model)), requests)),
            ("generate", lambda: _generate(theirs, requests)),
        ):
            seconds = _seconds(decode)
            _say(f"  {name}: {seconds:.2f} s, {tokens / seconds:.0f} tokens/s")
            if turn >= 0:
                speeds[name].append(tokens / seconds)
    return {
        "synthesis_over_generate": median(
            mine / other for mine, other in zip(speeds["ours"], speeds["generate"], strict=True)
        ),
        "synthesis_tokens_per_second": median(speeds["ours"]),
        "generate_tokens_per_second": median(speeds["generate"]),
    }


class _SmallJob:
    """Answers about a chunk of its own, and a cartridge trained on a few rows."""

    def __init__(self, model: Model, number: int, options: argparse.Namespace) -> None:
        seed = f"many/{options.seed}/{number}"
        self.requests = _requests(model, options.many_answers, options.many_answer_tokens, 128, seed)
        self._rows = made_rows(model, 2 * options.many_steps, 1000 * options.seed + number)
        recipe = Recipe.model_validate(
            {"cartridge_tokens": options.many_prefix_tokens, "initialization": {"kind": "first_tokens"}}
        )
        text = corpus(model.chat, 4 * options.many_prefix_tokens, seed)
        self._initial: Cartridge = initialize(model, text, "0" * 64, recipe)
        self._batches: list[list[Row]] = [
            [self._rows[index] for index in batch]
            for batch in plan_batches([row.length for row in self._rows], options.many_batch_tokens, 0, 0)
        ]
        self._steps = options.many_steps
        self.model = model

    def decode(self, decoder: Decoder) -> None:
        _decode(decoder, self.requests)

    def train(self, gradients: Gradients) -> None:
        trainable = TrainablePrefix(self._initial, self.model, TrainedPart.BOTH)
        moving = list(trainable.moving.values())
        optimizer = torch.optim.Adam(moving, lr=_LEARNING_RATE, betas=(0.9, 0.95))
        for step in range(self._steps):
            gradients.backward(trainable.prefix(), pack(self._batches[step % len(self._batches)]), 1.0)
            torch.nn.utils.clip_grad_norm_(moving, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)


def _many(model: Model, count: int, options: argparse.Namespace) -> dict[str, float]:
    """How many times faster `count` jobs are together than one after another: decoding, training, and both."""
    computing = ComputingThread()
    shared = SharedModel(model, computing)
    jobs = [_SmallJob(model, number, options) for number in range(count)]
    ratios: dict[str, list[float]] = {"decoding": [], "training": [], "both": []}
    for turn in range(options.many_turns):
        _say(f"{count} jobs, turn {turn + 1} of {options.many_turns}")
        decoding = JointDecoding(shared, JOINT_ROWS, computing)
        steps = JointSteps(shared, JOINT_TOKENS, computing)
        seconds = {
            **_seconds_of_decoding(model, jobs, decoding),
            "training alone": _seconds(partial(_one_by_one, jobs, _train_alone)),
            "training together": _seconds(partial(_in_threads, jobs, partial(_train_together, steps))),
        }
        for name, value in seconds.items():
            _say(f"  {name}: {value:.2f} s")
        for part in ("decoding", "training"):
            ratios[part].append(seconds[f"{part} alone"] / seconds[f"{part} together"])
        alone = seconds["decoding alone"] + seconds["training alone"]
        ratios["both"].append(alone / (seconds["decoding together"] + seconds["training together"]))
    return {name: median(values) for name, values in ratios.items()}


def _seconds_of_decoding(
    model: Model, jobs: Sequence[_SmallJob], decoding: JointDecoding
) -> dict[str, float]:
    with _endless(model):
        return {
            "decoding alone": _seconds(partial(_one_by_one, jobs, partial(_decode_alone, model))),
            "decoding together": _seconds(partial(_in_threads, jobs, partial(_decode_together, decoding))),
        }


def _decode_alone(model: Model, job: _SmallJob) -> None:
    job.decode(OwnDecoder(model, JOINT_ROWS, SharedContexts(model)))


def _decode_together(decoding: JointDecoding, job: _SmallJob) -> None:
    job.decode(decoding)


def _train_alone(job: _SmallJob) -> None:
    job.train(OwnGradients(job.model))


def _train_together(steps: JointSteps, job: _SmallJob) -> None:
    with steps.joined() as gradients:
        job.train(gradients)


def _one_by_one(jobs: Sequence[_SmallJob], act: Callable[[_SmallJob], None]) -> None:
    for job in jobs:
        act(job)


def _in_threads(jobs: Sequence[_SmallJob], act: Callable[[_SmallJob], None]) -> None:
    threads = [threading.Thread(target=act, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _requests(model: Model, rows: int, tokens: int, chunk_tokens: int, seed: str) -> list[GenerationRequest]:
    context = tuple(model.chat.encode_context(corpus(model.chat, chunk_tokens, seed)))
    return [
        GenerationRequest(
            tuple(model.chat.encode_messages([ChatMessage("user", question)], with_cartridge=True)),
            SamplingParams(tokens, temperature=_TEMPERATURE, seed=number, top_logprobs=_TOP_K),
            context_ids=context,
        )
        for number, question in enumerate(questions(rows, seed))
    ]


def _decode(decoder: Decoder, requests: Sequence[GenerationRequest]) -> None:
    rows = decoder.decode(requests, on_tokens=lambda _: None, should_stop=lambda: False)
    if any(len(row.ids) != request.sampling.max_tokens for row, request in zip(rows, requests, strict=True)):
        raise RuntimeError("a row has other than the tokens asked for")


@torch.no_grad()
def _generate(theirs: Any, requests: Sequence[GenerationRequest]) -> None:
    """The same prompts as one left-padded batch."""
    prompts = [[*request.context_ids, *request.prompt_ids] for request in requests]
    longest, tokens = max(map(len, prompts)), requests[0].sampling.max_tokens
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    made = theirs.generate(
        ids, attention_mask=mask, do_sample=True, temperature=_TEMPERATURE, top_k=0, top_p=1.0,
        max_new_tokens=tokens, min_new_tokens=tokens, pad_token_id=0,
    )  # fmt: skip
    if made.shape[1] != longest + tokens:
        raise RuntimeError("a row has other than the tokens asked for")


@contextmanager
def _endless(model: Model) -> Iterator[None]:
    """No answer ends by itself, so that all have the tokens asked for."""
    end, model.chat.end_of_turn = model.chat.end_of_turn, -1
    try:
        yield
    finally:
        model.chat.end_of_turn = end


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _measure_alone(options: argparse.Namespace) -> Mapping[str, Any]:
    """Synthesis against `generate`, small jobs at once against one after another."""
    directory = get_packaged_model("smollm2-135m", Path(options.models))
    return measure(load_model(directory), options)


def _all_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=".cartridges/models", help="where the base model is or goes")
    add_options(parser)


if __name__ == "__main__":
    run("_training_speed_many", _measure_alone, _all_options)
