"""The embedded stack: everything a machine needs to run the platform, supervised, under one data directory.

`Stack` is imported on first use, because it brings database, queue and HTTP drivers with it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.cli.stack.stack import Stack

__all__ = ["Stack"]


def __getattr__(name: str) -> object:
    if name == "Stack":
        from services.cli.stack.stack import Stack

        return Stack
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
