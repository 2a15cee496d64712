"""The real api of `tests/api`, on real Postgres, Redis and S3."""

from tests.api.conftest import (
    _stand_in_starts_afresh,
    ann,
    api_url,
    objects,
    sessions,
    settings,
    stand_in,
)

__all__ = ["_stand_in_starts_afresh", "ann", "api_url", "objects", "sessions", "settings", "stand_in"]
