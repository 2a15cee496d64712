"""Values of the ways in and of the network policies."""

from typing import Annotated, Any

from pydantic import Field

from deploy.chart.blocks import Cidr, Labels, Name, Outside, Peer, Port, Values


class Ingress(Values):
    enabled: bool = False
    """Make an Ingress."""
    class_name: Name = ""
    """Its IngressClass; empty: the cluster's default."""
    host: str = ""
    """Host name of API and dashboard."""
    tls_secret: Name = ""
    """Secret of the type kubernetes.io/tls; empty: no TLS here."""
    annotations: Labels = {}
    """Annotations; let the controller stream, take large bodies and wait for minutes."""


class ParentRef(Values):
    name: Annotated[str, Field(min_length=1)]
    """Name of the Gateway."""
    namespace: Name = ""
    """Its namespace; empty: the release's."""
    section_name: Name = ""
    """One of its listeners."""


class Gateway(Values):
    enabled: bool = False
    """Make a HTTPRoute (gateway.networking.k8s.io/v1)."""
    parent_refs: list[ParentRef] = []
    """The Gateways it belongs to; at least one where it is enabled."""
    hostnames: list[str] = []
    """Host names of API and dashboard."""
    annotations: Labels = {}
    """Annotations."""
    request_timeout: Annotated[str, Field(pattern=r"^([0-9]{1,5}(h|m|s|ms)){1,4}$")] = "900s"
    """How long an answer may take, its stream included."""


class KubernetesApi(Values):
    cidrs: list[Cidr] = ["0.0.0.0/0", "::/0"]
    """Address ranges of the API server: policies cannot name it otherwise."""
    ports: list[Port] = [443, 6443]
    """Its ports, as a service and on the nodes."""


class OutsideServers(Values):
    database: Outside = Outside(ports=[5432, 6432])
    """Postgres or a pooler before it."""
    broker: Outside = Outside(ports=[6379, 6380, 5671, 5672])
    """Redis or RabbitMQ, and the Redis of the limits."""
    object_store: Outside = Outside(ports=[443, 9000, 8333])
    """S3."""


class NetworkPolicies(Values):
    enabled: bool = True
    """Refuse everything that is not said here (the cluster's network has to know policies)."""
    ingress_from: list[Peer] = [Peer(namespace_labels={"kubernetes.io/metadata.name": "ingress-nginx"})]
    """Who brings requests from outside: ingress controller or gateway."""
    monitoring_from: list[Peer] = [Peer(namespace_labels={"kubernetes.io/metadata.name": "monitoring"})]
    """Who reads metrics."""
    keda_from: list[Peer] = [Peer(namespace_labels={"kubernetes.io/metadata.name": "keda"})]
    """Who scales the trainer by the dispatcher's metrics."""
    dns: Peer = Peer(
        namespace_labels={"kubernetes.io/metadata.name": "kube-system"}, pod_labels={"k8s-app": "kube-dns"}
    )
    """The cluster's DNS."""
    kubernetes_api: KubernetesApi = KubernetesApi()
    """The API server, for the router and, in the mode `jobs`, the dispatcher."""
    outside: OutsideServers = OutsideServers()
    """Servers outside of the release."""
    extra: list[dict[str, Any]] = []
    """Further NetworkPolicy specs in Kubernetes' own form."""
