"""`make fuzz`: the fuzz tests at their full length, and what they found as one JSON object last."""

import argparse
import json
import os
import sys
from pathlib import Path

import pytest

from tests.fuzz.figures import FIGURES

REQUESTS = 5000
FILES = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=...", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ |= {
        "FUZZ_REQUESTS": str(options.requests),
        "FUZZ_FILES": str(options.files),
        "FUZZ_SEED": str(options.seed),
    }
    status = pytest.main([str(Path(__file__).parent), "-q", "--show-capture=no"])
    print(json.dumps({"seed": options.seed, **FIGURES.as_dict()}))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
