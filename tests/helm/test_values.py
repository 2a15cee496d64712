"""What the chart takes for values, and what it refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.chart.generate import drifted, schema
from tests.helm.combinations import EVERYTHING, S3
from tests.helm.rendering import CHART, Combination, HelmError, render


def test_values_schema_readme_dashboard_and_metrics_are_as_the_code_has_them() -> None:
    assert not drifted(), "run `make chart` and commit what it writes"


def test_every_value_is_described_and_unknown_ones_are_refused_at_every_depth() -> None:
    written = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert written == schema()
    objects = list(_objects(written, ""))
    assert len(objects) > 60
    for path, each in objects:
        assert each["additionalProperties"] is False, path
        for name, value in each["properties"].items():
            assert value.get("description"), f"{path}.{name}"


@pytest.mark.parametrize(
    "changes",
    [
        {"replicas": 2},
        {"api.replica": 2},
        {"api.resources.request": {"cpu": "1"}},
        {"api.settings": {"CARTRIDGES_UNHEARD_OF": "1"}},
        {"api.settings": {"CARTRIDGES_DATABASE_URL": "postgresql+psycopg://me:secret@db/x"}},
        {"api.settings": {"CARTRIDGES_KEY_PEPPER": "a pepper that stands in the values"}},
        {"api.settings": {"CARTRIDGES_MAX_UPLOAD_BYTES": "much"}},
        {"api.settings": {"CARTRIDGES_MAX_UPLOAD_BYTES": 0}},
        {"api.image.digest": "sha256:abc"},
        {"trainer.mode": "threads"},
        {"inference.engine": "vllm"},
        {"inference.pageSize": 129},
        {"inference.gpu.count": -1},
        {"inference.cache.size": "plenty"},
        {"monitoring.rules.objectives.ttftSeconds": "3"},
        {"monitoring.rules.objectives.chatAvailability": 1},
        {"networkPolicies.outside.database.cidrs": ["everywhere"]},
        {"secrets.database.existing": "Not_A_Name"},
        {"secrets.platform.keys.grantSecrets": "x"},
        {"gateway.parentRefs": [{"namespace": "edge"}]},
        {"model.name": "../elsewhere"},
    ],
    ids=lambda changes: json.dumps(changes)[:60],
)
def test_a_value_that_is_wrong_is_refused_by_its_name(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(HelmError, match=name.rpartition(".")[2].removesuffix("s")):
        render(Combination.of("refused", {**S3, **changes}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "objectStore.endpoint"),
        ({**S3, "trial.objectStore.enabled": True}, "either objectStore.endpoint or trial"),
        ({**S3, "router.enabled": False}, "several inference pods need router.enabled"),
        ({**S3, "inference.lingerSeconds": 1, "router.pollSeconds": 2}, "at least router.pollSeconds"),
        ({**S3, "gateway.enabled": True}, "gateway.parentRefs"),
        ({**S3, "inference.autoscaling": {"enabled": True, "kind": "keda"}}, "prometheusAddress"),
        ({**S3, "priorityClasses": {"create": True, "inference": 5, "training": 5}}, "must be above"),
        ({**S3, "ingress": {"enabled": True, "tlsSecret": "tls"}}, "ingress.host"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_values_that_do_not_go_together_are_refused_with_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(HelmError, match=reason):
        render(Combination.of("refused", changes))


def test_large_numbers_and_lists_reach_a_service_as_they_were_written() -> None:
    (container,) = render(EVERYTHING).one("Deployment", "api")["spec"]["template"]["spec"]["containers"]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["CARTRIDGES_MAX_UPLOAD_BYTES"] == "268435456"
    assert json.loads(variables["CARTRIDGES_CORS_ORIGINS"]) == ["https://app.example"]


def _objects(block: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every block of values with names of its own; maps of labels and Kubernetes' own forms are the operator's."""
    if "properties" in block:
        yield path, block
        for name, value in block["properties"].items():
            if name != "global":
                yield from _objects(value, f"{path}.{name}")
    if isinstance(block.get("items"), dict):
        yield from _objects(block["items"], f"{path}[]")
