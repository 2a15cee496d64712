"""A small application that is equipped as the services are, under a real server."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, Field
from starlette.types import ASGIApp

from cartridge_web.application import equip
from cartridge_web.connections import ClientLeftError, EventStream, while_connected
from cartridge_web.metrics import HttpMetrics
from cartridge_web.problems import Problem

BODY_LIMIT = 10_000


class NoTeaError(Exception):
    """An error of the application's own."""


class Order(BaseModel):
    cups: Annotated[int, Field(ge=1)]


@dataclass
class Shop:
    """The application, and what its slow work noticed."""

    app: FastAPI = field(default_factory=FastAPI)
    given_up: threading.Event = field(default_factory=threading.Event)


def _open_shop() -> Shop:
    shop = Shop()
    app = shop.app

    @app.post("/orders")
    async def order(order: Order) -> dict[str, int]:
        return {"cups": order.cups}

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/tea")
    async def tea() -> None:
        raise NoTeaError("the pot is empty")

    @app.get("/teapot")
    async def teapot() -> None:
        raise Problem(418, "teapot", "A teapot", "Ask the coffee machine.", {"Retry-After": "7"})

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the secret is 4711")

    @app.get("/slow")
    async def slow(request: Request) -> Response:
        try:
            await while_connected(request, _wait(shop))
        except ClientLeftError:
            return Response(status_code=499)
        return Response()

    @app.get("/stream")
    async def stream() -> EventStream:
        behind = _drops(shop)
        return EventStream(_events(behind), behind)

    equip(
        app,
        metrics=HttpMetrics(),
        body_limit=lambda _: BODY_LIMIT,
        translations={NoTeaError: lambda error: Problem(409, "no_tea", "No tea", str(error))},
    )
    return shop


async def _wait(shop: Shop) -> None:
    try:
        await asyncio.sleep(30)
    finally:
        shop.given_up.set()


async def _drops(shop: Shop) -> AsyncGenerator[bytes]:
    try:
        while True:
            yield b"data: drop\n\n"
            await asyncio.sleep(0.05)
    finally:
        shop.given_up.set()


async def _events(drops: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async for drop in drops:
        yield drop


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """`app` under uvicorn on a free port; its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def shop() -> Shop:
    return _open_shop()


@pytest.fixture(scope="module")
def url(shop: Shop) -> Iterator[str]:
    with serving(shop.app) as url:
        yield url
