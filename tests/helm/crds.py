"""Objects of kinds that are not Kubernetes' own, checked by models of their definitions."""

from typing import Any

from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as prometheus
from pydantic import BaseModel

from tests.helm.gateway import check_route
from tests.helm.rendering import Manifest

_MODELS: dict[tuple[str, str], type[BaseModel]] = {
    ("keda.sh/v1alpha1", "ScaledObject"): keda.ScaledObject,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): prometheus.ServiceMonitor,
    ("monitoring.coreos.com/v1", "PodMonitor"): prometheus.PodMonitor,
    ("monitoring.coreos.com/v1", "PrometheusRule"): prometheus.PrometheusRule,
}
_ROUTE = ("gateway.networking.k8s.io/v1", "HTTPRoute")
CRD_KINDS = frozenset({*_MODELS, _ROUTE})


def check_crd(manifest: Manifest) -> None:
    """Raises where the object is not what its definition says: `pydantic.ValidationError`, or an assertion."""
    kind = (manifest["apiVersion"], manifest["kind"])
    if kind == _ROUTE:
        check_route(manifest)
        return
    read = _MODELS[kind].model_validate(manifest)
    # The models pass over what they do not know; an operator's webhook would not.
    unread = list(_missing(manifest, read.model_dump(mode="json", by_alias=True, exclude_none=True), ""))
    assert not unread, f"{manifest['kind']} has no {unread}"


def _missing(given: Any, read: Any, path: str) -> list[str]:
    if isinstance(given, dict) and isinstance(read, dict):
        gone = [f"{path}.{key}" for key in given if key not in read]
        return gone + [
            each for key in given if key in read for each in _missing(given[key], read[key], f"{path}.{key}")
        ]
    if isinstance(given, list) and isinstance(read, list):
        return [each for pair in zip(given, read, strict=True) for each in _missing(*pair, f"{path}[]")]
    return []
