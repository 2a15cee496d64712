"""A talkative tiny model, a migrated database and object storage, and a worker in this process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import torch

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.roles import Role
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings
from services.trainer.attempt import Worker
from services.trainer.lease import LeaseTimes
from services.trainer.limits import StageLimits
from services.trainer.settings import WorkerSettings
from tests.conftest import Backing

from .desk import Desk
from .talkative_model import make_talkative_model


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models gain nothing from a second thread, and lose much to it when the cores are busy."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Structlog's own default prints every local variable of a traceback, tensors included."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )


@pytest.fixture(scope="session")
def talkative_model_dir(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talkative_model(smollm2_dir, tmp_path_factory.mktemp("models") / "talkative")


@pytest.fixture(scope="session")
def backing(backing: Backing) -> Backing:
    """Its own database: a worker takes any job that waits in it."""
    return backing.with_new_database()


@pytest.fixture(scope="session")
def settings(
    backing: Backing, talkative_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> WorkerSettings:
    variables = {
        name.removeprefix("CARTRIDGES_").lower(): value for name, value in backing.environment.items()
    }
    variables["database_url"] = backing.environment[Role.WORKER.url_variable]
    variables |= {"base_model": str(talkative_model_dir), "data_dir": str(tmp_path_factory.mktemp("trainer"))}
    return WorkerSettings.model_validate(variables)


@pytest.fixture(scope="session")
def sessions(backing: Backing) -> Iterator[SessionFactory]:
    """Sessions of the tables' owner: the desk arranges with them, and looks."""
    bring_up_to_date(backing.environment)
    engine = make_engine(DatabaseSettings(database_url=backing.environment["CARTRIDGES_DATABASE_URL"]))
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def worker_sessions(settings: WorkerSettings, sessions: SessionFactory) -> Iterator[SessionFactory]:
    """Sessions as trainer and dispatcher have them."""
    engine = make_engine(settings)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def objects(settings: WorkerSettings) -> ObjectStore:
    store = ObjectStore(settings)
    store.ensure_bucket()
    return store


@pytest.fixture
def desk(sessions: SessionFactory, worker_sessions: SessionFactory, objects: ObjectStore) -> Iterator[Desk]:
    desk = Desk.open(sessions, worker_sessions, objects)
    yield desk
    desk.close()


@pytest.fixture
def worker(settings: WorkerSettings, worker_sessions: SessionFactory, objects: ObjectStore) -> Worker:
    return Worker(
        name="in-process",
        sessions=worker_sessions,
        objects=objects,
        model_path=settings.base_model,
        device=settings.trainer_device,
        dtype=settings.trainer_dtype,
        scratch=settings.data_dir,
        lease_times=LeaseTimes(lease=5.0, beat=0.2, poll=0.02, grace=60.0),
        limits=StageLimits(settings.stage_seconds),
        retry_seconds=0.0,
        stopping=lambda: False,
    )


@pytest.fixture
def environment(backing: Backing, talkative_model_dir: Path, tmp_path: Path) -> dict[str, str]:
    """What processes of a worker and a dispatcher find their settings in."""
    return {
        **os.environ,
        **backing.environment,
        "CARTRIDGES_DATABASE_URL": backing.environment[Role.WORKER.url_variable],
        "CARTRIDGES_BASE_MODEL": str(talkative_model_dir),
        "CARTRIDGES_DATA_DIR": str(tmp_path),
        "CARTRIDGES_TRAINER_LEASE_SECONDS": "2",
        "CARTRIDGES_TRAINER_BEAT_SECONDS": "0.4",
        "CARTRIDGES_TRAINER_POLL_SECONDS": "0.2",
        "CARTRIDGES_DISPATCHER_POLL_SECONDS": "0.2",
        "CARTRIDGES_DISPATCHER_REWAKE_SECONDS": "1",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
