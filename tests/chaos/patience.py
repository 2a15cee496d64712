"""Waiting by signs of life and not by the clock: a slow machine is no fault of the platform's."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from tests.chaos.system import System

# With nothing happening for so long, nothing will.
QUIET_SECONDS = 120.0
# What goes on for ever is stuck too.
MOST_SECONDS = 1200.0
# A worker that loads its libraries works; one that waits for a message uses less than this in QUIET_SECONDS.
WORKING_CPU_SECONDS = 6.0
_SECONDS_BETWEEN_LOOKS = 2.0


def await_patiently(
    system: System,
    reached: Callable[[], bool],
    *,
    quiet_seconds: float = QUIET_SECONDS,
    most_seconds: float = MOST_SECONDS,
) -> bool:
    """Whether it has come to that; given up only once nobody works on anything, or after very long."""
    began = alive = looked = time.monotonic()
    life: Any = None
    while not reached():
        now = time.monotonic()
        if now - looked > _SECONDS_BETWEEN_LOOKS or life is None:
            looked = now
            if (seen := (system.ledger.pulse(), _work(system))) != life:
                life, alive = seen, now
        if now - alive > quiet_seconds or now - began > most_seconds:
            return False
        time.sleep(0.1)
    return True


def _work(system: System) -> int:
    """How often the workers together have computed for a while, each from its start."""
    seconds = 0.0
    for part in system.workers:
        for pid in part.pids:
            with suppress(psutil.NoSuchProcess):
                times = psutil.Process(pid).cpu_times()
                seconds += times.user + times.system
    return int(seconds / WORKING_CPU_SECONDS)
