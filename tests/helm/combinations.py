"""The combinations of switches that the chart is rendered with: each switch both ways, and those that meet."""

from typing import Any

from tests.helm.rendering import Combination

S3 = {"objectStore.endpoint": "s3.example:443"}
TRIAL = {
    "trial.postgres.enabled": True,
    "trial.redis.enabled": True,
    "trial.objectStore.enabled": True,
}
DIGEST = "sha256:" + "0123456789abcdef" * 4


def _over_defaults(name: str, **changes: Any) -> Combination:
    return Combination.of(name, {**S3, **{key.replace("__", "."): value for key, value in changes.items()}})


DEV = Combination.of("values-dev", file="values-dev.yaml")
PRODUCTION = Combination.of("values-production", file="values-production.yaml")
DEFAULTS = _over_defaults("defaults")
EVERYTHING = Combination.of(
    "everything",
    {
        "gateway": {
            "enabled": True,
            "parentRefs": [{"name": "edge", "namespace": "gateways", "sectionName": "https"}],
        },
        "model.loader.enabled": True,
        "api.settings": {
            "CARTRIDGES_MAX_UPLOAD_BYTES": 268435456,
            "CARTRIDGES_CORS_ORIGINS": ["https://app.example"],
        },
        "image.pullSecrets": ["registry"],
        "commonLabels": {"team": "platform"},
        "networkPolicies.extra": [{"podSelector": {}, "policyTypes": ["Ingress"]}],
        "monitoring.serviceMonitors.labels": {"release": "prometheus"},
        "monitoring.rules.labels": {"release": "prometheus"},
    },
    file="values-production.yaml",
)
JOBS = Combination.of(
    "jobs",
    {"trainer.mode": "jobs", "trainer.annotations": {"note": "x"}, "dispatcher.annotations": {"note": "y"}},
    file="values-production.yaml",
)
TRIAL_WITH_POLICIES = Combination.of(
    "trial with policies", {"networkPolicies.enabled": True}, file="values-dev.yaml"
)

COMBINATIONS = (
    DEV,
    PRODUCTION,
    DEFAULTS,
    EVERYTHING,
    JOBS,
    TRIAL_WITH_POLICIES,
    Combination.of("trial over defaults", TRIAL),
    Combination.of("trial with jobs", {**TRIAL, "trainer.mode": "jobs"}),
    Combination.of("trial postgres alone", {**S3, "trial.postgres.enabled": True}),
    Combination.of("trial redis alone", {**S3, "trial.redis.enabled": True}),
    Combination.of("trial object store alone", {"trial.objectStore.enabled": True}),
    Combination.of("dev with everything watched", {
        "monitoring.serviceMonitors.enabled": True,
        "monitoring.rules.enabled": True,
        "monitoring.dashboard.enabled": True,
    }, file="values-dev.yaml"),
    Combination.of("production without policies", {"networkPolicies.enabled": False}, file="values-production.yaml"),
    Combination.of("production without scaling", {
        "api.autoscaling.enabled": False,
        "router.autoscaling.enabled": False,
        "inference.autoscaling.enabled": False,
        "trainer.scaling.enabled": False,
    }, file="values-production.yaml"),
    _over_defaults("no dashboard", dashboard__enabled=False),
    _over_defaults("no dashboard at the ingress", dashboard__enabled=False, ingress__enabled=True),
    _over_defaults("ingress without a host", ingress__enabled=True),
    _over_defaults("no trainer", trainer__enabled=False),
    _over_defaults("no migrations", migrations__enabled=False),
    _over_defaults("no router", router__enabled=False, inference__replicas=1),
    _over_defaults("no limits", secrets__limits__existing=""),
    _over_defaults("no budgets", **{
        f"{each}__disruption__enabled": False for each in ("api", "dashboard", "dispatcher", "inference", "router")
    }),
    _over_defaults("gateway", gateway={"enabled": True, "parentRefs": [{"name": "edge"}], "hostnames": ["c.example"]}),
    _over_defaults("gateway without a dashboard", gateway={"enabled": True, "parentRefs": [{"name": "edge"}]},
                   dashboard__enabled=False),
    _over_defaults("torch on CPUs", inference__engine="torch", inference__gpu__count=0, trainer__gpu__count=0),
    _over_defaults("torch on a GPU", inference__engine="torch"),
    _over_defaults("tensor parallel over four GPUs", inference__gpu__count=4, inference__gpu__runtimeClassName="nvidia"),
    _over_defaults("slices of GPUs", inference__gpu__resource="nvidia.com/mig-3g.40gb",
                   trainer__gpu__resource="nvidia.com/mig-1g.10gb"),
    _over_defaults("cache on ephemeral disk", inference__cache__persistent=False),
    _over_defaults("inference scaled by an HPA", inference__autoscaling__enabled=True,
                   monitoring__serviceMonitors__enabled=True),
    _over_defaults("inference scaled by KEDA", inference__autoscaling={
        "enabled": True, "kind": "keda", "prometheusAddress": "http://prometheus:9090"}),
    _over_defaults("workers without KEDA", trainer__scaling__enabled=False, trainer__replicas=3),
    _over_defaults("workers that never go to zero", trainer__scaling={"enabled": True, "minReplicas": 2,
                                                                      "maxReplicas": 4}),
    _over_defaults("jobs on CPUs", trainer__mode="jobs", trainer__gpu__count=0),
    _over_defaults("priorities of the operator's own", inference__priorityClassName="online",
                   trainer__priorityClassName="batch", priorityClasses__create=True),
    _over_defaults("digests", api__image__digest=DIGEST, inference__image__digest=DIGEST,
                   trainer__image__digest=DIGEST, router__image__digest=DIGEST, dashboard__image__digest=DIGEST),
    _over_defaults("another name", nameOverride="answers"),
    _over_defaults("peers of pods", networkPolicies__ingressFrom=[
        {"namespaceLabels": {"kubernetes.io/metadata.name": "edge"}, "podLabels": {"app": "envoy"}}]),
    _over_defaults("nobody from outside", networkPolicies__ingressFrom=[], networkPolicies__monitoringFrom=[],
                   networkPolicies__kedaFrom=[]),
    _over_defaults("servers at known addresses", networkPolicies__outside__database={
        "cidrs": ["10.0.0.0/24"], "ports": [6432]}),
)  # fmt: skip
