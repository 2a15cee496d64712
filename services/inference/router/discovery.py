"""Where the router's pods come from: a list in its settings, or Kubernetes."""

from contextlib import AbstractAsyncContextManager, nullcontext

from services.inference.router.errors import DiscoveryError
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import Member, Pods
from services.inference.router.settings import RouterSettings


def discovery(
    settings: RouterSettings, pods: Pods, metrics: RouterMetrics
) -> AbstractAsyncContextManager[None]:
    """Tell `pods` its members while the block runs. Raises `DiscoveryError` when it never could."""
    if settings.router_kubernetes_service is None:
        pods.set_members([Member(url, url) for url in settings.router_pods])
        return nullcontext()
    try:
        # Only a router in a cluster has the client installed.
        from services.inference.router.kubernetes_pods import EndpointSliceWatch  # noqa: PLC0415
    except ImportError as error:
        raise DiscoveryError(
            "pods from Kubernetes need its client: pip install 'cartridges[router-kubernetes]'"
        ) from error
    watch = EndpointSliceWatch(
        settings.router_kubernetes_service,
        settings.router_kubernetes_namespace,
        port_name=settings.router_kubernetes_port,
        api_url=settings.router_kubernetes_api,
        metrics=metrics,
    )
    return watch.running(pods.set_members)
