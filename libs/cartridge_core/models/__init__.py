"""Base models: one adapter for the Llama and Qwen families, with a prefix as an argument of the forward."""

from cartridge_core.models.computing_dtype import named_dtype
from cartridge_core.models.config import ModelConfig
from cartridge_core.models.identity import ModelIdentity
from cartridge_core.models.kv import JoinedPrefixes, PrefixKV, RowCache
from cartridge_core.models.loading import load_model
from cartridge_core.models.row_layout import RowLayout
from cartridge_core.models.transformer import Model

__all__ = [
    "JoinedPrefixes", "Model", "ModelConfig", "ModelIdentity", "PrefixKV", "RowCache", "RowLayout", "load_model",
    "named_dtype",
]  # fmt: skip
