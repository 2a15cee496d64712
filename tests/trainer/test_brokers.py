"""Both brokers under real workers: killed in the middle of a job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cartridge_store.db.tables import JobState
from cartridge_store.settings import BrokerSettings
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import PortChooser
from services.cli.stack.redis_server import prepare_redis
from services.trainer.messages import make_app
from tests.chaos.parts import Part

from .desk import Desk, tiny_recipe
from .processes import dispatcher, wait_until, worker
from .rabbitmq_server import rabbitmq_server


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Part, str]]:
    """A broker of this test alone, and its URL."""
    if request.param == "rabbitmq":
        (tmp_path / "broker").mkdir()
        with rabbitmq_server(tmp_path / "broker") as server:
            yield server
        return
    paths = DataPaths(tmp_path / "broker")
    paths.create()
    redis = prepare_redis(paths, PortChooser(paths.ports_file, prefer_usual=False).choose("redis"), "p")
    part = Part(redis.spec(paths.log("redis"), {}), redis.check)
    part.start()
    yield part, redis.url
    part.stop()


def test_jobs_end_though_their_broker_dies_and_comes_back(
    desk: Desk,
    environment: dict[str, str],
    broker: tuple[Part, str],
) -> None:
    part, environment["CARTRIDGES_BROKER_URL"] = broker
    first = desk.order(tiny_recipe(steps=240, checkpoint_every=40))
    with dispatcher(environment), worker(environment) as process:
        wait_until(lambda: bool(desk.steps(first)), 180)
        part.kill()
        part.start()
        wait_until(lambda: desk.job(first).state.is_terminal, 180)
        second = desk.order(tiny_recipe(steps=240, checkpoint_every=40))
        wait_until(lambda: desk.job(second).state.is_terminal, 180)
        assert process.poll() is None, "the worker has ended"
    for job_id in (first, second):
        job = desk.job(job_id)
        assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)
        assert desk.cartridges(job_id) == 1


def test_messages_are_acknowledged_late_held_one_at_a_time_and_left_for_long() -> None:
    configured = make_app(BrokerSettings.model_validate({"broker_url": "redis://nowhere"})).conf
    assert configured.task_acks_late is True
    assert configured.worker_prefetch_multiplier == 1
    month = 30 * 24 * 3600
    assert configured.broker_transport_options["visibility_timeout"] == month
    (queue,) = configured.task_queues
    assert queue.queue_arguments == {"x-consumer-timeout": month * 1000}
