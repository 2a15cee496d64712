"""The services' logs on the terminal, each line under its service's name."""

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import typer

from services.cli.stack.paths import DataPaths

_COLORS = (
    typer.colors.CYAN,
    typer.colors.GREEN,
    typer.colors.YELLOW,
    typer.colors.MAGENTA,
    typer.colors.BLUE,
    typer.colors.RED,
)


def log_names(paths: DataPaths) -> list[str]:
    """The services that have written a log."""
    return sorted(path.stem for path in paths.logs.glob("*.log")) if paths.logs.is_dir() else []


def print_logs(paths: DataPaths, names: Sequence[str], *, lines: int, follow: bool) -> None:
    """Prints the last lines of each log, then, when following, new ones until Ctrl-C."""
    width = max((len(name) for name in names), default=0)
    tails = [_Tail(paths.log(name), name, width, number) for number, name in enumerate(names)]
    for tail in tails:
        tail.print_last(lines)
    while follow:
        news = [tail.print_new() for tail in tails]
        if not any(news):
            time.sleep(0.2)


class _Tail:
    def __init__(self, path: Path, name: str, width: int, number: int) -> None:
        self._path = path
        self._label = typer.style(f"{name:<{width}} |", fg=_COLORS[number % len(_COLORS)])
        self._position = 0

    def print_last(self, count: int) -> None:
        with self._path.open("rb") as file:
            for line in deque(file, maxlen=count):
                self._print(line)
            self._position = file.tell()

    def print_new(self) -> bool:
        if self._path.exists() and self._path.stat().st_size < self._position:
            # Put aside because it had grown large; a new one has begun.
            self._position = 0
        found = False
        with self._path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # half a line; the rest is on its way
                self._position += len(line)
                self._print(line)
                found = True
        return found

    def _print(self, line: bytes) -> None:
        typer.echo(f"{self._label} {line.decode(errors='replace').rstrip()}")
