"""What the linker needs of the engine around it; anything else is refused at start, with what to change."""

from dataclasses import dataclass

import torch

from services.inference.sglang.release import SGLANG_VERSION

SUPPORTED_DTYPES = (torch.float32, torch.bfloat16, torch.float16)
MAX_PAGE_SIZE = 128


class UnsupportedEngineError(ValueError):
    """SGLang was started in a way in which cartridges could not be served rightly."""


@dataclass(frozen=True)
class Surroundings:
    """The engine as the linker finds it."""

    sglang_version: str
    components: tuple[str, ...]
    full_attention_only: bool
    pool_class: str
    plain_pool: bool
    layout: str
    pool_dtype: torch.dtype
    store_dtype: torch.dtype
    same_head_dims: bool
    page_size: int
    pipeline_ranks: int
    context_ranks: int
    data_ranks: int
    nodes: int
    lora: bool
    speculative_algorithm: str | None


def check(found: Surroundings) -> None:
    """Raise `UnsupportedEngineError` with all that is wrong."""
    wrong = [message for holds, message in _requirements(found) if not holds]
    if wrong:
        raise UnsupportedEngineError("the cartridge linker cannot work here: " + "; ".join(wrong))


def _requirements(found: Surroundings) -> list[tuple[bool, str]]:
    return [
        (
            found.sglang_version == SGLANG_VERSION,
            f"this is SGLang {found.sglang_version}, it is made for {SGLANG_VERSION}; install that one",
        ),
        (
            found.full_attention_only,
            f"the model keeps state of kinds {', '.join(found.components)}; only full attention is supported",
        ),
        (
            found.plain_pool and found.same_head_dims,
            f"the KV pool is a {found.pool_class}; only models with plain multi-head or grouped-query attention and "
            "keys and values of one size are supported",
        ),
        (
            found.layout == "nhd",
            f"the KV pool has the layout {found.layout}; unset SGLANG_USE_HND_KVCACHE and layout options",
        ),
        (
            found.pool_dtype in SUPPORTED_DTYPES and found.store_dtype == found.pool_dtype,
            f"the KV pool holds {found.pool_dtype}; start with --kv-cache-dtype auto, bf16 or float32",
        ),
        (
            1 <= found.page_size <= MAX_PAGE_SIZE,
            f"the page size is {found.page_size}; --page-size may be 1 to {MAX_PAGE_SIZE}",
        ),
        (found.pipeline_ranks == 1, "pipeline parallelism is not supported; start with --pp-size 1"),
        (found.context_ranks == 1, "context parallelism is not supported; leave its options out"),
        (
            found.data_ranks == 1 and found.nodes == 1,
            "one agent serves one replica on one node; start more pods instead of --dp-size or --nnodes",
        ),
        (not found.lora, "LoRA adapters are not supported: cartridges belong to the model itself"),
        (
            found.speculative_algorithm is None,
            f"speculative decoding ({found.speculative_algorithm}) keeps KV of its own that cartridges lack; "
            "leave --speculative-algorithm out",
        ),
    ]
