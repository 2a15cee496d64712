"""The network policies, worked out as a cluster would: who reaches whom, on which port, and nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helm.combinations import COMBINATIONS, JOBS, PRODUCTION, TRIAL_WITH_POLICIES
from tests.helm.rendering import Combination, Manifest, Rendered, render
from tests.helm.test_wiring import labels_match, ports_of

Edge = tuple[str, str, int]
INGRESS = {"kubernetes.io/metadata.name": "ingress-nginx"}
MONITORING = {"kubernetes.io/metadata.name": "monitoring"}
KEDA = {"kubernetes.io/metadata.name": "keda"}

# DESIGN's picture: a request goes api, router, agent; a job's data goes between S3 and trainer.
SERVING = {("api", "router", 8200), ("router", "inference", 8100)}
TRIAL = {
    *((who, "postgres", 5432) for who in ("api", "trainer", "dispatcher", "migrations")),
    *((who, "redis", 6379) for who in ("api", "trainer", "dispatcher")),
    *((who, "objectstore", 8333) for who in ("api", "trainer", "dispatcher", "migrations", "inference")),
}
OUTSIDE_PORTS = {
    "api": {5432, 6432, 6379, 6380, 5671, 5672, 443, 9000, 8333},
    "router": {443, 6443},
    "inference": {443, 9000, 8333},
    "trainer": {5432, 6432, 6379, 6380, 5671, 5672, 443, 9000, 8333},
    "dispatcher": {5432, 6432, 6379, 6380, 5671, 5672, 443, 9000, 8333},
    "migrations": {5432, 6432, 443, 9000, 8333},
    "dashboard": set(),
}
# SGLang's HTTP, and what its scheduler opens on all addresses (any port there is).
SGLANG_PORTS = (30000, 29500, 40123)


class Net:
    """The policies of a release, and the pods they are about."""

    def __init__(self, rendered: Rendered) -> None:
        self.policies = [each["spec"] for each in rendered.kind("NetworkPolicy").values()]
        self.pods = {
            template["metadata"]["labels"]["app.kubernetes.io/component"]: template["metadata"]["labels"]
            for _, template in rendered.pods()
        }

    def rules(self, component: str, direction: str) -> Iterator[dict[str, Any]]:
        kind = direction.capitalize()
        about = [
            each for each in self.policies if self._is_about(each, component) and kind in each["policyTypes"]
        ]
        assert about, f"nothing is said about {component}"
        for policy in about:
            yield from policy.get(direction) or ()

    def _is_about(self, policy: dict[str, Any], component: str) -> bool:
        return labels_match(policy["podSelector"].get("matchLabels", {}), self.pods[component])

    def passes(self, one: str, other: str, port: int) -> bool:
        """Whether pods of `one` may open connections to pods of `other`: both sides have to say so."""
        out = any(self._names(rule, "to", other, port) for rule in self.rules(one, "egress"))
        return out and any(self._names(rule, "from", one, port) for rule in self.rules(other, "ingress"))

    def _names(self, rule: dict[str, Any], side: str, component: str, port: int) -> bool:
        peers = rule.get(side)
        here = peers is None or any(
            "podSelector" in peer
            and "namespaceSelector" not in peer
            and labels_match(peer["podSelector"]["matchLabels"], self.pods[component])
            for peer in peers
        )
        return here and any(each["port"] == port for each in rule["ports"])

    def from_namespaces(self, component: str) -> set[tuple[str, int]]:
        """Namespaces whose pods come in, with the port."""
        return {
            (peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
            for rule in self.rules(component, "ingress")
            for peer in rule["from"]
            if "namespaceSelector" in peer
            for port in rule["ports"]
        }

    def to_addresses(self, component: str) -> set[int]:
        """Ports on which a component may leave the cluster."""
        return {
            port["port"]
            for rule in self.rules(component, "egress")
            if any("ipBlock" in peer for peer in rule["to"])
            for port in rule["ports"]
        }


def edges(net: Net, rendered: Rendered) -> set[Edge]:
    """Every connection that may be opened between pods of the release, on the ports that any of them has."""
    ports = {port for _, template in rendered.pods() for port in ports_of(template).values()}
    ports |= {*SGLANG_PORTS, 5432, 6379, 8333}
    return {
        (one, other, port)
        for one in net.pods
        for other in net.pods
        for port in ports
        if net.passes(one, other, port)
    }


def test_in_production_only_the_way_of_a_request_is_open_between_pods() -> None:
    rendered = render(PRODUCTION)
    assert edges(Net(rendered), rendered) == SERVING


def test_in_a_trial_the_servers_are_reached_by_those_that_need_them() -> None:
    rendered = render(TRIAL_WITH_POLICIES)
    assert edges(Net(rendered), rendered) == SERVING | TRIAL


def test_sglang_is_reached_from_its_own_pod_alone() -> None:
    rendered = render(PRODUCTION)
    net = Net(rendered)
    for port in SGLANG_PORTS:
        assert not [one for one in net.pods if net.passes(one, "inference", port)]
    assert net.from_namespaces("inference") == {("monitoring", 8100)}
    (agent,) = rendered.one("StatefulSet", "inference")["spec"]["template"]["spec"]["containers"]
    assert {each["containerPort"] for each in agent["ports"]} == {8100}


def test_from_elsewhere_come_requests_scrapes_and_keda_and_nothing_else() -> None:
    net = Net(render(PRODUCTION))
    assert {component: net.from_namespaces(component) for component in net.pods} == {
        "api": {("ingress-nginx", 8000), ("monitoring", 8000)},
        "dashboard": {("ingress-nginx", 8080)},
        "router": {("monitoring", 8200)},
        "inference": {("monitoring", 8100)},
        "dispatcher": {("monitoring", 9100), ("keda", 9100)},
        "trainer": {("monitoring", 9100)},
        "migrations": set(),
    }


def test_each_leaves_the_cluster_on_the_ports_of_its_servers_alone() -> None:
    net = Net(render(PRODUCTION))
    assert {component: net.to_addresses(component) for component in net.pods} == OUTSIDE_PORTS
    assert {6443} <= Net(render(JOBS)).to_addresses("dispatcher")


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_no_pod_is_left_out_and_each_may_ask_for_names(combination: Combination) -> None:
    rendered = render(combination)
    if not rendered.kind("NetworkPolicy"):
        return
    net = Net(rendered)
    for component in net.pods:
        asks = [
            port["port"] for rule in net.rules(component, "egress") for port in rule["ports"] if _is_dns(rule)
        ]
        needs_none = component in {"dashboard", "model-loader", "postgres", "redis", "objectstore"}
        assert asks == ([] if needs_none else [53, 53]), component
    (deny,) = [
        each
        for each in rendered.kind("NetworkPolicy").values()
        if each["metadata"]["name"].endswith("default-deny")
    ]
    assert not deny["spec"].keys() & {"ingress", "egress"}


def _is_dns(rule: Manifest) -> bool:
    return any(port["protocol"] == "UDP" for port in rule["ports"])
