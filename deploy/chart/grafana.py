"""The Grafana dashboard, made panel by panel: `files/dashboard.json` in the chart, as Grafana's own export has it."""

import json
from dataclasses import dataclass
from typing import Any

_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDTH, _HEIGHT, _ACROSS = 8, 8, 3
_OF = 'namespace="$namespace",service="$release-{component}"'


@dataclass(frozen=True)
class Panel:
    """A graph: what it shows, in which unit, and its queries by their legends."""

    title: str
    unit: str
    queries: dict[str, str]


def _of(component: str, *more: str) -> str:
    return "{" + ",".join((_OF.format(component=component), *more)) + "}"


_API, _ROUTER, _PODS, _DISPATCHER = (_of(each) for each in ("api", "router", "inference", "dispatcher"))
_CHAT = 'route="/v1/chat/completions"'
_TRAINERS = '{namespace="$namespace",pod=~"$release-trainer-.*"}'


def _quantile(share: float, metric: str, selector: str) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({metric}_bucket{selector}[5m])))"


ROWS: dict[str, tuple[Panel, ...]] = {
    "What users see": (
        Panel("Chat requests by status", "reqps", {
            "{{status}}": f"sum by (status) (rate(http_requests_total{_of('api', _CHAT)}[5m]))",
        }),
        Panel("Time to first token", "s", {
            "p50": _quantile(0.5, "inference_time_to_first_token_seconds", _PODS),
            "p95": _quantile(0.95, "inference_time_to_first_token_seconds", _PODS),
            "p99": _quantile(0.99, "inference_time_to_first_token_seconds", _PODS),
        }),
        Panel("Other requests, p95 by route", "s", {
            "{{route}}": "histogram_quantile(0.95, sum by (le, route) (rate(http_request_duration_seconds_bucket"
            + _of("api", 'route!="/v1/chat/completions"') + "[5m])))",
        }),
    ),
    "Serving": (
        Panel("Pods by state", "short", {"{{state}}": f"max by (state) (router_pods{_ROUTER})"}),
        Panel("Requests waiting and decoding", "short", {
            "waiting": f"sum(inference_waiting_requests{_PODS})",
            "decoding": f"sum(inference_active_rows{_PODS})",
        }),
        Panel("Why a pod was chosen", "reqps", {
            "{{reason}}": f"sum by (reason) (rate(router_decisions_total{_ROUTER}[5m]))",
            "refused: {{cause}}": f"sum by (cause) (rate(router_refusals_total{_ROUTER}[5m]))",
        }),
        Panel("Tokens", "short", {"{{kind}}": f"sum by (kind) (rate(inference_tokens_total{_PODS}[5m]))"}),
        Panel("Where cartridges were", "percentunit", {
            "{{tier}}": f"sum by (tier) (rate(inference_cartridge_hits_total{_PODS}[5m])) / ignoring(tier) "
            f"group_left sum(rate(inference_cartridge_hits_total{_PODS}[5m]))",
        }),
        Panel("Cartridges dropped for each asked for", "short", {
            "{{pod}}": f"sum by (pod) (rate(inference_cartridge_evictions_total{_PODS}[30m])) / "
            f"sum by (pod) (rate(inference_cartridge_lookups_total{_PODS}[30m]))",
        }),
        Panel("From the object store", "s", {
            "p95": _quantile(0.95, "inference_cartridge_load_seconds", _PODS),
        }),
        Panel("Cartridges at hand", "bytes", {
            "disk or engine {{pod}}": f"inference_cartridge_resident_bytes{_PODS}",
            "host memory {{pod}}": f"inference_cartridge_host_bytes{_PODS}",
        }),
        Panel("Answers withheld, loads failed", "short", {
            "withheld: {{reason}}": f"sum by (reason) (increase(inference_withheld_answers_total{_PODS}[15m]))",
            "failed: {{code}}": f"sum by (code) (increase(inference_cartridge_load_failures_total{_PODS}[15m]))",
        }),
    ),
    "Training": (
        Panel("Training jobs", "short", {
            "{{state}}": f"max by (state) (dispatcher_jobs{_DISPATCHER})",
            "messages": f"max(dispatcher_queue_messages{_DISPATCHER})",
        }),
        Panel("Oldest jobs", "s", {
            "waiting": f"max(dispatcher_oldest_unbegun_job_seconds{_DISPATCHER})",
            "begun": f"max(dispatcher_oldest_begun_job_seconds{_DISPATCHER})",
        }),
        Panel("How attempts end", "short", {
            "{{outcome}}": f"sum by (outcome) (increase(trainer_attempts_total{_TRAINERS}[1h]))",
            "fell silent": f"max(increase(dispatcher_lost_leases_total{_DISPATCHER}[1h]))",
        }),
        Panel("Stages, median", "s", {
            "{{stage}}": "histogram_quantile(0.5, sum by (le, stage) "
            f"(rate(trainer_stage_seconds_bucket{_TRAINERS}[6h])))",
        }),
        Panel("Objects to delete", "short", {"objects": f"max(dispatcher_object_deletions{_DISPATCHER})"}),
        Panel("Free disk", "percentunit", {
            "{{pod}}": f"inference_disk_free_bytes{_PODS} / inference_disk_size_bytes{_PODS}",
            "trainer {{pod}}": f"trainer_disk_free_bytes{_TRAINERS} / trainer_disk_size_bytes{_TRAINERS}",
        }),
    ),
}  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it; it asks which Prometheus, namespace and release."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append(_row(len(panels) + 1, title, y))
        y += 1
        for number, panel in enumerate(row):
            x = number % _ACROSS * _WIDTH
            panels.append(_graph(len(panels) + 1, panel, x, y + number // _ACROSS * _HEIGHT))
        y += -(-len(row) // _ACROSS) * _HEIGHT
    return {
        "uid": "cartridges",
        "title": "Cartridges",
        "tags": ["cartridges"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": panels,
    }


def dashboard_json() -> str:
    return json.dumps(dashboard(), indent=1) + "\n"


def _row(number: int, title: str, y: int) -> dict[str, Any]:
    place = {"x": 0, "y": y, "w": 24, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _graph(number: int, panel: Panel, x: int, y: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
            for place, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _variables() -> list[dict[str, Any]]:
    services = 'label_values(http_requests_in_progress{namespace="$namespace"}, service)'
    return [
        {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
        {
            "name": "namespace", "type": "query", "datasource": _SOURCE, "refresh": 2,
            "query": "label_values(dispatcher_unfinished_jobs, namespace)",
        },
        {
            "name": "release", "type": "query", "datasource": _SOURCE, "refresh": 2,
            "query": services, "regex": "/(.*)-api/",
        },
    ]  # fmt: skip
