"""The dispatcher's way to workers through a broker that is killed and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError as BrokerError

from cartridge_store.settings import BrokerSettings
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import PortChooser
from services.cli.stack.redis_server import prepare_redis
from services.trainer.messages import make_app
from services.trainer.waking import QueueWaker
from tests.chaos.parts import Part


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Part, str]]:
    """A Redis of this test alone, and its URL."""
    paths = DataPaths(tmp_path)
    paths.create()
    server = prepare_redis(paths, PortChooser(paths.ports_file, prefer_usual=False).choose("redis"), "p")
    part = Part(server.spec(paths.log("redis"), {}), server.check)
    part.start()
    yield part, server.url
    part.stop()


def test_a_broker_that_is_killed_is_an_error_like_any_other_and_is_used_again(
    broker: tuple[Part, str],
) -> None:
    part, url = broker
    waker = QueueWaker(make_app(BrokerSettings.model_validate({"broker_url": url})), limit=10)
    for round_ in range(3):
        before = waker.depth()
        waker.wake(f"job_{round_}")
        assert waker.depth() == before + 1
        part.kill()
        for _ in range(2):
            with pytest.raises(BrokerError):
                waker.room()
            with pytest.raises(BrokerError):
                waker.wake("job_nobody_hears_of")
        part.start()
    assert waker.room() < 10
