"""One run of the suite: jobs that nobody disturbs, faults under load, and the reckoning.

Faults are injected in lanes, each of which hurts other parts: while a worker comes back, Redis is flushed and the api
is killed. Within a lane the next fault waits until every job that the one before has hit is worked on again.
Whatever goes wrong is noted, and the run goes on: in the end there is always a table.
"""

import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from pathlib import Path

from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.db.roles import Role
from cartridge_store.settings import DatabaseSettings
from services.trainer.sweeper import sweep
from tests.chaos.customer import KINDS, Customer, new_customer
from tests.chaos.faults import FAULTS, PATIENCE_SECONDS, Lane, MissedError, Scene
from tests.chaos.findings import Finding, Kind
from tests.chaos.patience import await_patiently
from tests.chaos.report import Injected, Report
from tests.chaos.system import System, running_system
from tests.chaos.verdict import Outcome, findings, orphans, outcome

_SECONDS_BETWEEN_REVIVALS = 0.5
_SECONDS_BETWEEN_TRIES = 0.2
_TRYING_SECONDS = 3 * PATIENCE_SECONDS

Tell = Callable[[str], None]


@dataclass
class Campaign:
    """A run under way. Its lanes are threads; `stopping` ends each after the fault that it is at."""

    system: System
    customer: Customer
    tell: Tell
    faults: int
    began: float
    minutes: float
    injected: dict[str, Injected] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run_lane(self, names: Sequence[str], draw: random.Random) -> None:
        scene = Scene(self.system, self.customer, draw, self.stopping)
        for name in names:
            if self.stopping.is_set():
                return
            if time.monotonic() - self.began > self.minutes * 60:
                self.say(f"{self.minutes:.0f} minutes are over")
                return
            try:
                self._inject(scene, name)
            except Exception as error:  # noqa: BLE001 - the suite's own trouble is a finding like any other
                self.note("broken_off", name, f"{type(error).__name__}: {error}", name)

    def note(self, kind: Kind, subject: str, why: str, *faults: str) -> None:
        found = Finding(kind, subject, why, frozenset(faults))
        with self._lock:
            self.found.append(found)
        self.say(f"{kind}: {subject}: {why}")

    def say(self, line: str) -> None:
        with self._lock:
            done = sum(each.times for each in self.injected.values())
        self.tell(f"{time.monotonic() - self.began:6.0f} s  {done}/{self.faults}  {line}")

    def keep_alive(self) -> None:
        """Start what has ended though nobody killed it, as a cluster would, and note it: that is a fault of its own."""
        for part in self.system.parts.values():
            if part.revive():
                self.note("died", part.name, "it ended by itself; its log has the reason")

    def _inject(self, scene: Scene, name: str) -> None:
        """A job may slip out of the hands that the fault was for, and another lane may have emptied them: try again."""
        deadline = time.monotonic() + _TRYING_SECONDS
        while not self.stopping.is_set() and time.monotonic() < deadline:
            try:
                scene.await_running()
                hit = self.system.ledger.unfinished()
                began = time.monotonic()
                FAULTS[name].act(scene)
            except MissedError:
                time.sleep(_SECONDS_BETWEEN_TRIES)
            else:
                self._follow(name, {*hit, *scene.take_hit()}, began)
                return
        self.injected[name].missed += 1
        self.say(f"{name}: the moment for it never came")

    def _follow(self, name: str, hit: set[str], began: float) -> None:
        """Wait until all jobs that were under way have ended or are worked on again."""
        ledger, injected = self.system.ledger, self.injected[name]
        over = ledger.now()
        self.customer.hit(name, hit)
        injected.times += 1
        if await_patiently(self.system, lambda: not ledger.waiting_for_word(hit, over)):
            injected.seconds.append(time.monotonic() - began)
            self.say(f"{name}: recovered after {injected.seconds[-1]:.1f} s")
        else:
            injected.stuck += 1
            self.say(f"{name}: did not recover; {ledger.waiting_for_word(hit, over)}")


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

    No fault is begun after so many `minutes`. Interrupted, it stops injecting and reckons with what there is.
    """
    began = time.monotonic()
    draw = random.Random(seed)
    with running_system(data_dir, model) as system:
        customer = new_customer(system, seed)
        undisturbed = {kind: _undisturbed(system, customer, kind) for kind in range(KINDS)}
        tell(f"{KINDS} jobs have ended undisturbed after {time.monotonic() - began:.0f} s")
        left_out = _impossible(system)
        names = _schedule(draw, faults, [name for name in only or FAULTS if name not in left_out])
        campaign = Campaign(system, customer, tell, faults, began, minutes)
        campaign.injected = {name: Injected() for name in FAULTS if name in names}
        with customer.ordering():
            _run_lanes(campaign, names, seed)
        found = [*campaign.found, *customer.complaints, *_reckon(system, customer, undisturbed)]
        return Report(
            injected=campaign.injected,
            findings=found,
            left_out=left_out,
            jobs=len(customer.orders),
            uploads=len(customer.uploads),
            answers_lost=customer.answers_lost,
            minutes=(time.monotonic() - began) / 60,
        )


def _run_lanes(campaign: Campaign, names: Sequence[str], seed: int) -> None:
    lanes = [
        threading.Thread(
            target=campaign.run_lane,
            args=[[name for name in names if FAULTS[name].lane is lane], random.Random(f"{seed}/{lane}")],
            name=lane,
            daemon=True,
        )
        for lane in Lane
    ]
    with _interruptible(campaign):
        for lane in lanes:
            lane.start()
    while any(lane.is_alive() for lane in lanes):
        with _interruptible(campaign):
            campaign.keep_alive()
            time.sleep(_SECONDS_BETWEEN_REVIVALS)


@contextmanager
def _interruptible(campaign: Campaign) -> Iterator[None]:
    """Within it an interruption ends the faults, and not the reckoning."""
    try:
        yield
    except KeyboardInterrupt:
        campaign.say("interrupted: no more faults")
        campaign.stopping.set()
    except Exception as error:  # noqa: BLE001 - a part that cannot be started again
        campaign.note("broken_off", "a part that ended", f"{type(error).__name__}: {error}")


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
    weighted = [name for name in names for _ in range(FAULTS[name].weight - 1)]
    draw.shuffle(weighted)
    again = list(chain(names, weighted))
    chosen = list(islice(cycle(again), count))
    draw.shuffle(chosen)
    return chosen


def _undisturbed(system: System, customer: Customer, kind: int) -> Outcome:
    order = customer.order(kind)
    await_patiently(system, lambda: not system.ledger.unfinished())
    return outcome(system, customer.tenant_id, order.job_id)


def _reckon(system: System, customer: Customer, undisturbed: Mapping[int, Outcome]) -> list[Finding]:
    """What is wrong once everything that was begun had time to end."""
    await_patiently(system, lambda: not system.ledger.unfinished())
    found: list[Finding] = []
    for look in (
        lambda: findings(system, customer, undisturbed),
        lambda: orphans(system, lambda: _sweep(system)),
    ):
        try:
            found += look()
        except Exception as error:  # noqa: BLE001 - what cannot be looked at is no proof
            found.append(
                Finding("broken_off", "the reckoning", f"{type(error).__name__}: {error}", frozenset())
            )
    return found


def _sweep(system: System) -> None:
    engine = make_engine(DatabaseSettings(database_url=system.environment[Role.WORKER.url_variable]))
    sweep(make_session_factory(engine), system.objects)
    engine.dispose()
