"""What a cartridge is before training: KV of real tokens, or random vectors for comparison."""

import random

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge, CartridgeHeader
from cartridge_core.chunking import chunk_text
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import Initialization, Recipe


def initialize(model: Model, corpus_text: str, corpus_digest: str, recipe: Recipe) -> Cartridge:
    """An untrained cartridge of `recipe.cartridge_tokens` positions, fp32.

    Raises `CorpusTooShortError` when the text that it starts from has fewer tokens.
    """
    kind = recipe.initialization.kind
    if kind is Initialization.FIRST_TOKENS:
        tokens = _tokens_of(model, corpus_text, recipe.cartridge_tokens)
    elif kind is Initialization.TEXT:
        tokens = _tokens_of(model, recipe.initialization.text or "", recipe.cartridge_tokens)
    elif kind is Initialization.SAMPLED_CHUNKS:
        tokens = _tokens_of(model, _sampled_text(model, corpus_text, recipe), recipe.cartridge_tokens)
    else:
        tokens = _tokens_of(model, corpus_text, recipe.cartridge_tokens)
        return _wrap(model, _randomized(model.prefill(tokens), recipe.seed), corpus_digest, recipe)
    return _wrap(model, model.prefill(tokens), corpus_digest, recipe)


def _tokens_of(model: Model, text: str, count: int) -> list[int]:
    """The system message showing the beginning of `text`, in exactly `count` tokens."""
    try:
        tokens = model.chat.encode_context_within(text, count)
    except ValueError as error:
        raise CorpusTooShortError(f"a cartridge of {count} tokens is too small: {error}") from error
    if len(tokens) < count:
        raise CorpusTooShortError(
            f"the text gives {len(tokens)} tokens, the cartridge has {count}: "
            "lower recipe.cartridge_tokens or give more text"
        )
    return tokens


def _sampled_text(model: Model, corpus_text: str, recipe: Recipe) -> str:
    chunks = chunk_text(
        corpus_text, model.chat, recipe.self_study.chunk_min_tokens, recipe.self_study.chunk_max_tokens
    )
    random.Random(f"{recipe.seed}/initialization").shuffle(chunks)
    return "\n\n".join(chunk.text for chunk in chunks)


def _randomized(real: PrefixKV, seed: int) -> PrefixKV:
    """Normal vectors with each layer's own spread; the first position stays real, it is the attention sink."""
    generator = torch.Generator().manual_seed(seed)

    def like(tensor: Tensor) -> Tensor:
        noise = torch.randn(tensor.shape, generator=generator) * tensor.float().std()
        noise[:, 0] = tensor[:, 0].float()
        return noise.to(tensor.dtype)

    return PrefixKV(tuple(map(like, real.keys)), tuple(map(like, real.values)), real.next_position)


def _wrap(model: Model, prefix: PrefixKV, corpus_digest: str, recipe: Recipe) -> Cartridge:
    config = model.config
    header = CartridgeHeader(
        model=model.identity,
        tokens=prefix.tokens,
        layers=config.layers,
        kv_heads=config.kv_heads,
        head_dim=config.head_dim,
        dtype="float32",
        key_positions=tuple(range(prefix.tokens)),
        next_position=prefix.next_position,
        frozen_tokens=1 if recipe.initialization.freeze_first_token else 0,
        corpus_digest=corpus_digest,
        recipe=recipe.model_dump(mode="json"),
    )
    return Cartridge(header, torch.stack(prefix.keys).float(), torch.stack(prefix.values).float())
