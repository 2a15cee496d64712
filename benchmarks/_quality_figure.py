"""The paper's figure: quality against KV bytes, and quality against training tokens.

matplotlib comes with the `bench` extra; without it the benchmark prints its table and says what to install.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Drawn as levels beside what depends on training.
_LEVELS = ("none", "icl", "paragraph")
_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)  # and room above for names


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
    colors = mpl.colormaps["tab20"].colors
    for row, (corpus, some) in zip(axes, points.items(), strict=True):
        systems = list(dict.fromkeys(point.system for point in some))
        for index, system in enumerate(systems):
            color = colors[index % len(colors)]
            own = [point for point in some if point.system == system]
            by_size = _longest_trained(own)
            row[0].plot(
                [point.kv_bytes / 2**20 for point in by_size], [point.quality for point in by_size],
                marker="o", color=color, label=system,
            )  # fmt: skip
            by_tokens = sorted(
                (point.tokens / 1000, point.quality) for point in own if point.tokens is not None
            )
            if by_tokens:
                row[1].plot(*zip(*by_tokens, strict=True), marker="o", color=color, label=system)
            elif system in _LEVELS:
                row[1].axhline(own[0].quality, linestyle="--", color=color, label=system)
        row[0].set(xlabel="KV cache, MiB", xscale="symlog")
        row[1].set(xlabel="training tokens, thousands")
        for axis in row:
            axis.set(ylabel="probability of the right option", ylim=(0, 1.3), yticks=_TICKS, title=corpus)
        row[0].legend(fontsize=7, ncols=3, loc="upper center")
        row[1].legend(fontsize=7, ncols=3, loc="upper center")
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    return True


def _longest_trained(points: Sequence[Point]) -> list[Point]:
    """Of points with as many bytes the one with most training tokens, by bytes."""
    found: dict[int, Point] = {}
    for point in points:
        best = found.setdefault(point.kv_bytes, point)
        if (point.tokens or 0) > (best.tokens or 0):
            found[point.kv_bytes] = point
    return [found[kv_bytes] for kv_bytes in sorted(found)]
