"""What a run has shown: one table, and the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tests.chaos.findings import Finding, Kind


@dataclass
class Injected:
    """What one kind of fault did. `missed` are those for which the moment never came."""

    times: int = 0
    missed: int = 0
    stuck: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    injected: Mapping[str, Injected]
    findings: Sequence[Finding]
    left_out: Mapping[str, str]
    jobs: int
    uploads: int
    answers_lost: int
    minutes: float

    def count(self, kind: Kind, fault: str | None = None) -> int:
        """Findings of a kind; of a fault, those that jobs which lived through it have."""
        return sum(found.kind == kind and fault in (None, *found.faults) for found in self.findings)

    @property
    def stuck(self) -> int:
        return self.count("stuck") + sum(each.stuck for each in self.injected.values())

    def summary(self) -> dict[str, float | int | None]:
        """The figures."""
        seconds = sorted(chain.from_iterable(each.seconds for each in self.injected.values()))
        return {
            "faults": sum(each.times for each in self.injected.values()),
            "lost": self.count("lost"),
            "doubled": self.count("doubled"),
            "stuck": self.stuck,
            "different": self.count("different"),
            "failed": self.count("failed"),
            "orphans": self.count("orphan"),
            "died": self.count("died"),
            "broken_off": self.count("broken_off"),
            "seconds_to_recover_p95": round(_percentile(seconds, 0.95), 2) if seconds else None,
            "jobs": self.jobs,
            "uploads": self.uploads,
            "answers_lost": self.answers_lost,
            "minutes": round(self.minutes, 1),
        }

    def table(self) -> str:
        heads = ("fault", "times injected", "lost", "doubled", "stuck", "seconds to recover (median, most)")
        lines = [heads]
        for name, each in self.injected.items():
            seconds = sorted(each.seconds)
            took = f"{_percentile(seconds, 0.5):.1f}, {seconds[-1]:.1f}" if seconds else "-"
            stuck = each.stuck + self.count("stuck", name)
            counts = (each.times, self.count("lost", name), self.count("doubled", name), stuck)
            lines.append((name, *(str(count) for count in counts), took))
        widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
        rows = [
            "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        rows += [f"{name}: not injected, {why}" for name, why in self.left_out.items()]
        rows += [
            f"{name}: {each.missed} more times the moment for it never came"
            for name, each in self.injected.items()
            if each.missed
        ]
        rows += [f"{each.kind}: {each.subject}: {each.why}; {sorted(each.faults)}" for each in self.findings]
        return "\n".join(rows)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
