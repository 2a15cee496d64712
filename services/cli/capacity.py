"""How much of everything a deployment needs: formulas, each with its assumption beside it.

Those about bytes are arithmetic, and held against what was measured (docs/serving.md). Those about seconds need
figures of your own GPUs: the defaults are assumptions for a model of some 8 billion parameters in bf16 on a GPU of 80 GB,
which nothing here has measured.
"""

import math
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

GIB = 1024**3
# Assumed, with indexes: rows of a tenant; of a cartridge with its job, events and report; of one answer's usage.
_TENANT_ROW_BYTES, _CARTRIDGE_ROW_BYTES, _ANSWER_ROW_BYTES = 10_000, 60_000, 600
# Measured, docs/serving.md, "Loading": the rate of a load over a plain copy of the same bytes.
DISK_LOAD_OVER_COPY = 0.93
MEMORY_LOAD_OVER_COPY = 0.75


@dataclass(frozen=True)
class ModelShape:
    """What decides about bytes; `parameters` in units, `dtype_bytes` of weights and KV."""

    layers: int
    kv_heads: int
    head_dim: int
    parameters: float
    dtype_bytes: int = 2

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in all layers."""
        return 2 * self.layers * self.kv_heads * self.head_dim * self.dtype_bytes

    @property
    def weight_bytes(self) -> float:
        return self.parameters * self.dtype_bytes

    def kv_bytes(self, tokens: int) -> int:
        """A prefix of so many tokens: a text's, or a cartridge's file but for its header."""
        return tokens * self.kv_bytes_per_token


class Demand(BaseModel):
    """What is asked of the deployment at its busiest. Shares are between 0 and 1."""

    model_config = ConfigDict(frozen=True)

    tenants: int = Field(ge=1)
    cartridges: int = Field(ge=1)
    requests_per_second: float = Field(gt=0)
    cartridge_tokens: int = Field(ge=1)
    prompt_tokens: int = Field(default=200, ge=1)
    answer_tokens: int = Field(default=250, ge=1)
    hot_share: float = Field(default=0.2, gt=0, le=1, description="Cartridges asked for within the hour.")
    cold_share: float = Field(default=0.02, ge=0, le=1, description="Requests whose cartridge only S3 has.")
    trainings_per_day: float = Field(default=0, ge=0)
    corpus_bytes: int = Field(default=4_000_000, ge=0, description="Documents of a corpus.")


class Hardware(BaseModel):
    """One GPU and its share of a node. Rates in bytes a second."""

    model_config = ConfigDict(frozen=True)

    gpu_bytes: float = Field(default=80e9, gt=0)
    gpu_memory_share: float = Field(default=0.88, gt=0, le=1, description="For weights and KV.")
    rows: int = Field(
        default=64, ge=1, description="Answers decoded at once: CARTRIDGES_SGLANG_MAX_RUNNING_REQUESTS."
    )
    seconds_per_token: float = Field(default=0.03, gt=0, description="Of one answer, all rows busy.")
    first_token_seconds: float = Field(default=0.1, gt=0)
    busy_share: float = Field(default=0.6, gt=0, le=1, description="Of all rows, at the busiest.")
    disk_rate: float = Field(default=5e9, gt=0)
    copy_rate: float = Field(default=25e9, gt=0, description="Host memory to GPU.")
    network_rate: float = Field(default=1.5e9, gt=0, description="S3 to a pod.")
    training_seconds: float = Field(default=1800, gt=0, description="One cartridge on one GPU.")


class Capacity(BaseModel):
    """What is needed. Bytes are of one GPU's pod unless they say otherwise."""

    model_config = ConfigDict(frozen=True)

    kv_bytes_per_token: int
    cartridge_bytes: int
    pool_tokens: int
    rows_per_gpu: int
    serving_gpus: int
    training_gpus: int
    host_bytes: int
    disk_bytes: int
    store_bytes: int
    database_bytes: int
    database_bytes_per_day: int
    store_bytes_per_second: float
    pod_network_share: float
    load_seconds_from_host: float
    load_seconds_from_disk: float
    load_seconds_from_store: float


def pool_tokens(shape: ModelShape, hardware: Hardware) -> int:
    """Tokens that the KV pool of one GPU holds; not above 0 where the weights alone do not fit."""
    free = hardware.gpu_bytes * hardware.gpu_memory_share - shape.weight_bytes
    return math.floor(free / shape.kv_bytes_per_token)


def rows_that_fit(pool: int, shared_tokens: int, own_tokens: int) -> int:
    """Answers whose KV fits into a pool at once: cartridges stand in it once, a question and its answer for each."""
    return max(0, (pool - shared_tokens) // own_tokens)


def load_seconds(size_bytes: float, copy_rate: float, over_copy: float) -> float:
    """From file or memory into the pool, where a plain copy goes at `copy_rate` bytes a second."""
    return size_bytes / (copy_rate * over_copy)


def plan(shape: ModelShape, demand: Demand, hardware: Hardware) -> Capacity:
    """What serves the demand. Raises ValueError, with what to change, where no number of such GPUs does."""
    pool = pool_tokens(shape, hardware)
    own = demand.prompt_tokens + demand.answer_tokens
    # At worst every row has another cartridge.
    rows = min(hardware.rows, rows_that_fit(pool, 0, own + demand.cartridge_tokens))
    if rows < 1:
        raise ValueError(
            f"weights of {shape.weight_bytes / 1e9:.0f} GB and one answer of {own + demand.cartridge_tokens} tokens do "
            f"not fit into {hardware.gpu_bytes * hardware.gpu_memory_share / 1e9:.0f} GB: a larger GPU, tensor "
            "parallelism, or fewer cartridge tokens"
        )
    # Little's law: answers under way at once.
    seconds = hardware.first_token_seconds + demand.answer_tokens * hardware.seconds_per_token
    gpus = math.ceil(demand.requests_per_second * seconds / (rows * hardware.busy_share))
    size = shape.kv_bytes(demand.cartridge_tokens)
    hot = math.ceil(demand.cartridges * demand.hot_share)
    fetched = demand.requests_per_second * demand.cold_share * size
    return Capacity(
        kv_bytes_per_token=shape.kv_bytes_per_token,
        cartridge_bytes=size,
        pool_tokens=pool,
        rows_per_gpu=rows,
        serving_gpus=gpus,
        training_gpus=math.ceil(
            demand.trainings_per_day * hardware.training_seconds / (86_400 * hardware.busy_share)
        ),
        # One home each; a quarter more for copies of what is asked for most, and for homes that are uneven.
        host_bytes=math.ceil(1.25 * hot * size / gpus),
        disk_bytes=math.ceil(1.25 * demand.cartridges * size / gpus),
        # Documents, what was read out of them, and the cartridge; conversations and checkpoints go with the job.
        store_bytes=demand.cartridges * (2 * demand.corpus_bytes + size),
        database_bytes=demand.tenants * _TENANT_ROW_BYTES + demand.cartridges * _CARTRIDGE_ROW_BYTES,
        # A day's mean is taken as half of its busiest hour.
        database_bytes_per_day=round(demand.requests_per_second / 2 * 86_400 * _ANSWER_ROW_BYTES),
        store_bytes_per_second=fetched,
        pod_network_share=fetched / gpus / hardware.network_rate,
        load_seconds_from_host=load_seconds(size, hardware.copy_rate, MEMORY_LOAD_OVER_COPY),
        load_seconds_from_disk=load_seconds(size, hardware.disk_rate, DISK_LOAD_OVER_COPY),
        load_seconds_from_store=size / hardware.network_rate
        + load_seconds(size, hardware.disk_rate, DISK_LOAD_OVER_COPY),
    )
