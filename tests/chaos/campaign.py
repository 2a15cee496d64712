"""One run of the suite: jobs that nobody disturbs, faults one after the other under load, and the reckoning."""

import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain, cycle, islice
from pathlib import Path

from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.db.roles import Role
from cartridge_store.settings import DatabaseSettings
from services.trainer.sweeper import sweep
from tests.chaos.customer import KINDS, Customer, new_customer
from tests.chaos.faults import FAULTS, Scene
from tests.chaos.system import System, running_system
from tests.chaos.verdict import Finding, Outcome, findings, orphans, outcome

JOBS_AT_A_TIME = 3
# A worker that starts on a busy machine loads its libraries for minutes.
RECOVERY_SECONDS = 240.0
END_SECONDS = 480.0

Tell = Callable[[str], None]


@dataclass
class Injected:
    """What one kind of fault did."""

    times: int = 0
    seconds: list[float] = field(default_factory=list)
    stuck: int = 0


@dataclass
class Report:
    injected: dict[str, Injected]
    findings: list[Finding]
    left_out: dict[str, str]
    jobs: int
    uploads: int
    answers_lost: int
    minutes: float

    def count(self, kind: str, fault: str | None = None) -> int:
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
        rows += [f"{each.kind}: {each.subject}: {each.why}; {sorted(each.faults)}" for each in self.findings]
        return "\n".join(rows)


def run(
    data_dir: Path,
    model: Path,
    *,
    faults: int,
    seed: int,
    tell: Tell,
    only: Sequence[str] = (),
    minutes: float = math.inf,
) -> Report:
    """Inject so many faults, `only` those named where they are named, and hold what is left against the promises.

    No fault is begun after so many `minutes`.
    """
    began = time.monotonic()
    draw = random.Random(seed)
    with running_system(data_dir, model) as system:
        customer = new_customer(system, seed)
        undisturbed = {kind: _undisturbed(system, customer, kind) for kind in range(KINDS)}
        tell(f"{KINDS} jobs have ended undisturbed after {time.monotonic() - began:.0f} s")
        left_out = _impossible(system)
        names = _schedule(draw, faults, [name for name in only or FAULTS if name not in left_out])
        injected: dict[str, Injected] = defaultdict(Injected)
        thread = customer.keep_ordering(JOBS_AT_A_TIME)
        scene = Scene(system, customer, draw)
        died: list[Finding] = []
        for number, name in enumerate(names, 1):
            if time.monotonic() - began > minutes * 60:
                tell(f"{minutes:.0f} minutes are over, {faults - number + 1} faults are left out")
                break
            seconds = _inject(scene, name, injected[name], died)
            took = "did not recover" if seconds is None else f"recovered after {seconds:.1f} s"
            tell(f"{time.monotonic() - began:6.0f} s  {number}/{faults}  {name}: {took}")
            if customer.failure is not None:
                raise customer.failure
        customer.stop()
        thread.join()
        if customer.failure is not None:
            raise customer.failure
        _await_end(system, END_SECONDS)
        found = died + findings(system, customer, undisturbed) + orphans(system, lambda: _sweep(system))
        return Report(
            injected={name: injected[name] for name in FAULTS if name in injected},
            findings=found,
            left_out=left_out,
            jobs=len(customer.orders),
            uploads=len(customer.uploads),
            answers_lost=customer.answers_lost,
            minutes=(time.monotonic() - began) / 60,
        )


def _impossible(system: System) -> dict[str, str]:
    """Faults that this machine cannot have, and why."""
    reasons = {}
    if not all(disk.mounted for disk in system.disks.values()):
        reasons["worker's disk full"] = "a small file system can be mounted by root alone"
    if system.faketime() is None:
        reasons["worker's clock skewed"] = (
            "libfaketime is not installed; on Debian: apt-get install libfaketime"
        )
    return reasons


def _schedule(draw: random.Random, count: int, names: list[str]) -> list[str]:
    """So many faults in a drawn order, each in proportion to its weight and, where there is room, at least once."""
    weighted = [name for name in names for _ in range(FAULTS[name][0] - 1)]
    draw.shuffle(weighted)
    again = list(chain(names, weighted))
    chosen = list(islice(cycle(again), count))
    draw.shuffle(chosen)
    return chosen


def _undisturbed(system: System, customer: Customer, kind: int) -> Outcome:
    order = customer.order(kind)
    _await_end(system, RECOVERY_SECONDS)
    return outcome(system, customer.tenant_id, order.job_id)


def _inject(scene: Scene, name: str, injected: Injected, died: list[Finding]) -> float | None:
    """Injects it; the seconds until all jobs that were under way have ended or are worked on again."""
    scene.await_running()
    hit = scene.system.ledger.unfinished()
    scene.customer.hit(name, hit)
    began = time.monotonic()
    FAULTS[name][1](scene)
    injected.times += 1
    over = scene.system.ledger.now()
    if not _recovers(scene, name, died, hit, over):
        injected.stuck += 1
        return None
    seconds = time.monotonic() - began
    injected.seconds.append(seconds)
    return seconds


def _recovers(scene: Scene, name: str, died: list[Finding], hit: list[str], since: datetime) -> bool:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while scene.system.ledger.waiting_for_word(hit, since):
        _revive(scene.system, name, died)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _revive(system: System, fault: str, died: list[Finding]) -> None:
    """Start what has ended though nobody killed it, as a cluster would, and note it: that is a fault of its own."""
    for part in system.parts.values():
        if part.died:
            died.append(
                Finding("died", part.name, "it ended by itself; its log has the reason", frozenset({fault}))
            )
            part.start()


def _await_end(system: System, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while system.ledger.unfinished() and time.monotonic() < deadline:
        time.sleep(0.1)


def _sweep(system: System) -> None:
    engine = make_engine(DatabaseSettings(database_url=system.environment[Role.WORKER.url_variable]))
    sweep(make_session_factory(engine), system.objects)
    engine.dispose()


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(report: Report) -> dict[str, object]:
    """What the last line says: the figures, and each fault's own."""
    return report.summary() | {"by_fault": {name: asdict(each) for name, each in report.injected.items()}}
