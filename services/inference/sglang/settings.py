"""Settings of the SGLang server and of the agent's dealings with it, from CARTRIDGES_SGLANG_* variables.

The flags of `command.server_arguments` come from here and from nowhere else.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_GIB = 1024**3


class SglangSettings(BaseSettings):
    """One SGLang server with its linker."""

    model_config = SettingsConfigDict(env_prefix="CARTRIDGES_SGLANG_", extra="ignore")

    python: Annotated[
        Path | None,
        Field(description="The Python of the environment SGLang is installed in; unset: this one."),
    ] = None
    host: Annotated[
        str, Field(description="Leave it on loopback: whoever reaches SGLang reaches every tenant's cache.")
    ] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 30000
    socket_directory: Annotated[
        Path | None, Field(description="Where the linkers listen; unset: under the data directory.")
    ] = None
    device: Annotated[
        Literal["auto", "cuda", "cpu"], Field(description="auto: CUDA where there is a driver.")
    ] = "auto"
    dtype: Annotated[
        Literal["auto", "bfloat16", "float16", "float32"], Field(description="Of weights and KV.")
    ] = "auto"
    tensor_parallel: Annotated[int, Field(ge=1, description="GPUs over which one model is spread.")] = 1
    max_total_tokens: Annotated[
        int | None, Field(ge=256, description="The KV pool, in tokens; unset: what memory_fraction leaves.")
    ] = None
    memory_fraction: Annotated[
        float | None,
        Field(gt=0, lt=1, description="Share of GPU memory for weights and KV; unset: SGLang's choice."),
    ] = None
    max_running_requests: Annotated[int, Field(ge=1, description="Answers decoded at once.")] = 64
    max_waiting: Annotated[int, Field(ge=0, description="Requests that may wait for a place.")] = 256
    chunked_prefill_tokens: Annotated[int, Field(ge=64, description="Prompt tokens a prefill step.")] = 2048
    host_bytes: Annotated[
        int,
        Field(ge=0, description="Host memory for cartridges, all ranks; the least recently used make room."),
    ] = 4 * _GIB
    disk_bytes: Annotated[
        int, Field(ge=0, description="Disk for cartridges; the least recently used make room.")
    ] = 20 * _GIB
    deterministic: Annotated[
        bool,
        Field(
            description="Slower kernels whose results do not depend on the batch; `seed` needs it. CUDA only."
        ),
    ] = False
    first_token_seconds: Annotated[
        float,
        Field(gt=0, description="How long a request may wait for its first token before it is given up."),
    ] = 120
    start_seconds: Annotated[
        float, Field(gt=0, description="How long SGLang may take from its start until it answers.")
    ] = 600
    extra_arguments: Annotated[
        str, Field(description="Further arguments of SGLang, as on a command line.")
    ] = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def sockets_under(self, data_dir: Path) -> Path:
        """The directory of the linkers' sockets, absolute."""
        return (self.socket_directory or data_dir / "sglang").resolve()
