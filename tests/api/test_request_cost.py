"""What a request may cost beside its own work: messages to Postgres and to Redis, counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from redis.asyncio.client import Pipeline
from starlette.types import ASGIApp

from cartridge_store.db.connection import ScopedConnection
from services.api.app import create_app
from tests.api.conftest import Belongings, Person, serving


@dataclass
class Counted:
    """Messages of an api since it was last reset."""

    statements: list[str] = field(default_factory=list)
    endings: int = 0
    redis: int = 0

    def reset(self) -> None:
        self.statements.clear()
        self.endings = self.redis = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted()
    execute, commit, ask = psycopg.Cursor.execute, ScopedConnection.commit, Pipeline.execute

    def executed(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        found.statements.append(query if isinstance(query, str) else query.as_string(cursor))
        return execute(cursor, query, *args, **kwargs)

    def committed(connection: Any) -> None:
        found.endings += connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
        commit(connection)

    async def asked(pipeline: Any, *args: Any, **kwargs: Any) -> Any:
        found.redis += 1
        return await ask(pipeline, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", executed)
    monkeypatch.setattr(ScopedConnection, "commit", committed)
    monkeypatch.setattr(Pipeline, "execute", asked)
    return found


@pytest.fixture
def http(settings: Any, ann: Person) -> Iterator[httpx.Client]:
    app: ASGIApp = create_app(settings.model_copy(update={"key_trust_seconds": 30.0}))
    with (
        serving(app) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ann.key}"}, timeout=30) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/v1/corpora/{corpus_id}", 1),
        ("/v1/corpora", 2),
        ("/v1/training-jobs", 1),
        ("/v1/training-jobs/{job_id}", 1),
        ("/v1/cartridges/{cartridge_id}", 1),
    ],
)
def test_a_request_with_a_known_key_asks_for_its_rows_alone(
    http: httpx.Client, counted: Counted, belongings: Belongings, path: str, statements: int
) -> None:
    url = path.format(**vars(belongings))
    http.get(url).raise_for_status()
    counted.reset()
    http.get(url).raise_for_status()
    begin, *asked = counted.statements
    # The tenant goes along with the beginning: no statement can come before it.
    assert begin == f"begin; select set_config('cartridges.tenant_id', '{belongings.tenant_id}', true)"
    assert len(asked) == statements, asked
    assert (counted.endings, counted.redis) == (1, 1)


def test_a_key_is_verified_in_one_transaction(
    http: httpx.Client, counted: Counted, belongings: Belongings
) -> None:
    # The first of all requests, anybody's, connects.
    http.get("/v1/me", headers={"Authorization": f"Bearer ck_{'a' * 10}_{'x' * 43}"})
    counted.reset()
    http.get(f"/v1/corpora/{belongings.corpus_id}").raise_for_status()
    # The prefix with the beginning, the key, the tenant, the note of its use, the limits; then the request's own two.
    assert len(counted.statements) == 5 + 2, counted.statements
    assert counted.endings == 2
