"""What trainers tell Prometheus: how attempts end, and how long their stages take.

Celery's child trains and its parent is asked: what the child counts goes through files in PROMETHEUS_MULTIPROC_DIR,
which has to be set before this module is imported. Without it the numbers stay in the process.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

# Of its own, for the process that counts is not the one that shows.
REGISTRY = CollectorRegistry()

_MINUTES = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200)

ATTEMPTS = Counter(
    "trainer_attempts", "Attempts that ended, by outcome: succeeded, failed, cancelled, given_back, broken, lost.",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
SHARDS = Counter(
    "trainer_helped_shards", "Shards of other workers' jobs, by outcome: made, failed, cancelled, given_back, lost.",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
STAGE_SECONDS = Histogram(
    "trainer_stage_seconds",
    "How long a stage took, by stage.",
    ["stage"],
    buckets=_MINUTES,
    registry=REGISTRY,
)
