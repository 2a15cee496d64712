"""Every object that the chart makes is one that Kubernetes takes, whatever is switched on."""

import pytest

from tests.helm.combinations import COMBINATIONS
from tests.helm.rendering import (
    CHART,
    KUBERNETES_VERSIONS,
    Combination,
    HelmError,
    helm,
    install_dry,
    lint,
    render,
)
from tests.helm.schemas import complaint, complaints


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_objects_fit_their_schemas_in_three_versions_of_kubernetes(combination: Combination) -> None:
    rendered = render(combination)
    assert len(rendered.manifests) > 10
    for manifest in rendered.manifests:
        assert complaints(manifest) == [], (manifest["kind"], manifest["metadata"]["name"])
    for owner, _ in rendered.pods():
        assert complaints(owner) == []  # the Jobs that the dispatcher makes are among them


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_helm_would_install_it_and_says_what_to_do_next(combination: Combination) -> None:
    printed = install_dry(combination)
    assert "rollout status" in printed
    assert "cartridges tenant create" in printed


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_names_are_unique_and_objects_are_in_the_namespace(combination: Combination) -> None:
    manifests = render(combination).manifests
    names = [(each["kind"], each["metadata"]["name"]) for each in manifests]
    assert len(names) == len(set(names))
    assert {each["metadata"].get("namespace") for each in manifests if each["kind"] != "PriorityClass"} == {
        "tenants-of-ours"
    }


@pytest.mark.parametrize("combination", COMBINATIONS[:6], ids=str)
def test_the_linter_has_nothing_against_it(combination: Combination) -> None:
    assert "0 chart(s) failed" in lint(combination)


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_the_chart_says_that_it_takes_these_versions(version: str) -> None:
    assert helm("template", "x", str(CHART), "--kube-version", version, "--set", "objectStore.endpoint=s3:1")


def test_an_older_cluster_is_refused_with_the_version_that_is_needed() -> None:
    with pytest.raises(HelmError, match=r"1\.33"):
        helm("template", "x", str(CHART), "--kube-version", "1.32", "--set", "objectStore.endpoint=s3:1")


def test_an_unknown_schema_counts_as_a_fault() -> None:
    unknown = {"apiVersion": "example.org/v1", "kind": "Unheard", "metadata": {"name": "of"}}
    assert complaint(unknown, "1.37") is not None


def test_an_unknown_field_counts_as_a_fault() -> None:
    typo = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prots": []}}
    assert complaint(typo, "1.37") is not None


def test_an_unknown_field_of_an_operators_kind_counts_as_a_fault() -> None:
    typo = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "a"},
        "spec": {"scaleTargetRef": {"name": "b"}, "triggers": [], "minReplicas": 1},
    }
    assert complaints(typo)
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "a"}}
    assert complaints({**route, "spec": {"parentRefs": [{"name": 1}], "rules": []}})
