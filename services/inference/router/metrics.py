"""Prometheus metrics of the router, beside those of HTTP."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class RouterMetrics:
    """Every metric the router exposes. Pods are counted, not named: their names come and go."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.decisions = Counter(
            "router_decisions", "Requests sent to a pod, by reason: home, holder, spill, least_loaded.",
            ["reason"], registry=self.registry,
        )  # fmt: skip
        self.refusals = Counter(
            "router_refusals", "Requests sent to no pod, by cause: full, no_pod.",
            ["cause"], registry=self.registry,
        )  # fmt: skip
        self.retries = Counter(
            "router_retries", "Attempts on another pod, by what the one before met: connection, timeout, busy.",
            ["cause"], registry=self.registry,
        )  # fmt: skip
        self.broken_answers = Counter(
            "router_broken_answers", "Answers that a pod broke off after they had begun.",
            registry=self.registry,
        )  # fmt: skip
        self.ejections = Counter(
            "router_ejections", "Times that a pod was left out because a request to it failed.",
            registry=self.registry,
        )  # fmt: skip
        self.refused_pods = Counter(
            "router_refused_pods", "Times that a pod was refused, by cause: other_model.",
            ["cause"], registry=self.registry,
        )  # fmt: skip
        self.pods = Gauge(
            "router_pods", "Pods by state: unknown, ready, not_ready, draining, ejected, other_model.",
            ["state"], registry=self.registry,
        )  # fmt: skip
        self.in_flight = Gauge(
            "router_requests_in_flight", "Requests at pods that came through here.", registry=self.registry
        )
        self.first_byte_seconds = Histogram(
            "router_time_to_first_byte_seconds", "From a request's arrival to its answer's first byte.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.moved_share = Gauge(
            "router_moved_share",
            "Of the cartridge sets asked for lately, the share whose home the last change of pods has moved.",
            registry=self.registry,
        )
        self.discovery_failures = Counter(
            "router_discovery_failures", "Times that the list of pods could not be read, by cause.",
            ["cause"], registry=self.registry,
        )  # fmt: skip
