"""The router before real pods: a pod's own surface, cartridges where they are, and grants checked first."""

import httpx

from services.inference.router.decision import Fleet, Pod, Wanted, placement_of
from services.inference.settings import InferenceSettings
from tests.inference.router.conftest import StartPod, StartRouter, eventually
from tests.inference.serving import Caller, body
from tests.inference.shelf import OTHER_TEXT, Shelf


def test_answers_are_the_pods_own_whole_and_streamed(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pod, other = start_pod(), start_pod()
    cartridge = shelf.put()
    with start_router(pod, other) as router:
        assert router.ask(cartridge).json()["text"] == pod.caller.ask(cartridge).json()["text"]
        streamed, direct = router.stream(cartridge), pod.caller.stream(cartridge)
        assert streamed[:-1] == direct[:-1]
        assert streamed[-1]["finish_reason"] == direct[-1]["finish_reason"]
        assert router.ask().json()["text"] == pod.caller.ask().json()["text"]
        assert router.client.get("/v1/model").json() == pod.caller.client.get("/v1/model").json()
        assert router.client.get("/readyz").status_code == 200
        assert router.client.get("/healthz").status_code == 200


def test_a_cartridge_stays_on_one_pod_and_many_spread_over_all(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = [start_pod(), start_pod()]
    cartridges = [shelf.put(tokens=tokens) for tokens in range(16, 24)]
    with start_router(*pods) as router:
        for _ in range(2):
            for cartridge in cartridges:
                assert router.ask(cartridge, max_tokens=1).status_code == 200
        copies = [sum(pod.holds(cartridge.digest) for pod in pods) for cartridge in cartridges]
        assert copies == [1] * len(cartridges)
        assert all(any(pod.holds(cartridge.digest) for cartridge in cartridges) for pod in pods)
        assert router.metric('router_decisions_total{reason="home"}') == 2 * len(cartridges)
        listed = router.client.get("/v1/cartridges").json()["data"]
        assert [each["digest"] for each in listed] == [cartridge.digest for cartridge in cartridges]
        for cartridge in cartridges:
            params = {"digest": cartridge.digest}
            (found,) = router.client.get("/v1/residency", params=params).json()["data"]
            (place,) = found["places"]
            assert place["tier"] == "host"
            assert [pod.holds(cartridge.digest) for pod in pods if pod.cable.url == place["pod"]] == [True]


def test_a_pod_that_holds_a_cartridge_is_preferred_to_its_home(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = {pod.cable.url: pod for pod in (start_pod(), start_pod())}
    cartridge = shelf.put(OTHER_TEXT)
    placement = placement_of(shelf.tenant_id, [Wanted(cartridge.digest, cartridge.size_bytes)])
    assert placement is not None
    fleet = Fleet(Pod(url, capacity=16, limit=80) for url in pods)
    home, other = (pods[fleet.names[place]] for place in fleet.order(placement.key))
    other.caller.ask(cartridge, max_tokens=1)
    with start_router(home, other) as router:
        assert router.ask(cartridge, max_tokens=1).is_success
        assert router.metric('router_decisions_total{reason="holder"}') == 1
        assert not home.holds(cartridge.digest)


def test_cartridges_are_loaded_and_pinned_where_they_are_asked_for_and_unloaded_everywhere(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pods = [start_pod(), start_pod()]
    cartridge = shelf.put()
    # It looks at the pods once, and so learns that one is away from what it asks of it.
    with start_router(*pods, router_poll_seconds=60) as router:
        headers = router.headers(cartridge)
        wanted = {"digest": cartridge.digest, "pinned": True}
        assert router.client.post("/v1/load_cartridge", json=wanted, headers=headers).status_code == 204
        assert sum(pod.holds(cartridge.digest) for pod in pods) == 1
        assert router.client.get("/v1/cartridges").json()["data"][0]["pinned"]
        assert router.ask(cartridge, max_tokens=1).is_success
        assert sum(pod.holds(cartridge.digest) for pod in pods) == 1

        for pod in pods:
            pod.caller.ask(cartridge, max_tokens=1)
        unloading = {"digest": cartridge.digest}
        unloaded = [
            router.client.post("/v1/unload_cartridge", json=unloading, headers=headers) for _ in range(2)
        ]
        assert [answer.json() for answer in unloaded] == [{"was_at_hand": True}, {"was_at_hand": False}]
        assert not any(pod.holds(cartridge.digest) for pod in pods)

        for path in ("/v1/load_cartridge", "/v1/unload_cartridge"):
            refused = router.client.post(path, json=unloading, headers=router.headers())
            assert (refused.status_code, refused.json()["code"]) == (403, "grant_missing_cartridge")
        pods[0].cable.cut()
        half = router.client.post("/v1/unload_cartridge", json=unloading, headers=headers)
        assert (half.status_code, half.json()["code"]) == (503, "pods_unreachable")


def test_grants_are_checked_before_any_pod_is_reached(
    start_pod: StartPod, start_router: StartRouter, settings: InferenceSettings, shelf: Shelf
) -> None:
    pod = start_pod()
    cartridge = shelf.put()
    with start_router(pod) as router:
        asked = body(cartridge)
        foreign = Caller(router.client, settings, "ten_another")
        forged = settings.model_copy(update={"grant_secret": type(settings.grant_secret)("f" * 40)})
        answers = [
            router.client.post("/v1/generate", json=asked),
            router.client.post("/v1/generate", json=asked, headers=router.headers(cartridge, seconds=-1)),
            Caller(router.client, forged, router.tenant_id).ask(cartridge),
            router.client.post("/v1/generate", json=asked, headers=router.headers()),
            foreign.ask(cartridge),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (401, "grant_invalid"),
            (401, "grant_invalid"),
            (401, "grant_invalid"),
            (403, "grant_missing_cartridge"),
            (403, "grant_missing_cartridge"),
        ]
        assert all(_is_problem(answer) for answer in answers)
        assert answers[0].headers["www-authenticate"] == "Bearer"
        assert pod.generated == 0


def test_what_is_wrong_with_a_request_is_told_as_a_pod_tells_it(
    start_pod: StartPod, start_router: StartRouter, shelf: Shelf
) -> None:
    pod = start_pod()
    with start_router(pod) as router:
        for changes in ({"temperature": 9}, {"max_tokens": 5000}):
            answer, direct = router.ask(**changes), pod.caller.ask(**changes)
            assert (answer.status_code, answer.json()["code"]) == (direct.status_code, direct.json()["code"])
            assert answer.json()["detail"] == direct.json()["detail"]
            assert _is_problem(answer)
        for answer in (
            router.client.get("/v1/nothing"),
            router.client.get("/v1/generate"),
            router.client.post("/v1/generate", content=b"{", headers=router.headers()),
        ):
            assert 400 <= answer.status_code < 500
            assert _is_problem(answer)


def test_a_request_keeps_its_id_on_the_way_to_the_pod(start_pod: StartPod, start_router: StartRouter) -> None:
    with start_router(start_pod()) as router:
        headers = router.headers() | {"X-Request-ID": "one-id-for-both"}
        answer = router.client.post("/v1/generate", json=body(max_tokens=5000), headers=headers)
        assert answer.headers["x-request-id"] == "one-id-for-both"
        assert answer.json()["request_id"] == "one-id-for-both"


def test_the_load_is_that_of_all_pods(start_pod: StartPod, start_router: StartRouter) -> None:
    pods = [start_pod(inference_max_rows=2), start_pod(inference_max_rows=3)]
    with start_router(*pods) as router:
        idle = {"running": 0, "waiting": 0, "capacity": 5, "draining": False}
        eventually(lambda: router.client.get("/v1/load").json() == idle)
        long = body(max_tokens=900, stream=True)
        headers = pods[0].caller.headers()
        with pods[0].caller.client.stream("POST", "/v1/generate", json=long, headers=headers) as decoding:
            lines = decoding.iter_lines()
            next(lines)
            eventually(lambda: router.client.get("/v1/load").json()["running"] == 1)


def _is_problem(answer: httpx.Response) -> bool:
    return answer.headers["content-type"] == "application/problem+json"
