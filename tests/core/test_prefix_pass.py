"""The hand-written backward pass gives the plain transformers line's gradients, with whatever memory it is allowed."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, DynamicCache

from benchmarks.random_models import configurations
from cartridge_core.batching import Batch, Row, pack
from cartridge_core.distillation import SparseTargets, sparse_cross_entropy
from cartridge_core.models import Model, PrefixKV, load_model, prefix_attention
from cartridge_core.models.prefix_pass import PrefixPass

PREFIX_TOKENS = 24
ARCHITECTURES = sorted(configurations())
ROWS = ((17, 6), (30, 11), (9, 1), (30, 29))  # tokens of each row, targets among them


def made_rows(lengths: Sequence[tuple[int, int]] = ROWS) -> list[Row]:
    generator = torch.Generator().manual_seed(3)

    def ids(*shape: int) -> Tensor:
        return torch.randint(10, 40000, shape, generator=generator)

    return [
        Row(ids(tokens), SparseTargets(ids(targets, 5), torch.rand(targets, 5, generator=generator) / 5))
        for tokens, targets in lengths
    ]


def start(model: Model) -> list[Tensor]:
    """Keys and values `[layers, kv_heads, p, head_dim]` fp32."""
    prefix = model.prefill(range(100, 100 + PREFIX_TOKENS))
    return [torch.stack(part).float() for part in (prefix.keys, prefix.values)]


def states(model: Model, tensors: Sequence[Tensor], batch: Batch) -> Tensor:
    keys, values = (tensor.to(model.dtype).unbind(0) for tensor in tensors)
    return batch.hidden(model, PrefixKV(keys, values, PREFIX_TOKENS))


def gradient(model: Model, beginning: Sequence[Tensor], rows: Sequence[Row]) -> Tensor:
    tensors = [tensor.clone().requires_grad_() for tensor in beginning]
    batch = pack(rows)
    loss = sparse_cross_entropy(states(model, tensors, batch), model.head, batch.targets)
    return torch.stack(torch.autograd.grad(loss, tensors))


def plain_gradient(
    directory: Path, beginning: Sequence[Tensor], rows: Sequence[Row], dtype: torch.dtype
) -> Tensor:
    """What transformers and autograd give, one row after another."""
    reference = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype)
    tensors = [tensor.clone().requires_grad_() for tensor in beginning]
    losses = []
    for row in rows:
        cache = DynamicCache(config=reference.config)
        for layer, (keys, values) in enumerate(zip(*tensors, strict=True)):
            cache.update(keys[None].to(dtype), values[None].to(dtype), layer)
        logits = reference(row.tokens[None], past_key_values=cache).logits[0, -len(row.targets.ids) :].float()
        losses.append(
            -(row.targets.probabilities * logits.log_softmax(-1).gather(1, row.targets.ids)).sum(-1)
        )
    return torch.stack(torch.autograd.grad(torch.cat(losses).mean(), tensors))


def difference(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_are_those_of_transformers_and_autograd(
    name: str, random_model_dirs: dict[str, Path]
) -> None:
    model = load_model(random_model_dirs[name], dtype=torch.float32)
    rows, beginning = made_rows(), start(model)
    exact = plain_gradient(random_model_dirs[name], beginning, rows, torch.float32)
    assert difference(gradient(model, beginning, rows), exact) < 1e-5


def test_in_bf16_they_are_no_further_from_exact_ones_than_those_of_transformers(
    random_model_dirs: dict[str, Path],
) -> None:
    directory = random_model_dirs["llama"]
    model = load_model(directory, dtype=torch.bfloat16)
    rows = made_rows()
    beginning = [tensor.bfloat16().float() for tensor in start(model)]
    exact = plain_gradient(directory, beginning, rows, torch.float32)
    rounded = plain_gradient(directory, beginning, rows, torch.bfloat16)
    assert difference(gradient(model, beginning, rows), exact) < difference(rounded, exact) + 1e-3


def test_states_are_those_of_the_whole_forward_pass(model: Model) -> None:
    batch, beginning = pack(made_rows()), start(model)
    places = torch.arange(PREFIX_TOKENS, PREFIX_TOKENS + batch.tokens.shape[1]).expand_as(batch.tokens)
    prefix = PrefixKV(beginning[0].unbind(0), beginning[1].unbind(0), PREFIX_TOKENS)
    whole = model.forward(batch.tokens, places, prefix=prefix)[batch.rows, batch.columns]
    with torch.no_grad():
        assert torch.allclose(states(model, beginning, batch), whole, atol=1e-5)
    alone = model.forward(batch.tokens, places - PREFIX_TOKENS)[batch.rows, batch.columns]
    assert torch.allclose(batch.hidden(model, None), alone, atol=1e-5)


def test_what_is_computed_again_gives_the_same_gradient_in_less_memory(
    random_model_dirs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    per_layer: list[int] = []
    forward = PrefixPass.forward

    def seen(self: PrefixPass) -> Tensor:
        per_layer.append(self.bytes_per_layer)
        return forward(self)

    monkeypatch.setattr(PrefixPass, "forward", seen)
    found: list[tuple[Tensor, int]] = []
    for kept_layers in (3, 2, 1, 0):
        model = load_model(random_model_dirs["qwen3"], dtype=torch.float32)
        model.kept_bytes = kept_layers * (per_layer[-1] if per_layer else 1 << 30)
        gradients = gradient(model, start(model), made_rows())
        found.append((gradients, model.workspaces.lend().bytes))
    everything = found[0][0]
    assert all(torch.equal(gradients, everything) for gradients, _ in found)
    sizes = [size for _, size in found]
    # One layer that is computed again needs the place of one; each further one saves nearly all it would keep.
    assert sizes[1] <= sizes[0]
    assert sizes[1] - sizes[2] > 0.8 * per_layer[-1]
    assert sizes[2] - sizes[3] > 0.8 * per_layer[-1]


def test_long_rows_attend_piece_by_piece_with_the_same_gradient(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    beginning, rows = start(model), made_rows()
    whole = gradient(model, beginning, rows)
    monkeypatch.setattr(prefix_attention, "MAX_SCORES", 7 * model.config.heads * (PREFIX_TOKENS + 30))
    assert difference(gradient(model, beginning, rows), whole) < 1e-5


def test_two_steps_under_way_do_not_disturb_each_other(model: Model) -> None:
    beginning, rows = start(model), made_rows()
    expected = [gradient(model, beginning, part) for part in (rows[:2], rows[2:])]
    tensors = [tensor.clone().requires_grad_() for tensor in beginning]
    losses = []
    for part in (rows[:2], rows[2:]):
        batch = pack(part)
        losses.append(sparse_cross_entropy(states(model, tensors, batch), model.head, batch.targets))
    for loss, wanted in zip(losses, expected, strict=True):
        assert torch.equal(torch.stack(torch.autograd.grad(loss, tensors)), wanted)


def test_a_gradient_is_given_once(model: Model) -> None:
    tensors = [tensor.requires_grad_() for tensor in start(model)]
    found = states(model, tensors, pack(made_rows())).sum()
    found.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="run the forward pass again"):
        found.backward()
