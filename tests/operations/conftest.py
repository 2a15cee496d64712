"""Places of their own on the session's servers: a new database and a new bucket each."""

from collections.abc import Callable

import pytest

from cartridge_store.ids import new_id
from tests.conftest import Backing, Environment, new_database


@pytest.fixture
def new_place(backing: Backing) -> Callable[[], Environment]:
    """Settings that name an empty database and an empty bucket, the same servers and secrets."""

    def make() -> Environment:
        bucket = new_id("bucket").replace("_", "-")
        return new_database(backing.environment) | {"CARTRIDGES_S3_BUCKET": bucket}

    return make
