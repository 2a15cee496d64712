"""The way to a Kubernetes API server: from within a cluster, from a kubeconfig, or by address."""

from kubernetes import client, config


class ClusterUnknownError(RuntimeError):
    """Nothing here tells where a Kubernetes API server is."""

    code = "cluster_unknown"


def cluster_client(api_url: str | None = None) -> client.ApiClient:
    """A client of the API server at `api_url`, else of the cluster this runs in, else of the kubeconfig's.

    Raises `ClusterUnknownError`.
    """
    configuration = client.Configuration()
    if api_url is not None:
        configuration.host = api_url
        return client.ApiClient(configuration)
    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException:
        try:
            config.load_kube_config(client_configuration=configuration)
        except config.ConfigException as error:
            raise ClusterUnknownError("neither a service account nor a kubeconfig is here") from error
    return client.ApiClient(configuration)
