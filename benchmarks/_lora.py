"""What one would train instead of a prefix: low-rank changes of the weights (LoRA, arXiv 2106.09685), for comparison.

As many bytes as the cartridge has, the same rows, the same loss. The model then answers without anything before it,
so that its KV cache is empty; in exchange its weights are another's, and requests with different adapters share no
batch without kernels made for it.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from benchmarks._quality_study import say
from cartridge_core.batching import pack, plan_batches
from cartridge_core.conversations import Conversation
from cartridge_core.distillation import sparse_cross_entropy
from cartridge_core.models import Model
from cartridge_core.models.weights import LayerWeights
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import Recipe
from cartridge_core.training_rows import training_rows
from cartridge_core.training_schedule import learning_rate

_MATRICES = ("query_key_value", "output", "gate_up", "down")
_STEPS_BETWEEN_LINES = 25
# The recipe's rate is relative to keys and values; for LoRA's factors this one is usual (Adam).
_LEARNING_RATE = 2e-3


@dataclass
class _Adapter:
    """One matrix's change, up @ down: `up` starts at zero, so that training starts at the model itself."""

    down: Tensor  # [rank, in]
    up: Tensor  # [out, rank]

    def of(self, weight: Tensor) -> Tensor:
        return weight + (self.up @ self.down).to(weight.dtype)


def rank_of_bytes(model: Model, kv_tokens: int) -> int:
    """The rank whose factors take as many values as `kv_tokens` columns of KV, rounded, at least 1."""
    per_rank = sum(sum(getattr(layer, name).shape) for layer in model.layers for name in _MATRICES)
    return max(1, round(kv_tokens * model.config.kv_values_per_token / per_rank))


def adapted(model: Model, conversations: list[Conversation], recipe: Recipe) -> tuple[Model, int]:
    """`model` with LoRA adapters of a cartridge's bytes trained on `conversations`, and the tokens that took."""
    rank = rank_of_bytes(model, recipe.cartridge_tokens)
    generator = torch.Generator().manual_seed(recipe.seed)
    adapters = [
        {name: _new_adapter(getattr(layer, name), rank, generator) for name in _MATRICES}
        for layer in model.layers
    ]
    parameters = [
        factor for layer in adapters for adapter in layer.values() for factor in (adapter.down, adapter.up)
    ]
    optimizer = torch.optim.Adam(parameters, betas=(0.9, 0.95))
    settings = recipe.training
    rows = training_rows(model, [_alone(model, one) for one in conversations], "", recipe)
    lengths = [row.length for row in rows]
    batches: list[list[int]] = []
    tokens = 0
    for step in range(settings.steps):
        if not batches:
            batches = plan_batches(lengths, settings.batch_tokens, recipe.seed, step)[::-1]
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * learning_rate(settings, step) / settings.learning_rate
        optimizer.zero_grad(set_to_none=True)
        batch = pack([rows[index] for index in batches.pop()])
        changed = _with(model, adapters)
        # Here weights want a gradient, and those take another way through the model than prefixes do.
        places = torch.arange(batch.tokens.shape[1]).expand_as(batch.tokens)
        hidden = changed.forward(batch.tokens, places)[batch.rows, batch.columns]
        loss = sparse_cross_entropy(hidden, changed.head, batch.targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings.gradient_clip)
        optimizer.step()
        tokens += batch.real_tokens
        if (step + 1) % _STEPS_BETWEEN_LINES == 0:
            say(f"LoRA of rank {rank}: step {step + 1} of {settings.steps}, loss {loss.item():.3f}")
    with torch.no_grad():
        return _with(model, adapters), tokens


def _new_adapter(weight: Tensor, rank: int, generator: torch.Generator) -> _Adapter:
    out, into = weight.shape
    down = torch.randn(rank, into, generator=generator) / math.sqrt(into)
    return _Adapter(down.requires_grad_(), torch.zeros(out, rank, requires_grad=True))


def _alone(model: Model, conversation: Conversation) -> Conversation:
    """The conversation asked as the model is asked with nothing before."""
    ids = model.chat.encode_messages([ChatMessage("user", conversation.question)], with_cartridge=False)
    return replace(conversation, prompt_ids=torch.tensor(ids, dtype=torch.int32))


def _with(model: Model, adapters: list[dict[str, _Adapter]]) -> Model:
    layers: list[LayerWeights] = [
        replace(layer, **{name: adapter.of(getattr(layer, name)) for name, adapter in changes.items()})
        for layer, changes in zip(model.layers, adapters, strict=True)
    ]
    return Model(
        config=model.config, identity=model.identity, chat=model.chat, embedding=model.embedding, layers=layers,
        final_norm=model.final_norm, head=model.head, stored_dtype=model.stored_dtype,
    )  # fmt: skip
