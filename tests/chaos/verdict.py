"""What is left after the faults, held against what was promised and against jobs that nobody disturbed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from safetensors import safe_open

from cartridge_store.object_keys import job_prefix
from cartridge_store.objects import ObjectMissingError, ObjectStore
from tests.chaos.customer import Customer, Order
from tests.chaos.findings import Finding, Kind
from tests.chaos.ledger import Ledger
from tests.chaos.system import System

# A job that holds no worker is not counted; clocks of transactions differ by moments.
GPU_SECONDS_TOLERANCE = 1.0
TOLERANCE_OF_TEXT = 1e-12


@dataclass(frozen=True)
class Outcome:
    """What a job that succeeded made, as far as it must not depend on what happened meanwhile."""

    digest: str
    losses: tuple[float, ...]
    synthesis_tokens: float


def outcome(system: System, tenant_id: str, job_id: str) -> Outcome:
    """Of a job with its one cartridge."""
    digest = system.ledger.one("select digest from cartridges where job_id = :id", id=job_id)
    losses = _losses(system.objects, tenant_id, job_id)
    return Outcome(digest, losses, _used(system.ledger, job_id, "synthesis_tokens"))


def findings(system: System, customer: Customer, undisturbed: Mapping[int, Outcome]) -> list[Finding]:
    """Everything that is wrong. All jobs must have ended, or they are stuck."""
    found = [*_uploads(system, customer), *_counts(system.ledger, customer)]
    for order in customer.orders:
        found += [
            Finding(kind, order.job_id, why, frozenset(order.faults))
            for kind, why in _job(system, customer.tenant_id, order, undisturbed)
        ]
    return found


def orphans(system: System, sweep: Any) -> list[Finding]:
    """Objects that nothing names once the sweeper has kept all promises, an hour being over at once."""
    system.ledger.execute("update object_deletions set due_at = now() - interval '1 second'")
    sweep()
    named = {row.object_key for row in system.ledger.rows("select object_key from documents")}
    named |= {row.object_key for row in system.ledger.rows("select object_key from cartridges")}
    jobs = system.ledger.rows("select id, tenant_id from training_jobs")
    prefixes = {job_prefix(row.tenant_id, row.id) for row in jobs}
    return [
        Finding("orphan", found.key, "no row names it", frozenset())
        for found in system.objects.list("")
        if found.key not in named and f"{'/'.join(found.key.split('/')[:4])}/" not in prefixes
    ]


def _uploads(system: System, customer: Customer) -> Iterator[Finding]:
    rows = system.ledger.rows(
        "select id, object_key from documents where tenant_id = :t", t=customer.tenant_id
    )
    keys = {row.id: row.object_key for row in rows}

    @cache
    def digest_of(key: str) -> str | None:
        try:
            return hashlib.sha256(b"".join(system.objects.open_stream(key))).hexdigest()
        except ObjectMissingError:
            return None

    for document_id, sent in customer.uploads.items():
        if document_id not in keys:
            yield Finding("lost", document_id, "the document's row is gone", frozenset())
        elif digest_of(keys[document_id]) != sent:
            yield Finding("lost", document_id, "its bytes are not those that were sent", frozenset())
    for document_id in keys.keys() - customer.uploads.keys():
        yield Finding("doubled", document_id, "a document that nobody was told of", frozenset())


def _counts(ledger: Ledger, customer: Customer) -> Iterator[Finding]:
    """Rows that a request made a second time when it was sent again."""
    promised = {"training_jobs": {order.job_id for order in customer.orders}, "corpora": customer.corpora}
    for table, ids in promised.items():
        rows = ledger.rows(f"select id from {table} where tenant_id = :t", t=customer.tenant_id)  # noqa: S608
        there = {row.id for row in rows}
        for lost in ids - there:
            yield Finding("lost", lost, f"it was accepted and is not in {table}", frozenset())
        for more in there - ids:
            yield Finding("doubled", more, f"it is in {table} and nobody was told of it", frozenset())


def _job(
    system: System, tenant_id: str, order: Order, undisturbed: Mapping[int, Outcome]
) -> Iterator[tuple[Kind, str]]:
    rows = system.ledger.rows("select * from training_jobs where id = :id", id=order.job_id)
    if not rows:
        return  # said already
    (row,) = rows
    cartridges = system.ledger.rows("select digest, object_key from cartridges where job_id = :id", id=row.id)
    if row.state in ("queued", "running"):
        yield "stuck", f"it is {row.state} in stage {row.stage}, attempt {row.attempt}"
        return
    if row.state == "failed":
        yield "failed", f"{row.error_code}: {row.error_detail}"
    if len(cartridges) != (row.state == "succeeded"):
        wrong: Kind = "doubled" if cartridges else "lost"
        yield wrong, f"it {row.state} with {len(cartridges)} cartridges"
    elif cartridges:
        if _digest(system.objects, cartridges[0].object_key) != cartridges[0].digest:
            yield "lost", "its cartridge's bytes are not those of its digest"
        if order.kind is not None:
            yield from _compare(outcome(system, tenant_id, row.id), undisturbed[order.kind])
            yield from _compare_told(system.ledger, row.id, undisturbed[order.kind].losses)
    for whose, held in _held(system.ledger, row.id).items():
        if held > (row.finished_at - row.created_at).total_seconds() + GPU_SECONDS_TOLERANCE:
            yield "doubled", f"{held:.1f} s of {whose} are counted, more than it was there"


def _compare(made: Outcome, wanted: Outcome) -> Iterator[tuple[Kind, str]]:
    if made.digest != wanted.digest:
        yield "different", "its cartridge is not that of an undisturbed run"
    if made.losses != wanted.losses:
        yield "different", "its loss curve is not that of an undisturbed run"
    if made.synthesis_tokens != wanted.synthesis_tokens:
        kind: Kind = "doubled" if made.synthesis_tokens > wanted.synthesis_tokens else "lost"
        yield kind, f"{made.synthesis_tokens:.0f} tokens are counted, {wanted.synthesis_tokens:.0f} were made"


def _compare_told(ledger: Ledger, job_id: str, losses: tuple[float, ...]) -> Iterator[tuple[Kind, str]]:
    query = "select seq, type, data from job_events where job_id = :id order by seq"
    events = ledger.rows(query, id=job_id)
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield "lost", "its events are not numbered without a hole"
    for event in events:
        if event.type == "progress" and event.data["stage"] == "train":
            loss = losses[event.data["step"] - 1]
            if abs(event.data["loss"] - loss) > TOLERANCE_OF_TEXT:
                yield "different", f"step {event.data['step']} was told with another loss"


def _used(ledger: Ledger, job_id: str, kind: str) -> float:
    query = (
        "select coalesce(sum(amount), 0) from usage where kind = :k and (source = :id or source like :more)"
    )
    return float(ledger.one(query, k=kind, id=job_id, more=f"{job_id}:%"))


def _held(ledger: Ledger, job_id: str) -> dict[str, float]:
    """Seconds that the job's own workers held it, one after the other, and that each helper held a shard."""
    query = "select source, amount from usage where kind = 'gpu_seconds' and source like :more"
    held = {"its own workers": 0.0}
    for row in ledger.rows(query, more=f"{job_id}:%"):
        number = row.source.removeprefix(f"{job_id}:")
        whose = "its own workers" if number.isdecimal() else f"the helper with {number}"
        held[whose] = held.get(whose, 0.0) + row.amount
    return held


def _losses(objects: ObjectStore, tenant_id: str, job_id: str) -> tuple[float, ...]:
    """Of every step, from the last checkpoint, which is that of the last step."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "checkpoint"
        objects.get_file(f"{job_prefix(tenant_id, job_id)}checkpoint.safetensors", path)
        with safe_open(path, framework="pt") as file:
            return tuple(json.loads(file.metadata()["state"])["losses"])


def _digest(objects: ObjectStore, key: str) -> str | None:
    try:
        return hashlib.sha256(b"".join(objects.open_stream(key))).hexdigest()
    except ObjectMissingError:
        return None
