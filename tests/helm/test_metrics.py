"""Rules, dashboard and scalers ask for metrics and labels that the services export."""

import json
import re
from collections.abc import Iterator

from deploy.chart.metrics import Metric, metrics
from deploy.chart.monitoring import Objectives
from tests.helm.combinations import COMBINATIONS, PRODUCTION
from tests.helm.rendering import render
from tests.helm.test_rules import rules_of

# What Prometheus and its operator add.
ADDED_LABELS = {"namespace", "service", "pod", "release"}
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
_LABEL = re.compile(r'([a-zA-Z_]+)(?:=~|!~|!=|=)"')
_GROUPING = re.compile(r"by \(([^)]*)\)")


def by_name() -> dict[str, Metric]:
    return {name: each for each in metrics() for name in each.names}


def queries() -> Iterator[tuple[str, str]]:
    """Every query in the chart, and where it stands."""
    rendered = render(PRODUCTION)
    for group in rules_of(rendered)["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]
    (shown,) = rendered.kind("ConfigMap").values()
    for panel in json.loads(shown["data"]["cartridges.json"])["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for trigger in rendered.one("ScaledObject", "inference")["spec"]["triggers"]:
        yield "inference's scaling", trigger["metadata"]["query"]


def test_every_query_asks_for_a_metric_with_labels_that_it_has() -> None:
    known = by_name()
    recorded = {name for name, _ in queries() if name.startswith("cartridges:")}
    asked = set()
    for where, query in queries():
        found = _SELECTOR.findall(query)
        assert found, where
        for name, selector in found:
            labels = set(_LABEL.findall(selector))
            if name in recorded:
                assert labels <= ADDED_LABELS, where
                continue
            assert name in known, f"{where} asks for {name}"
            asked.add(name)
            allowed = {*known[name].labels, *ADDED_LABELS} | ({"le"} if name.endswith("_bucket") else set())
            assert labels <= allowed, (where, name, labels - allowed)
        for grouping in _GROUPING.findall(query):
            grouped = {each.strip() for each in grouping.split(",")}
            of = {label for name, _ in found if name in known for label in known[name].labels}
            assert grouped <= of | ADDED_LABELS | {"le"}, where
    assert len(asked) > 30


def test_the_time_to_first_token_is_promised_at_a_bound_of_its_histogram() -> None:
    bounds = by_name()["inference_time_to_first_token_seconds_bucket"].bounds
    (choices,) = [field for name, field in Objectives.model_fields.items() if name == "ttft_seconds"]
    offered = choices.annotation.__value__ if hasattr(choices.annotation, "__value__") else choices.annotation
    assert {float(each) for each in offered.__args__} <= set(bounds)
    assert all(str(float(each)) == each for each in offered.__args__), "Prometheus compares it as text"


def test_scalers_ask_for_metrics_that_are_there() -> None:
    names = by_name()
    for trigger in render(PRODUCTION).one("ScaledObject", "trainer")["spec"]["triggers"]:
        assert not names[trigger["metadata"]["valueLocation"]].labels, "KEDA needs one number"
    scaled = next(each for each in COMBINATIONS if each.name == "inference scaled by an HPA")
    (metric,) = render(scaled).one("HorizontalPodAutoscaler", "inference")["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] in names


def test_the_dashboard_has_its_panels_side_by_side_and_no_number_twice() -> None:
    (shown,) = render(PRODUCTION).kind("ConfigMap").values()
    panels = json.loads(shown["data"]["cartridges.json"])["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    covered = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < 24
