"""Settings of the inference service, from CARTRIDGES_* variables."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from cartridge_core.dtypes import DtypeName
from cartridge_core.relevance import Bounds
from cartridge_store.settings import CONFIG, GrantSettings, ObjectStoreSettings

_GIB = 1024**3
_BOUNDS = Bounds()


class ServedSettings(BaseSettings):
    """What agent and SGLang have to agree on; there is no secret in it."""

    model_config = CONFIG

    base_model: Path
    data_dir: Path
    inference_page_size: Annotated[
        int,
        Field(
            ge=1,
            le=128,
            description="Tokens a page of the KV cache; prefixes are padded to whole pages. The same for all pods.",
        ),
    ] = 1


class InferenceSettings(ServedSettings, ObjectStoreSettings, GrantSettings):
    inference_engine: Annotated[
        Literal["torch", "sglang"],
        Field(
            description="torch: the model in this process; sglang: a SGLang server beside it (CARTRIDGES_SGLANG_*)."
        ),
    ] = "torch"
    inference_dtype: Annotated[
        DtypeName,
        Field(
            description="What the torch engine computes in. `auto`: what the model is stored in, and fp32 (twice the memory, "
            "of its KV too) on a CPU that is faster with that."
        ),
    ] = "auto"
    inference_host: str = "127.0.0.1"
    inference_port: Annotated[int, Field(ge=0, le=65535)] = 8100
    inference_cache_bytes: Annotated[
        int, Field(ge=0, description="Memory for cartridges; the least recently used make room.")
    ] = 2 * _GIB
    inference_forget_seconds: Annotated[
        float,
        Field(
            gt=0,
            description="How often each cartridge at hand is looked for in the object store; deleted ones are forgotten.",
        ),
    ] = 300
    inference_max_rows: Annotated[int, Field(ge=1, le=4096, description="Answers decoded at once.")] = 16
    inference_max_waiting: Annotated[int, Field(ge=1, description="Requests that may wait for a row.")] = 64
    inference_relevance_least: Annotated[
        float,
        Field(
            gt=0,
            description="Where a request asks for the relevant ones of its cartridges: nats that its prompt has to gain by "
            "one to be about it.",
        ),
    ] = _BOUNDS.least
    inference_relevance_own: Annotated[
        float,
        Field(
            gt=0,
            description="And beyond what any other of them gives its words, unless it gains most by that one.",
        ),
    ] = _BOUNDS.own
    inference_linger_seconds: Annotated[
        float,
        Field(
            ge=0,
            description="How long a stopping service still takes requests while `/v1/load` tells that it drains.",
        ),
    ] = 0
    inference_drain_seconds: Annotated[
        int, Field(ge=0, description="How long answers under way may go on when the service stops.")
    ] = 6
