"""Which dtype a model computes in: the stored one, or fp32 where a CPU is faster with that.

A CPU without instructions for products of bf16 multiplies such numbers by taking them apart, which costs more than fp32
(figures in `docs/training-speed.md`). Weights in fp32 take twice the memory.
"""

import torch

from cartridge_core.dtypes import DtypeName

# What torch calls the instructions, on x86-64 and on arm64.
_PRODUCTS = {
    torch.bfloat16: ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"),
    torch.float16: ("avx512_fp16", "amx_fp16", "fp16_arith"),
}


def named_dtype(name: DtypeName) -> torch.dtype | None:
    """The dtype that a setting names; None for `auto`: `load_model` chooses."""
    if name == "auto":
        return None
    found: torch.dtype = getattr(torch, name)
    return found


def computing_dtype(stored: torch.dtype, device: torch.device) -> torch.dtype:
    """`stored`, or fp32 on a CPU that has no instructions for products of `stored`."""
    if device.type != "cpu" or stored not in _PRODUCTS:
        return stored
    has = torch.cpu.get_capabilities()
    return stored if any(has.get(name) for name in _PRODUCTS[stored]) else torch.float32
