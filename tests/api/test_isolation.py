"""Every operation of the OpenAPI document, asked by another tenant with real ids: there is nothing to be found."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.tables import Table
from cartridge_store.objects import ObjectStore
from services.api.app import create_app
from tests.api.browser import Browser, browser, make_account
from tests.api.conftest import Belongings, Person
from tests.api.operations import SESSION, CannotFillError, Operation, personal, protected


@pytest.fixture(scope="module")
def document(settings: Any) -> dict[str, Any]:
    return create_app(settings).openapi()


@pytest.fixture
def possessions(sessions: SessionFactory, objects: ObjectStore, ann: Person) -> Callable[[], Any]:
    """Everything of Ann's: rows of every table, and objects."""

    def look() -> Any:
        tables = [table for table in Table.metadata.sorted_tables if "tenant_id" in table.columns]
        with sessions() as session:
            rows = {
                table.name: sorted(
                    map(str, session.execute(select(table).where(table.c.tenant_id == ann.tenant_id)))
                )
                for table in tables
            }
        return rows, sorted((each.key, each.size_bytes) for each in objects.list(f"tenants/{ann.tenant_id}/"))

    return look


def test_another_tenant_finds_nothing_by_any_operation_and_changes_nothing(
    document: dict[str, Any], ann: Person, bob: Person, belongings: Belongings, possessions: Callable[[], Any]
) -> None:
    before = possessions()
    tried = 0
    for operation in protected(document):
        response = operation.ask(bob.http, belongings)
        if operation.named:
            assert response.status_code == 404, f"{operation}: {response.status_code} {response.text}"
            assert response.json()["code"] in {"not_found", "model_not_found"}, operation
            tried += 1
        else:
            assert response.is_success, f"{operation}: {response.status_code} {response.text}"
            for known in (*belongings.ids, ann.tenant_id):
                assert known not in response.text, f"{operation} tells of {known}"
        assert possessions() == before, f"{operation} changed what is another tenant's"
    assert tried >= 12


@pytest.fixture
def page_of_bobs(sessions: SessionFactory, api_url: str, bob: Person) -> Iterator[Callable[[], Browser]]:
    """The browser of somebody new who owns Bob's tenant."""
    with ExitStack() as opened:

        def sign_in() -> Browser:
            page = opened.enter_context(browser(api_url))
            page.sign_in(make_account(sessions, bob.tenant_id).email)
            return page

        yield sign_in


def test_somebody_of_another_tenant_finds_nothing_by_any_operation_and_changes_nothing(
    document: dict[str, Any],
    page_of_bobs: Callable[[], Browser],
    belongings: Belongings,
    possessions: Callable[[], Any],
) -> None:
    before, tried, page = possessions(), 0, page_of_bobs()
    for operation in [*protected(document), *personal(document)]:
        if operation.method != "GET" and list(operation.credentials) == [SESSION]:
            # Such may end the session, which others would need.
            page = page_of_bobs()
        response = operation.ask(page, belongings)
        borrowed = page.get("/v1/corpora", headers={"X-Tenant": belongings.tenant_id})
        if operation.named:
            assert response.status_code == 404, f"{operation}: {response.status_code} {response.text}"
            assert response.json()["code"] in {"not_found", "model_not_found"}, operation
            tried += 1
        else:
            assert response.is_success, f"{operation}: {response.status_code} {response.text}"
            for known in (*belongings.ids, belongings.session_id):
                assert known not in response.text, f"{operation} tells of {known}"
        assert borrowed.status_code in {401, 404}, (
            operation
        )  # signed out by the operation, or in no such tenant
        assert possessions() == before, f"{operation} changed what is another tenant's"
    assert tried >= 14


def test_the_same_requests_reach_what_they_name_when_its_owner_asks(
    document: dict[str, Any], ann: Person, fresh_belongings: Callable[[], Belongings]
) -> None:
    """Without this a request that is refused for its form would pass for one that is isolated."""
    for operation in protected(document):
        response = operation.ask(ann.http, fresh_belongings())
        assert response.status_code not in {400, 401, 403, 404, 405, 422}, f"{operation}: {response.text}"


def test_an_operation_that_cannot_be_filled_fails_these_tests(belongings: Belongings) -> None:
    schema = {"example": {"spaceship_id": "spc_01j9z3k4m5n6p7q8r9s0t1v2w3"}}
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    empty = httpx.Client()
    bare = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    for path, described in (("/v1/spaceships/{spaceship_id}", {}), ("/v1/x", body), ("/v1/x", bare)):
        with pytest.raises(CannotFillError):
            Operation("POST", path, described, {}).ask(empty, belongings)
