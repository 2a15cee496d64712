"""Tells the process that trains when the worker that started it is asked to shut down.

Celery's warm shutdown waits for tasks and tells them nothing; a job would hold it up for its whole length.
"""

import multiprocessing
from typing import Any

from celery.signals import worker_shutting_down

# Made before Celery forks its pool, so parent and children share it.
_stopping = multiprocessing.get_context("fork").Event()


def is_stopping() -> bool:
    return _stopping.is_set()


def _note(**_: Any) -> None:
    _stopping.set()


worker_shutting_down.connect(_note, weak=False)
