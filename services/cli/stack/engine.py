"""Which engine a stack serves with."""

from collections.abc import Mapping
from typing import Literal, cast, get_args

Engine = Literal["torch", "sglang"]
ENGINE_VARIABLE = "CARTRIDGES_INFERENCE_ENGINE"


class EngineUnknownError(ValueError):
    """The environment names an engine that there is not."""

    code = "engine_unknown"


def engine_of(named: str | None, surroundings: Mapping[str, str]) -> Engine:
    """The engine that was named, else what CARTRIDGES_INFERENCE_ENGINE says, else torch. Raises EngineUnknownError."""
    engine = named or surroundings.get(ENGINE_VARIABLE) or "torch"
    if engine not in get_args(Engine):
        raise EngineUnknownError(
            f"There is no engine {engine!r}. Set {ENGINE_VARIABLE} or --engine to {' or '.join(get_args(Engine))}."
        )
    return cast(Engine, engine)
