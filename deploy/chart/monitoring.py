"""Values of what Prometheus and Grafana get."""

from typing import Annotated, Literal

from pydantic import Field

from deploy.chart.blocks import Labels, Share, Values

TtftBound = Literal["0.25", "0.5", "1.0", "2.5", "5.0", "10.0"]


class ServiceMonitors(Values):
    enabled: bool = False
    """Make ServiceMonitors and a PodMonitor (Prometheus operator)."""
    interval: Annotated[str, Field(pattern=r"^[0-9]+(ms|s|m)$")] = "15s"
    """Between two scrapes."""
    labels: Labels = {}
    """Labels by which Prometheus selects them."""


class Objectives(Values):
    chat_availability: Share = 0.999
    """Share of chat requests that are not answered with a 5xx."""
    ttft_seconds: TtftBound = "2.5"
    """Within what time a first token is to come; a bound of the histogram's buckets."""
    ttft_share: Share = 0.95
    """Share of answers for which it does."""


class Thresholds(Values):
    queue_age_seconds: Annotated[int, Field(ge=1)] = 1800
    """How long a training job may wait for a worker."""
    job_running_seconds: Annotated[int, Field(ge=1)] = 43_200
    """How long a training job may take, all attempts together."""
    job_attempts: Annotated[int, Field(ge=2)] = 5
    """Attempts after which something is wrong with a job or its workers."""
    cache_evictions_per_lookup: Annotated[float, Field(gt=0)] = 0.5
    """Evictions to one lookup beyond which the cartridges asked for do not fit."""
    disk_free_share: Share = 0.1
    """Share of a disk that must be free."""


class Rules(Values):
    enabled: bool = False
    """Make a PrometheusRule (Prometheus operator)."""
    labels: Labels = {}
    """Labels by which Prometheus selects it."""
    runbook_url: str = ""
    """Where runbooks are, before `#` and the alert's name in lower case."""
    objectives: Objectives = Objectives()
    """What users are promised; the burn of the error budget alerts."""
    thresholds: Thresholds = Thresholds()
    """When something is wrong."""


class GrafanaDashboard(Values):
    enabled: bool = False
    """Make a ConfigMap with a dashboard for Grafana's sidecar."""
    labels: Labels = {"grafana_dashboard": "1"}
    """Labels by which the sidecar finds it."""


class Monitoring(Values):
    service_monitors: ServiceMonitors = ServiceMonitors()
    """What Prometheus reads."""
    rules: Rules = Rules()
    """What it alerts on."""
    dashboard: GrafanaDashboard = GrafanaDashboard()
    """What Grafana shows."""
