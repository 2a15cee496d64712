"""What the database says, read as the tables' owner, patiently: it is one of the parts that are killed."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
PATIENCE_SECONDS = 600.0
_ALL_UNFINISHED = "select id from training_jobs where state in ('queued', 'running')"


class Ledger:
    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url, pool_size=8, max_overflow=8)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """The rows of a query, asked again until the database answers."""
        return self._patiently(lambda: self._ask(query, values))

    def one(self, query: str, **values: Any) -> Any:
        """The first column of the one row."""
        return self.rows(query, **values)[0][0]

    def execute(self, statement: str, **values: Any) -> None:
        def run() -> None:
            with self._engine.begin() as connection:
                connection.execute(text(statement), values)

        self._patiently(run)

    def change(self, statement: str, **values: Any) -> list[Any]:
        """The rows that a statement has changed."""

        def run() -> list[Any]:
            with self._engine.begin() as connection:
                return list(connection.execute(text(statement), values))

        return self._patiently(run)

    def now(self) -> datetime:
        """By the clock that stamps events."""
        return self.one("select clock_timestamp()")  # type: ignore[no-any-return]

    def running(self) -> list[Any]:
        """Jobs in a worker's hands: `id`, `stage`, `worker`."""
        return self.rows(
            "select id, stage, worker from training_jobs where state = 'running' and lease_expires_at > now()"
        )

    def helped(self) -> list[Any]:
        """Shards in the hands of workers whose jobs they are not: `id` of the job, `worker`."""
        return self.rows(
            "select j.id, s.worker from synthesis_shards s join training_jobs j on j.id = s.job_id where "
            "s.lease_expires_at > now() and s.worker is not null and j.state = 'running' and s.worker <> j.worker"
        )

    def unfinished(self) -> list[str]:
        return [row.id for row in self.rows(_ALL_UNFINISHED)]

    def waiting_for_end(self, job_id: str) -> bool:
        """Whether the job has not ended."""
        return bool(self.rows(f"{_ALL_UNFINISHED} and id = :id", id=job_id))

    def waiting_for_word(self, job_ids: Iterable[str], since: datetime) -> list[str]:
        """Those of the jobs that have neither ended nor been worked on since then."""
        query = (
            f"{_ALL_UNFINISHED} and id = any(:ids) and not exists (select from job_events e where "
            "e.job_id = training_jobs.id and e.type not in ('state', 'log') and e.created_at > :since)"
        )
        return [row.id for row in self.rows(query, ids=list(job_ids), since=since)]

    def pulse(self) -> Any:
        """Another one whenever a job has moved: begun, told something, or ended."""
        return self.one(
            "select (count(*), sum(attempt), sum(last_event), count(finished_at))::text from training_jobs"
        )

    def _ask(self, query: str, values: dict[str, Any]) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(text(query), values))

    def _patiently(self, act: Callable[[], T]) -> T:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return act()
            except DBAPIError:
                if time.monotonic() > deadline:
                    raise
                # The server's end took all connections with it.
                self._engine.dispose()
            time.sleep(0.1)
