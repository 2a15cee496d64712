"""How much a run of the fuzz tests does, and what it found."""

import os
from dataclasses import asdict, dataclass

# A run beside all other tests; `make fuzz` does many times more.
SHORT_REQUESTS = 500
SHORT_FILES = 600


@dataclass
class Figures:
    requests: int = 0
    server_errors: int = 0
    schema_violations: int = 0
    artifacts_mutated: int = 0
    artifact_crashes: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


FIGURES = Figures()


def wanted_requests() -> int:
    """Generated requests of this run, at least."""
    return int(os.environ.get("FUZZ_REQUESTS", SHORT_REQUESTS))


def wanted_files() -> int:
    """Mutated files of this run."""
    return int(os.environ.get("FUZZ_FILES", SHORT_FILES))


def seed() -> int:
    return int(os.environ.get("FUZZ_SEED", "0"))
