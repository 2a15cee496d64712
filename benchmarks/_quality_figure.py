"""The paper's figure: quality against KV bytes, and quality against training tokens.

matplotlib comes with the `bench` extra; without it the benchmark prints its table and says what to install.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Point:
    """A system's place in the figure; `tokens` is None for what was not trained."""

    system: str
    kv_bytes: int
    tokens: int | None
    quality: float


def draw(path: Path, points: Mapping[str, Sequence[Point]]) -> bool:
    """Draw each corpus's points to `path`; False where matplotlib is not installed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
    except ImportError:
        return False
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(len(points), 2, figsize=(11, 4 * len(points)), squeeze=False)
    for row, (corpus, some) in zip(axes, points.items(), strict=True):
        for system in dict.fromkeys(point.system for point in some):
            own = [point for point in some if point.system == system]
            by_size = sorted(own, key=lambda point: point.kv_bytes)
            row[0].plot(
                [point.kv_bytes / 2**20 for point in by_size], [point.quality for point in by_size],
                marker="o", label=system,
            )  # fmt: skip
            by_tokens = sorted((point.tokens, point.quality) for point in own if point.tokens is not None)
            if by_tokens:
                row[1].plot(*zip(*by_tokens, strict=True), marker="o", label=system)
        row[0].set(
            xlabel="KV cache, MiB", xscale="symlog", ylabel="probability of the right option", title=corpus
        )
        row[1].set(xlabel="training tokens", ylabel="probability of the right option", title=corpus)
        row[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    return True
