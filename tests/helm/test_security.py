"""Every pod keeps to the restricted pod security standard, and has no more rights than it uses."""

from typing import Any

import pytest

from tests.helm.combinations import COMBINATIONS, JOBS, PRODUCTION
from tests.helm.rendering import Combination, Manifest, Rendered, render

# The volumes that the restricted standard allows, of those in use here.
VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}


def all_containers(template: Manifest) -> list[Manifest]:
    return [*template["spec"].get("initContainers", ()), *template["spec"]["containers"]]


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_pods_keep_to_the_restricted_standard(combination: Combination) -> None:
    for owner, template in render(combination).pods():
        name, spec = owner["metadata"]["name"], template["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        for volume in spec.get("volumes", ()):
            assert len(volume.keys() & VOLUMES) == 1, (name, volume)
        for container in all_containers(template):
            context: dict[str, Any] = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["runAsNonRoot"] is True, name
            assert all("hostPort" not in port for port in container.get("ports", ())), name


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_every_container_says_how_much_memory_it_takes(combination: Combination) -> None:
    for owner, template in render(combination).pods():
        for container in all_containers(template):
            resources = container["resources"]
            assert "memory" in resources["requests"], owner["metadata"]["name"]
            assert "memory" in resources["limits"], owner["metadata"]["name"]


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_what_is_written_has_a_limit(combination: Combination) -> None:
    for owner, template in render(combination).pods():
        component = template["metadata"]["labels"]["app.kubernetes.io/component"]
        if component in {"postgres", "redis", "objectstore"}:
            continue
        for volume in template["spec"].get("volumes", ()):
            if "emptyDir" in volume:
                assert "sizeLimit" in volume["emptyDir"], owner["metadata"]["name"]


def test_only_those_that_ask_kubernetes_have_a_token() -> None:
    assert with_tokens(render(PRODUCTION)) == {"router"}
    assert with_tokens(render(JOBS)) == {"router", "dispatcher"}


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_no_pod_gets_a_token_that_has_no_role(combination: Combination) -> None:
    rendered = render(combination)
    bound = {
        subject["name"]
        for binding in rendered.kind("RoleBinding").values()
        for subject in binding["subjects"]
    }
    for _, template in rendered.pods():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is (spec.get("serviceAccountName") in bound)
    for account in rendered.kind("ServiceAccount").values():
        assert account["automountServiceAccountToken"] is False
    assert not rendered.kind("ClusterRole")


def with_tokens(rendered: Rendered) -> set[str]:
    return {
        template["metadata"]["labels"]["app.kubernetes.io/component"]
        for _, template in rendered.pods()
        if template["spec"]["automountServiceAccountToken"]
    }
