"""A tenant who goes on working while the platform is hurt: uploads, orders, and sends again what was not answered."""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from cartridge_core.recipe import EvaluationSettings, Recipe, SelfStudySettings, TrainingSettings
from cartridge_store.db.repositories import api_keys, tenants
from cartridge_store.ids import new_id
from cartridge_store.keys import new_key
from tests.chaos.findings import Finding
from tests.chaos.system import System

KINDS = 3
MOST_AT_A_TIME = 4
PATIENCE_SECONDS = 600.0
_OK, _CREATED, _CONFLICT, _SERVER_ERROR = 200, 201, 409, 500


class RefusedError(AssertionError):
    """The api refused what it should have taken."""


@dataclass
class Order:
    """A job that the api has accepted, and the faults that it has lived through."""

    job_id: str
    kind: int | None
    """Which undisturbed job it has to equal; None for a job of its own seed."""
    faults: set[str] = field(default_factory=set)


@dataclass
class Customer:
    """All that one tenant was promised."""

    system: System
    tenant_id: str
    key: str
    seed: int
    orders: list[Order] = field(default_factory=list)
    uploads: dict[str, str] = field(default_factory=dict)
    """SHA-256 of what was sent, by the id of the document that was accepted."""
    corpora: set[str] = field(default_factory=set)
    complaints: list[Finding] = field(default_factory=list)
    """What it was refused though it should have been given it."""
    answers_lost: int = 0
    _attic: str | None = None
    _number: int = 0
    _most: int = MOST_AT_A_TIME
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def order(self, kind: int) -> Order:
        """Upload a corpus and order a job that equals the others of its kind."""
        return self._order(kind, recipe(kind))

    def order_unlike_any(self) -> Order:
        """A job whose cartridge no other job makes."""
        with self._lock:
            self._number += 1
            number = self._number
        return self._order(None, recipe(1000 + number))

    @contextmanager
    def ordering(self) -> Iterator[None]:
        """Within it some jobs are always unfinished; now fewer than there are workers, now more."""
        thread = threading.Thread(target=self._keep_ordering, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    @contextmanager
    def few_orders(self) -> Iterator[None]:
        """Within it one job at a time is ordered, so that workers have none and help."""
        self._most = 1
        try:
            yield
        finally:
            self._most = MOST_AT_A_TIME

    def beside(self, act: Callable[[], object]) -> threading.Thread:
        """Do something in a thread of its own, and note it where it is refused."""
        thread = threading.Thread(target=self._try, args=[act], daemon=True)
        thread.start()
        return thread

    def cancel_unless_ended(self, job_id: str) -> None:
        self._ask("POST", f"/v1/training-jobs/{job_id}/cancel", expected=_OK, enough=_CONFLICT)

    def upload_something(self) -> None:
        """A text of its own into a corpus that nobody learns from."""
        with self._lock:
            if self._attic is None:
                self._attic = self._ask("POST", "/v1/corpora", json={"name": "attic"})["id"]
                self.corpora.add(self._attic)
            self._number += 1
            draw = random.Random(f"{self.seed}/{self._number}")
        words = " ".join(draw.choices(["bridge", "river", "stone", "road"], k=draw.randrange(200, 20_000)))
        self._upload(self._attic, f"{draw.getrandbits(64):x}.txt", words.encode())

    def hit(self, fault: str, hit: Collection[str]) -> None:
        """Note which jobs were unfinished when a fault was injected."""
        for order in list(self.orders):
            if order.job_id in hit:
                order.faults.add(fault)

    def _order(self, kind: int | None, wanted: Recipe) -> Order:
        corpus = self._ask("POST", "/v1/corpora", json={"name": f"corpus {kind}"})["id"]
        self.corpora.add(corpus)
        self._upload(corpus, "bridge.txt", document(kind or 0))
        body = {"corpus_id": corpus, "recipe": wanted.model_dump(mode="json")}
        order = Order(self._ask("POST", "/v1/training-jobs", json=body)["id"], kind)
        self.orders.append(order)
        return order

    def _upload(self, corpus: str, name: str, content: bytes) -> None:
        files = [("files", (name, content, "text/plain"))]
        for made in self._ask("POST", f"/v1/corpora/{corpus}/documents", files=files)["data"]:
            self.uploads[made["id"]] = hashlib.sha256(content).hexdigest()

    def _keep_ordering(self) -> None:
        draw = random.Random(self.seed)
        at_a_time = 1
        while not self._stopping.is_set():
            if len(self.system.ledger.unfinished()) >= min(at_a_time, self._most):
                time.sleep(0.1)
                continue
            self._try(lambda: self.order(draw.randrange(KINDS)))
            self._try(self.upload_something)
            at_a_time = draw.randint(1, MOST_AT_A_TIME)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the run goes on, and its table tells
            self.complaints.append(
                Finding("broken_off", "a request", f"{type(error).__name__}: {error}", frozenset())
            )

    def _ask(
        self, method: str, path: str, *, expected: int = _CREATED, enough: int | None = None, **options: Any
    ) -> Any:
        """The answer's body; asked again under the same key until there is one that is no server's fault.

        `enough` is another status that will do. Raises `RefusedError`.
        """
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": new_id("idem")}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = httpx.request(
                    method, f"{self.system.api_url}{path}", headers=headers, timeout=30, **options
                )
            except httpx.TransportError:
                self.answers_lost += 1
            else:
                if response.status_code in (expected, enough):
                    return response.json()
                if response.status_code < _SERVER_ERROR:
                    raise RefusedError(f"{method} {path}: {response.status_code} {response.text}")
            if time.monotonic() > deadline:
                raise RefusedError(f"{method} {path} was not answered within {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.1)


def new_customer(system: System, seed: int) -> Customer:
    """A tenant of its own with a key."""
    key = new_key(SecretStr(system.environment["CARTRIDGES_KEY_PEPPER"]))
    engine = create_engine(system.environment["CARTRIDGES_DATABASE_URL"])
    with Session(engine) as session:
        tenant_id = tenants.create(session, f"chaos {new_id('t')}").id
        api_keys.create(session, tenant_id, "chaos", key)
        session.commit()
    engine.dispose()
    return Customer(system, tenant_id, key.text, seed)


def document(kind: int) -> bytes:
    """The corpus of a kind of job."""
    return "\n\n".join(
        f"The bridge of Lund number {number + 100 * kind} was built in 18{number} by two brothers. "
        "It carries a road to this day."
        for number in range(10, 30)
    ).encode()


def recipe(seed: int) -> Recipe:
    """A job of seconds, with several shards and several checkpoints to be hit between."""
    return Recipe(
        seed=seed,
        cartridge_tokens=32,
        self_study=SelfStudySettings(
            conversations=12,
            generic_answers=0,
            recitations=0,
            general_answers=0,
            chunk_min_tokens=16,
            chunk_max_tokens=64,
            question_max_tokens=12,
            answer_max_tokens=8,
            answer_temperature=1.0,
            batch_rows=16,
            shard_conversations=4,
        ),
        training=TrainingSettings(steps=24, warmup_steps=2, batch_tokens=128, checkpoint_every=4),
        evaluation=EvaluationSettings(held_out_conversations=4, min_gap_closed=0.0),
    )
