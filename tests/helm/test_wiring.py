"""What one object says of another is true: selectors, ports, probes, volumes, targets, times."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.api.app import create_app
from services.api.health.endpoints import router as api_health
from services.api.settings import ApiSettings
from services.inference.health import router as inference_health
from services.inference.router.endpoints import health_router as router_health
from tests.helm.combinations import COMBINATIONS, DEV, EVERYTHING, JOBS, PRODUCTION
from tests.helm.rendering import FULLNAME, Combination, Manifest, Rendered, render

# Of processes that serve nothing else: cartridge_web.status, tried in tests/web/test_status.py.
STATUS_PATHS = {"/healthz", "/readyz", "/metrics"}


def labels_match(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def ports_of(template: Manifest) -> dict[str, int]:
    return {
        port["name"]: port["containerPort"]
        for container in template["spec"]["containers"]
        for port in container.get("ports", ())
    }


def selected(rendered: Rendered, selector: dict[str, str]) -> list[Manifest]:
    """Templates of the pods that bear these labels."""
    return [each for _, each in rendered.pods() if labels_match(selector, each["metadata"]["labels"])]


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_services_find_pods_and_ports(combination: Combination) -> None:
    rendered = render(combination)
    for name, service in rendered.kind("Service").items():
        (template,) = selected(rendered, service["spec"]["selector"])
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in ports_of(template), name


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_a_workload_selects_its_own_pods_and_no_others(combination: Combination) -> None:
    rendered = render(combination)
    for owner, template in rendered.pods():
        if owner["kind"] != "Job":
            assert selected(rendered, owner["spec"]["selector"]["matchLabels"]) == [template]
        for spread in template["spec"].get("topologySpreadConstraints", ()):
            assert labels_match(spread["labelSelector"]["matchLabels"], template["metadata"]["labels"])


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_scalers_and_budgets_name_what_is_there(combination: Combination) -> None:
    rendered = render(combination)
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        for scaler in rendered.kind(kind).values():
            target = scaler["spec"]["scaleTargetRef"]
            owner = rendered.kind(target["kind"])[target["name"]]
            assert owner["apiVersion"] == target["apiVersion"]
            assert "replicas" not in owner["spec"], "each upgrade would undo the scaling"
    for budget in rendered.kind("PodDisruptionBudget").values():
        assert len(selected(rendered, budget["spec"]["selector"]["matchLabels"])) == 1
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]
        for kind in ("HorizontalPodAutoscaler", "ScaledObject")
        for each in rendered.kind(kind).values()
    }
    for owner, _ in rendered.pods():
        if owner["kind"] in {"Deployment", "StatefulSet"} and owner["metadata"]["name"] not in scaled:
            assert "replicas" in owner["spec"]


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_volumes_claims_and_accounts_are_there(combination: Combination) -> None:
    rendered = render(combination)
    for owner, template in rendered.pods():
        spec = template["spec"]
        volumes = {each["name"]: each for each in spec.get("volumes", ())}
        claimed = {each["metadata"]["name"] for each in owner["spec"].get("volumeClaimTemplates", ())}
        mounted = {
            mount["name"]
            for container in (*spec.get("initContainers", ()), *spec["containers"])
            for mount in container.get("volumeMounts", ())
        }
        assert mounted == set(volumes) | claimed, owner["metadata"]["name"]
        for volume in volumes.values():
            if "configMap" in volume:
                assert volume["configMap"]["name"] in rendered.kind("ConfigMap")
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if (
                claim is not None
                and combination not in (PRODUCTION, EVERYTHING, JOBS)
                and "production" not in str(combination)
            ):
                assert claim in rendered.kind("PersistentVolumeClaim")
        if "serviceAccountName" in spec:
            assert spec["serviceAccountName"] in rendered.kind("ServiceAccount")


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_ways_in_and_monitors_lead_to_services(combination: Combination) -> None:
    rendered = render(combination)
    services = rendered.kind("Service")
    for ingress in rendered.kind("Ingress").values():
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            backend = path["backend"]["service"]
            assert backend["port"]["name"] in {
                each["name"] for each in services[backend["name"]]["spec"]["ports"]
            }
    for route in rendered.kind("HTTPRoute").values():
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                assert backend["port"] in {
                    each["port"] for each in services[backend["name"]]["spec"]["ports"]
                }
    for monitor in rendered.kind("ServiceMonitor").values():
        (service,) = [
            each for each in services.values()
            if labels_match(monitor["spec"]["selector"]["matchLabels"], each["metadata"]["labels"])
        ]  # fmt: skip
        for endpoint in monitor["spec"]["endpoints"]:
            assert endpoint["port"] in {each["name"] for each in service["spec"]["ports"]}
    for monitor in rendered.kind("PodMonitor").values():
        (template,) = selected(rendered, monitor["spec"]["selector"]["matchLabels"])
        assert monitor["spec"]["podMetricsEndpoints"][0]["port"] in ports_of(template)


def test_probes_ask_for_what_the_services_answer() -> None:
    asked: dict[str, set[str]] = {}
    for combination in (PRODUCTION, DEV):
        for _, template in render(combination).pods():
            component = template["metadata"]["labels"]["app.kubernetes.io/component"]
            for container in template["spec"]["containers"]:
                ports = {each["name"] for each in container.get("ports", ())}
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    request = container.get(probe, {}).get("httpGet")
                    if request is not None:
                        assert request["port"] in ports
                        asked.setdefault(component, set()).add(request["path"].partition("?")[0])
    assert asked == {
        "api": _paths(api_health),
        "inference": _paths(inference_health),
        "router": _paths(router_health),
        "dispatcher": STATUS_PATHS - {"/metrics"},
        "trainer": STATUS_PATHS - {"/metrics"},
        "dashboard": {"/healthz"},
    }


@pytest.fixture(scope="module")
def api() -> FastAPI:
    return create_app(
        ApiSettings(
            database_url="postgresql+psycopg://nobody@nowhere/none", s3_endpoint="nowhere:1",
            s3_access_key="a", s3_secret_key="b", grant_secret="g" * 32, key_pepper="p" * 16,
            inference_url="http://nowhere", base_model="some-model",
        )  # type: ignore[call-arg, arg-type]
    )  # fmt: skip


def test_all_of_the_api_is_reached_from_outside_but_for_health_and_metrics(api: FastAPI) -> None:
    rendered = render(PRODUCTION)
    (ingress,) = rendered.kind("Ingress").values()
    open_paths = [
        each["path"]
        for each in ingress["spec"]["rules"][0]["http"]["paths"]
        if each["backend"]["service"]["name"] == f"{FULLNAME}-api"
    ]
    described = set(api.openapi()["paths"]) | {"/docs", "/openapi.json"}
    closed = {path for path in described if not any(_under(path, each) for each in open_paths)}
    assert closed == {"/healthz", "/readyz"}
    assert not any(_under("/metrics", each) for each in open_paths)
    assert all(
        any(_under(path, each) for path in described | {"/static-offline-docs"}) for each in open_paths
    )


@pytest.mark.parametrize("combination", [PRODUCTION, DEV, EVERYTHING], ids=str)
def test_pods_have_the_time_to_leave_that_their_services_take(combination: Combination) -> None:
    for _, template in render(combination).pods():
        for container in template["spec"]["containers"]:
            told = {
                each["name"].rpartition("_")[0].rpartition("_")[2]: int(each["value"])
                for each in container.get("env", ())
                if each["name"].endswith(("_LINGER_SECONDS", "_DRAIN_SECONDS"))
            }
            if told:
                pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
                assert template["spec"]["terminationGracePeriodSeconds"] > pause + sum(told.values())


def test_sglang_is_there_before_the_agent_and_leaves_after_it() -> None:
    spec = render(PRODUCTION).one("StatefulSet", "inference")["spec"]["template"]["spec"]
    (sglang,) = spec["initContainers"]
    assert (sglang["name"], sglang["restartPolicy"]) == ("sglang", "Always")
    assert sglang["startupProbe"]["exec"] == sglang["livenessProbe"]["exec"]
    allowed = sglang["startupProbe"]["failureThreshold"] * sglang["startupProbe"]["periodSeconds"]
    assert allowed >= int(_variables(sglang)["CARTRIDGES_SGLANG_START_SECONDS"])
    assert _variables(sglang)["CARTRIDGES_SGLANG_PORT"] in sglang["startupProbe"]["exec"]["command"][-1]
    (agent,) = spec["containers"]
    assert agent["startupProbe"]["httpGet"]["path"] == agent["readinessProbe"]["httpGet"]["path"] == "/readyz"
    shared = {mount["mountPath"] for mount in sglang["volumeMounts"]} & {
        mount["mountPath"] for mount in agent["volumeMounts"]
    }
    assert {"/var/lib/cartridges", "/run/cartridges", "/models"} <= shared


def test_sglang_gets_the_gpus_and_is_spread_over_them() -> None:
    four = next(each for each in COMBINATIONS if each.name == "tensor parallel over four GPUs")
    spec = render(four).one("StatefulSet", "inference")["spec"]["template"]["spec"]
    (sglang,), (agent,) = spec["initContainers"], spec["containers"]
    assert sglang["resources"]["limits"]["nvidia.com/gpu"] == "4"
    assert _variables(sglang)["CARTRIDGES_SGLANG_TENSOR_PARALLEL"] == "4"
    assert "nvidia.com/gpu" not in agent["resources"]["limits"]
    assert spec["runtimeClassName"] == "nvidia"


def test_slices_of_gpus_are_asked_for_by_their_names() -> None:
    slices = next(each for each in COMBINATIONS if each.name == "slices of GPUs")
    rendered = render(slices)
    (trainer,) = rendered.one("Deployment", "trainer")["spec"]["template"]["spec"]["containers"]
    assert trainer["resources"]["limits"]["nvidia.com/mig-1g.10gb"] == "1"
    (sglang,) = rendered.one("StatefulSet", "inference")["spec"]["template"]["spec"]["initContainers"]
    assert sglang["resources"]["limits"]["nvidia.com/mig-3g.40gb"] == "1"


def test_inference_displaces_training_and_training_displaces_nobody() -> None:
    for combination in (PRODUCTION, JOBS):
        rendered = render(combination)
        of = {
            template["metadata"]["labels"]["app.kubernetes.io/component"]: template["spec"].get(
                "priorityClassName"
            )
            for _, template in rendered.pods()
        }
        classes = rendered.kind("PriorityClass")
        inference, training = classes[str(of["inference"])], classes[str(of["trainer"])]
        assert inference["value"] > training["value"]
        assert inference["preemptionPolicy"] == "PreemptLowerPriority"
        assert training["preemptionPolicy"] == "Never"


def test_trainers_go_to_zero_and_come_back_by_what_the_dispatcher_tells() -> None:
    rendered = render(PRODUCTION)
    scaler = rendered.one("ScaledObject", "trainer")["spec"]
    assert scaler["minReplicaCount"] == 0
    service = rendered.one("Service", "dispatcher")
    for trigger in scaler["triggers"]:
        found = re.fullmatch(
            r"http://([a-z-]+)\.([a-z-]+)\.svc\.cluster\.local:(\d+)/metrics", trigger["metadata"]["url"]
        )
        assert found is not None
        assert found.group(1, 2) == (service["metadata"]["name"], service["metadata"]["namespace"])
        assert int(found.group(3)) == service["spec"]["ports"][0]["port"]


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_images_come_from_one_registry_and_digests_decide(combination: Combination) -> None:
    for _, template in render(combination).pods():
        for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"]):
            assert re.search(r"(:[\w.-]+|@sha256:[0-9a-f]{64})$", container["image"]), container["image"]
            if combination.name == "digests" and container["image"].startswith("cartridges-"):
                assert "@sha256:" in container["image"]


def _paths(router: Any) -> set[str]:
    return {route.path for route in router.routes if isinstance(route, APIRoute)}


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _variables(container: Manifest) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container["env"]}
