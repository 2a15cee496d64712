"""The blocks that the chart's values are made of: images, placement, resources, scaling, storage."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Quantity = (
    Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$")]
    | Annotated[float, Field(ge=0)]
)
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$")]
Cidr = Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$")]
Labels = dict[str, str]


class Values(BaseModel):
    """A block of values: an unknown one is refused, and the text under an attribute describes it."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, use_attribute_docstrings=True
    )


class Image(Values):
    repository: str
    """Name of the image below `image.registry`, or a whole name where that is empty."""
    tag: str = ""
    """Empty: `image.tag`, and without that the chart's appVersion."""
    digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")] = ""
    """Digest of the image; it decides over the tag."""


class OutsideImage(Values):
    repository: str
    """Whole name of the image."""
    tag: str
    """Its tag."""
    digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")] = ""
    """Its digest; it decides over the tag."""


class Images(Values):
    registry: str = ""
    """Registry and path before the names of the product's images, such as `registry.example/ml`."""
    tag: str = ""
    """Tag of all images of the product; empty: the chart's appVersion."""
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When nodes ask the registry."""
    pull_secrets: list[str] = []
    """Names of secrets of the type kubernetes.io/dockerconfigjson."""


class Resources(Values):
    requests: dict[str, Quantity] = {}
    """What a pod is promised; GPUs stand under `gpu`."""
    limits: dict[str, Quantity] = {}
    """What a pod may use; no limit on the CPU unless throttling is wanted."""


class Gpu(Values):
    count: Count = 0
    """Devices a pod; 0: it computes on the CPU."""
    resource: Annotated[str, Field(pattern=r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$")] = "nvidia.com/gpu"
    """The device plugin's name of a device, or of a slice of one such as `nvidia.com/mig-3g.40gb`."""
    runtime_class_name: Name = ""
    """RuntimeClass of pods with devices, such as `nvidia`, where the default runtime sees none."""


class Spread(Values):
    topology_key: str = "kubernetes.io/hostname"
    """Label of nodes over whose values pods are spread."""
    max_skew: Annotated[int, Field(ge=1)] = 1
    """By how many pods two values may differ."""
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"] = "ScheduleAnyway"
    """Whether a pod that cannot be spread waits."""


class Placement(Values):
    node_selector: Labels = {}
    """Labels a node must have."""
    tolerations: list[dict[str, Any]] = []
    """Taints that are put up with, in Kubernetes' own form."""
    affinity: dict[str, Any] = {}
    """Affinities in Kubernetes' own form."""
    topology_spread: list[Spread] = [Spread()]
    """How pods are spread over nodes and zones."""
    priority_class_name: Name = ""
    """An existing PriorityClass; empty: the chart's own where `priorityClasses.create` makes one."""


class Budget(Values):
    enabled: bool = True
    """Make a PodDisruptionBudget where there is more than one replica."""
    max_unavailable: Annotated[int, Field(ge=1)] = 1
    """Pods that a drain of nodes may take at a time."""


class CpuScaling(Values):
    enabled: bool = False
    """Make a HorizontalPodAutoscaler (autoscaling/v2) on CPU use."""
    min_replicas: Annotated[int, Field(ge=1)] = 2
    """Pods at the least."""
    max_replicas: Annotated[int, Field(ge=1)] = 10
    """Pods at the most."""
    cpu_utilization: Annotated[int, Field(ge=1, le=100)] = 70
    """Per cent of the requested CPU to keep to."""


class Scratch(Values):
    size: Quantity = "1Gi"
    """Limit of the emptyDir at /var/lib/cartridges."""


class Claim(Values):
    size: Quantity = "20Gi"
    """Size of the volume."""
    storage_class_name: Name = ""
    """StorageClass; empty: the cluster's default."""


class Peer(Values):
    """Who may come in: pods of namespaces with these labels."""

    namespace_labels: Labels = {}
    """Labels of the namespace."""
    pod_labels: Labels = {}
    """Labels of the pods; empty: all pods of the namespace."""


class Outside(Values):
    """Where a server outside of the release is, for the network policies."""

    cidrs: list[Cidr] = ["0.0.0.0/0", "::/0"]
    """Address ranges of the servers."""
    ports: list[Port] = []
    """Their ports."""


class Pod(Placement):
    resources: Resources = Resources()
    """Memory, CPU and disk."""
    annotations: Labels = {}
    """Annotations of the pods."""
    labels: Labels = {}
    """Further labels of the pods."""
    settings: dict[str, str | float | bool | list[str]] = {}
    """Settings of the service by their variables' names, those excepted that the chart sets."""
