"""Every metric that the services export, read from their code: for the rules, the dashboard and the documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from cartridge_web.disk import DiskCollector
from cartridge_web.metrics import HttpMetrics
from services.api.limits.buckets import Buckets
from services.inference.metrics import InferenceMetrics
from services.inference.router.metrics import RouterMetrics
from services.trainer.metrics import REGISTRY as TRAINER_REGISTRY
from services.trainer.observation import DispatcherMetrics


@dataclass(frozen=True)
class Metric:
    """`names` are those of its series: a counter's ends in _total, a histogram has three."""

    name: str
    kind: str
    labels: tuple[str, ...]
    told: str
    service: str
    bounds: tuple[float, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        return (self.shown,)

    @property
    def shown(self) -> str:
        return f"{self.name}_total" if self.kind == "counter" else self.name


def metrics() -> list[Metric]:
    """All of them, by service."""
    http, api, inference, router = (CollectorRegistry() for _ in range(4))
    HttpMetrics(http)
    Buckets(None, api)
    InferenceMetrics(inference)
    RouterMetrics(router)
    return [
        *_of(http, "api, inference, router"),
        *_of(api, "api"),
        *_of(inference, "inference"),
        *_disk("inference"),
        *_of(router, "router"),
        *_of(DispatcherMetrics().registry, "dispatcher"),
        *_of(TRAINER_REGISTRY, "trainer"),
        *_disk("trainer"),
    ]


def document() -> str:
    """docs/operations/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "Made by `make chart` from the services' own registries. api, inference and router tell them at `/metrics` of "
        "their port, dispatcher and trainer at the port that `CARTRIDGES_DISPATCHER_STATUS_PORT` and "
        "`CARTRIDGES_TRAINER_STATUS_PORT` name (the trainer shares its child's counts through "
        "`PROMETHEUS_MULTIPROC_DIR`); api, inference and router also tell `process_*` and `python_info`. Several "
        "dispatchers tell the same of the backlog: take the largest, not the sum.",
        "",
        "| metric | kind | labels | services | what it is |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each.shown}` | {each.kind} | {', '.join(each.labels)} | {each.service} | {each.told} |"
        for each in metrics()
    ]
    return "\n".join(lines) + "\n"


def _of(registry: CollectorRegistry, service: str) -> Iterator[Metric]:
    for collector in registry._collector_to_names:
        (family,) = collector.describe()  # type: ignore[attr-defined]
        yield Metric(
            family.name,
            family.type,
            tuple(collector._labelnames),  # type: ignore[attr-defined]
            family.documentation,
            service,
            tuple(getattr(collector, "_upper_bounds", None) or collector._kwargs.get("buckets", ())),  # type: ignore[attr-defined]
        )


def _disk(service: str) -> Iterator[Metric]:
    for family in DiskCollector(service, Path("/")).collect():
        yield Metric(family.name, family.type, (), family.documentation, service)
