"""Pods that refuse, break off, stand still or leave: another one before the first byte, a clear error after it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.inference.router.conftest import RunningPod, StartPod, StartRouter, eventually
from tests.inference.serving import Caller, body
from tests.inference.shelf import Shelf

LONG = {"max_tokens": 900}
# Looks so rarely that only what requests meet can tell the router of a pod's state.
BLIND = {"router_poll_seconds": 60, "router_listing_seconds": 60}


@contextmanager
def streaming(caller: Caller) -> Iterator[Iterator[str]]:
    """The lines of a long answer that has begun."""
    asked = body(stream=True, **LONG)
    with caller.client.stream("POST", "/v1/generate", json=asked, headers=caller.headers()) as answer:
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        next(lines)
        yield lines


def ready_pods(router: Caller) -> float:
    return router.metric('router_pods{state="ready"}')


def test_a_pod_that_refuses_connections_is_passed_over_left_out_and_taken_back(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = [start_pod(), start_pod()]
    cartridge = shelf.put()
    with start_router(*pods, router_poll_seconds=0.5) as router:
        router.ask(cartridge, max_tokens=1)
        home, other = sorted(pods, key=lambda pod: not pod.holds(cartridge.digest))
        home.cable.cut()
        assert router.ask(cartridge, max_tokens=1).status_code == 200
        assert other.holds(cartridge.digest)
        assert ready_pods(router) == 1
        home.cable.mend()
        eventually(lambda: ready_pods(router) == 2)


def test_a_connection_that_is_reset_before_the_answer_begins_leads_to_another_pod(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = [start_pod(), start_pod()]
    cartridge = shelf.put()
    with start_router(*pods, **BLIND) as router, ThreadPoolExecutor(1) as pool:
        router.ask(cartridge, max_tokens=1)
        home, other = sorted(pods, key=lambda pod: not pod.holds(cartridge.digest))
        home.cable.hold()
        asking = pool.submit(router.ask, cartridge, max_tokens=1)
        eventually(lambda: router.metric("router_requests_in_flight") == 1)
        home.cable.cut()
        assert asking.result(10).status_code == 200
        assert other.holds(cartridge.digest)
        assert router.metric('router_retries_total{cause="connection"}') == 1


def test_a_pod_that_does_not_begin_in_time_leads_to_another_and_then_to_a_timeout(
    start_pod: StartPod, start_router: StartRouter
) -> None:
    pods = [start_pod(), start_pod()]
    with start_router(*pods, router_first_byte_seconds=0.5, **BLIND) as router:
        # Of idle pods the first by name takes what needs no cartridges.
        first, second = sorted(pods, key=lambda pod: pod.cable.url)
        first.cable.hold()
        assert len(router.stream(max_tokens=1)) == 2
        assert router.metric('router_retries_total{cause="timeout"}') == 1
        second.cable.hold()
        late = router.ask(max_tokens=1, stream=True)
        assert (late.status_code, late.json()["code"]) == (504, "answer_timed_out")
        assert late.headers["content-type"] == "application/problem+json"


def test_an_answer_that_is_not_streamed_may_take_as_long_as_it_takes(
    start_pod: StartPod, start_router: StartRouter
) -> None:
    pod = start_pod()
    limits = {"router_first_byte_seconds": 0.1, "router_whole_answer_seconds": 60}
    with start_router(pod, **limits) as router:
        assert router.ask(max_tokens=400).json()["usage"]["completion_tokens"] > 1
        assert router.metric('router_retries_total{cause="timeout"}') == 0


def test_a_busy_pod_leads_to_another_and_when_all_are_busy_the_caller_is_told(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = [start_pod(inference_max_rows=1, inference_max_waiting=1) for _ in range(2)]
    cartridge = shelf.put()
    with start_router(*pods, **BLIND) as router, ThreadPoolExecutor(4) as pool:
        router.ask(cartridge, max_tokens=1)
        home, other = sorted(pods, key=lambda pod: not pod.holds(cartridge.digest))
        with streaming(home.caller):
            waiting = [pool.submit(home.caller.ask)]
            home.caller.await_metric("inference_waiting_requests", 1)
            assert router.ask(cartridge, max_tokens=1).status_code == 200
            assert other.holds(cartridge.digest)
            assert router.metric('router_retries_total{cause="busy"}') == 1
            with streaming(other.caller):
                waiting.append(pool.submit(other.caller.ask))
                other.caller.await_metric("inference_waiting_requests", 1)
                refused = router.ask(cartridge)
                assert (refused.status_code, refused.json()["code"]) == (503, "busy")
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.headers["content-type"] == "application/problem+json"
        assert all(each.result(30).status_code == 200 for each in waiting)


def test_the_router_keeps_no_queue_of_its_own(start_pod: StartPod, start_router: StartRouter) -> None:
    pod = start_pod(inference_max_rows=1)
    with start_router(pod, router_pod_queue=0) as router, streaming(router):
        refused = router.ask()
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert router.metric('router_refusals_total{cause="full"}') == 1
        assert pod.generated == 0


def test_a_stream_that_breaks_off_ends_with_a_problem_and_is_not_begun_again(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = [start_pod(), start_pod()]
    cartridge = shelf.put()
    with start_router(*pods, **BLIND) as router:
        router.ask(cartridge, max_tokens=1)
        home, other = sorted(pods, key=lambda pod: not pod.holds(cartridge.digest))
        asked = body(cartridge, stream=True, **LONG)
        headers = router.headers(cartridge)
        with router.client.stream("POST", "/v1/generate", json=asked, headers=headers) as answer:
            lines = answer.iter_lines()
            next(lines)
            home.cable.cut()
            events = [line for line in lines if line]
        assert events[-2] == "event: error"
        problem = json.loads(events[-1].removeprefix("data: "))
        assert (problem["status"], problem["code"]) == (502, "pod_broke_off")
        # Every event before it is whole.
        assert all(json.loads(line.removeprefix("data: ")) for line in events[:-2])
        assert router.metric("router_broken_answers_total") == 1
        assert (other.generated, ready_pods(router)) == (0, 1)


def test_a_stream_that_stands_still_is_given_up(start_pod: StartPod, start_router: StartRouter) -> None:
    pod = start_pod()
    # Longer than a busy machine keeps a pod from its next token: the cable alone is to stand still.
    with start_router(pod, router_between_bytes_seconds=2.0, **BLIND) as router, streaming(router) as lines:
        pod.cable.hold()
        assert '"pod_broke_off"' in [line for line in lines if line][-1]


def test_a_client_that_leaves_a_stream_frees_its_row(start_pod: StartPod, start_router: StartRouter) -> None:
    pod = start_pod()
    with start_router(pod) as router:
        with streaming(router):
            pod.caller.await_metric("inference_active_rows", 1)
        pod.caller.await_metric('inference_requests_total{outcome="cancelled"}', 1)
        router.await_metric("router_requests_in_flight", 0)


def test_a_client_that_leaves_before_a_whole_answer_frees_its_row(
    start_pod: StartPod, start_router: StartRouter
) -> None:
    pod = start_pod()
    with start_router(pod) as router:
        with pytest.raises(httpx.ReadTimeout):
            router.client.post("/v1/generate", json=body(**LONG), headers=router.headers(), timeout=0.3)
        pod.caller.await_metric('inference_requests_total{outcome="cancelled"}', 1)
        router.await_metric("router_requests_in_flight", 0)


def test_without_a_ready_pod_the_router_is_not_ready_and_says_so(
    start_pod: StartPod, start_router: StartRouter
) -> None:
    pod = start_pod()
    pod.cable.cut()
    with start_router(pod, ready=0) as router:
        for answer in (
            router.client.get("/readyz"),
            router.client.get("/v1/model"),
            router.client.get("/v1/cartridges"),
            router.ask(),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "engine_not_ready")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["content-type"] == "application/problem+json"
        pod.cable.mend()
        eventually(lambda: router.client.get("/readyz").status_code == 200)
        assert router.ask(max_tokens=1).status_code == 200


def test_a_draining_pod_gets_nothing_new_and_finishes_what_it_has(
    start_pod: StartPod, start_router: StartRouter
) -> None:
    pods = [start_pod(), start_pod()]
    with start_router(*pods) as router, streaming(router) as lines:
        draining = next(pod for pod in pods if _is_answering(pod))
        draining.app.state.draining = True
        router.await_metric('router_pods{state="draining"}', 1)
        for _ in range(3):
            assert router.ask(max_tokens=1).status_code == 200
        assert '"usage"' in [line for line in lines if line][-1]
        assert draining.generated == 1


def test_a_pod_of_another_model_is_refused_until_those_before_it_are_gone(
    start_pod: StartPod, start_router: StartRouter, tiny_model_dir: Path, tmp_path: Path
) -> None:
    first, other = start_pod(), start_pod(base_model=_other_weights(tiny_model_dir, tmp_path / "other"))
    other.cable.hold()  # so that it is seen second
    with start_router(first, other, ready=1) as router:
        other.cable.release()
        router.await_metric('router_pods{state="other_model"}', 1)
        assert router.metric('router_refused_pods_total{cause="other_model"}') == 1
        assert router.client.get("/v1/model").json() == first.caller.client.get("/v1/model").json()
        for _ in range(3):
            router.ask(max_tokens=1)
        assert other.generated == 0
        first.cable.cut()
        router.await_metric('router_pods{state="other_model"}', 0)
        assert router.client.get("/v1/model").json() == other.caller.client.get("/v1/model").json()


def _is_answering(pod: RunningPod) -> bool:
    return bool(pod.caller.client.get("/v1/load").json()["running"])


def _other_weights(tiny_model_dir: Path, target: Path) -> Path:
    """The tiny model with other weights, and so with another fingerprint."""
    target.mkdir()
    for path in tiny_model_dir.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(1.5)
    model.save_pretrained(target)
    return target
