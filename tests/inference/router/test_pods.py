"""What the router makes of its pods: load that is not counted twice, ejection with patience, models that agree."""

from dataclasses import dataclass

import pytest

from services.inference.errors import BusyError, EngineNotReadyError
from services.inference.router.decision import Placement, Wanted, placement_of
from services.inference.router.holders import Holders
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import Member, PodPolicy, Pods, PodStatus, State
from services.inference.schemas import LoadOut, ModelOut

POLICY = PodPolicy(pod_queue=2, balance=1.25, ejection_seconds=1, ejection_limit_seconds=5)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def card(fingerprint: str = "one") -> ModelOut:
    return ModelOut(
        name="tiny",
        fingerprint=fingerprint,
        tokenizer_fingerprint="t",
        architecture="a",
        context_length=1024,
        kv_bytes_per_token=8,
        dtype="float32",
    )


def load(running: int = 0, waiting: int = 0, *, capacity: int = 4, draining: bool = False) -> LoadOut:
    return LoadOut(running=running, waiting=waiting, capacity=capacity, draining=draining)


def pods_of(*names: str, clock: Clock | None = None) -> Pods:
    """Pods that have been seen idle and ready."""
    pods = Pods(POLICY, RouterMetrics(), clock=clock or Clock())
    pods.set_members([Member(name, f"http://{name}") for name in names])
    for status in pods:
        pods.seen(status, load(), card(), in_flight_before=0)
    return pods


def only(pods: Pods) -> PodStatus:
    (status,) = pods
    return status


def placement(*digests: str) -> Placement:
    made = placement_of("tenant", [Wanted(digest, 10) for digest in digests])
    assert made is not None
    return made


def metric(pods: Pods, name: str, **labels: str) -> float | None:
    return pods.metrics.registry.get_sample_value(name, labels)


def test_requests_from_here_are_not_counted_twice() -> None:
    pods = pods_of("a")
    status = only(pods)
    with pods.sent(status), pods.sent(status):
        assert status.load == 2
        pods.seen(status, load(running=2, waiting=1), card(), in_flight_before=2)
        assert (status.elsewhere, status.load) == (1, 3)
        # One of ours has not reached the pod yet.
        pods.seen(status, load(running=1), card(), in_flight_before=2)
        assert status.load == 2
    assert status.load == 0


def test_a_pod_that_said_it_is_busy_is_full_until_it_tells_its_load() -> None:
    pods = pods_of("a")
    pods.refused(only(pods), ready=True)
    with pytest.raises(BusyError):
        pods.choose(None, ())
    pods.seen(only(pods), load(), card(), in_flight_before=0)
    assert pods.choose(None, ())[0] is only(pods)


def test_a_pod_that_fails_is_left_out_twice_as_long_each_time_up_to_a_limit() -> None:
    clock = Clock()
    pods = pods_of("a", clock=clock)
    status = only(pods)
    for seconds in (1, 2, 4, 5, 5):
        pods.failed(status, "reset")
        assert status.state == State.EJECTED
        with pytest.raises(EngineNotReadyError):
            pods.choose(None, ())
        clock.now += seconds - 0.01
        pods.seen(status, load(), card(), in_flight_before=0)
        assert status.state == State.EJECTED
        clock.now += 0.02
        pods.seen(status, load(), card(), in_flight_before=0)
        assert status.state == State.READY
    pods.answered(status, None)
    pods.failed(status, "reset")
    assert status.ejected_until == clock.now + 1
    assert metric(pods, "router_ejections_total") == 6


def test_a_pod_that_is_away_is_thought_to_hold_nothing_any_more() -> None:
    pods = pods_of("a", "b")
    first, _ = pods.choose(placement("x"), ())
    pods.answered(first, placement("x"))
    assert first.member.name in pods.holders["x"]
    pods.unreachable(first, "refused")
    assert "x" not in pods.holders
    assert first.card is None


def test_pods_of_the_model_that_was_there_first_are_served_until_the_last_is_gone() -> None:
    pods = pods_of("a")
    pods.set_members([Member("a", "http://a"), Member("b", "http://b")])
    first, second = pods
    pods.seen(second, load(), card("two"), in_flight_before=0)
    pods.seen(second, load(), card("two"), in_flight_before=0)
    assert second.state == State.OTHER_MODEL
    assert pods.model.fingerprint == "one"
    assert metric(pods, "router_refused_pods_total", cause="other_model") == 1
    pods.unreachable(first, "refused")
    pods.seen(second, load(), card("two"), in_flight_before=0)
    assert pods.model.fingerprint == "two"
    pods.seen(first, load(), card("one"), in_flight_before=0)
    assert first.state == State.OTHER_MODEL


def test_members_come_and_go_and_move() -> None:
    pods = pods_of("a", "b")
    before = {status.member.name: status for status in pods}
    pods.set_members([Member("a", "http://a"), Member("b", "http://elsewhere"), Member("c", "http://c")])
    after = {status.member.name: status for status in pods}
    assert list(after) == ["a", "b", "c"]
    assert after["a"] is before["a"]
    assert not pods.is_current(before["b"])
    assert metric(pods, "router_pods", state="ready") == 1
    assert metric(pods, "router_pods", state="unknown") == 2
    # What is seen of an address that is no longer the pod's changes nothing.
    pods.seen(before["b"], load(), card(), in_flight_before=0)
    assert after["b"].state == State.UNKNOWN
    assert [status.member.name for status in pods.ready()] == ["a"]


@pytest.mark.parametrize("by_discovery", [True, False])
def test_a_draining_pod_takes_nothing_new(by_discovery: bool) -> None:
    pods = pods_of("a", "b")
    first = next(iter(pods))
    if by_discovery:
        pods.set_members([Member("a", "http://a", draining=True), Member("b", "http://b")])
        pods.seen(first, load(), card(), in_flight_before=0)
    else:
        pods.seen(first, load(draining=True), card(), in_flight_before=0)
    assert first.state == State.DRAINING
    assert {pods.choose(placement(str(number)), ())[0].member.name for number in range(20)} == {"b"}


def test_the_share_of_moved_cartridges_is_told_when_pods_change() -> None:
    pods = pods_of("a", "b", "c", "d")
    for number in range(200):
        pods.choose(placement(str(number)), ())
    assert metric(pods, "router_moved_share") == 0
    pods.set_members([Member(name, f"http://{name}") for name in "abc"])
    pods.choose(None, ())
    assert metric(pods, "router_moved_share") == pytest.approx(0.25, abs=0.1)


def test_holders_follow_listings_and_what_was_sent() -> None:
    holders = Holders(pod_limit=2)
    holders.note("a", ["x", "y", "z"])
    holders.note("b", ["x"])
    assert {digest: set(holders[digest]) for digest in holders} == {"x": {"a", "b"}, "y": {"a"}}
    holders.replace("a", ["z"])
    assert {digest: set(holders[digest]) for digest in holders} == {"x": {"b"}, "z": {"a"}}
    holders.forget("a")
    holders.forget("never seen")
    assert (len(holders), list(holders)) == (1, ["x"])
