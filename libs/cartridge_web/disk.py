"""What Prometheus learns about the disk under a directory."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class DiskCollector(Collector):
    """`<prefix>_disk_size_bytes` and `<prefix>_disk_free_bytes`, read when they are asked for."""

    def __init__(self, prefix: str, directory: Path) -> None:
        self._prefix = prefix
        self._directory = directory

    def collect(self) -> Iterator[GaugeMetricFamily]:
        usage = shutil.disk_usage(self._directory)
        yield GaugeMetricFamily(
            f"{self._prefix}_disk_size_bytes", "Bytes of the disk under the data directory.", usage.total
        )
        yield GaugeMetricFamily(f"{self._prefix}_disk_free_bytes", "Bytes of it that are free.", usage.free)


def watch_disk(registry: CollectorRegistry, prefix: str, directory: Path) -> None:
    """Show the disk under `directory`, which exists, among the metrics of `registry`."""
    registry.register(DiskCollector(prefix, directory))
