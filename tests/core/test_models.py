"""The adapter gives what transformers gives, for every architecture, with and without a prefix."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, DynamicCache

from benchmarks.exactness import max_logit_difference
from benchmarks.random_models import configurations
from cartridge_core.errors import ModelNotFoundError, UnsupportedModelError
from cartridge_core.models import Model, PrefixKV, load_model
from cartridge_core.models.computing_dtype import computing_dtype

TOLERANCE = 1e-4
PROMPT = list(range(1000, 1040))
ARCHITECTURES = sorted(configurations())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_are_those_of_transformers(name: str, random_model_dirs: dict[str, Path]) -> None:
    directory = random_model_dirs[name]
    ours = load_model(directory, dtype=torch.float32)
    reference = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    tokens = torch.tensor([PROMPT])
    with torch.no_grad():
        expected = reference(tokens).logits
    got = ours.logits(ours.forward(tokens, torch.arange(len(PROMPT))[None]))
    assert float((got - expected).abs().max()) < TOLERANCE


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_prefix_cache_made_by_transformers_gives_the_same_logits_in_both(
    name: str, random_model_dirs: dict[str, Path]
) -> None:
    directory = random_model_dirs[name]
    ours = load_model(directory, dtype=torch.float32)
    reference = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    head, tail = torch.tensor([PROMPT[:24]]), torch.tensor([PROMPT[24:]])
    cache = DynamicCache(config=reference.config)
    with torch.no_grad():
        reference(head, past_key_values=cache)
        prefix = PrefixKV(
            tuple(layer.keys[0].clone() for layer in cache.layers),
            tuple(layer.values[0].clone() for layer in cache.layers),
            next_position=24,
        )
        expected = reference(tail, past_key_values=cache).logits
    positions = torch.arange(24, len(PROMPT))[None]
    got = ours.logits(ours.forward(tail, positions, prefix=prefix))
    assert float((got - expected).abs().max()) < TOLERANCE
    mine = ours.prefill(PROMPT[:24])
    for layer in range(ours.config.layers):
        assert torch.allclose(mine.keys[layer], prefix.keys[layer], atol=TOLERANCE)
        assert torch.allclose(mine.values[layer], prefix.values[layer], atol=TOLERANCE)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_untrained_cartridge_of_the_first_tokens_is_the_prefill(
    name: str, random_model_dirs: dict[str, Path], tmp_path: Path
) -> None:
    assert max_logit_difference(random_model_dirs[name], tmp_path) < TOLERANCE


def test_wrong_positions_are_seen_in_the_logits(model: Model) -> None:
    prefix = model.prefill(PROMPT[:24])
    tail = torch.tensor([PROMPT[24:]])
    right = model.logits(model.forward(tail, torch.arange(24, 40)[None], prefix=prefix))
    wrong = model.logits(model.forward(tail, torch.arange(60, 76)[None], prefix=prefix))
    assert float((right - wrong).abs().max()) > 100 * TOLERANCE


def test_rows_of_different_length_in_a_cache_do_not_see_each_other(model: Model) -> None:
    cache = model.new_cache(2, 8)
    rows = torch.tensor([PROMPT[:10], PROMPT[20:26] + [0] * 4])
    lengths = torch.tensor([10, 6])
    positions = torch.arange(10).expand(2, 10)
    first = model.forward_cached(rows, positions, cache, new_lengths=lengths)
    second = model.forward_cached(torch.tensor([[PROMPT[10]], [PROMPT[26]]]), lengths[:, None], cache)
    for row, (begin, end) in enumerate(((0, 11), (20, 27))):
        alone = model.forward(torch.tensor([PROMPT[begin:end]]), torch.arange(end - begin)[None])[0]
        assert torch.allclose(first[row, : end - begin - 1], alone[:-1], atol=TOLERANCE)
        assert torch.allclose(second[row, 0], alone[-1], atol=TOLERANCE)


def test_long_prompts_in_pieces_give_the_same_as_at_once(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.prefill(PROMPT)
    monkeypatch.setattr("cartridge_core.models.transformer.PREFILL_TOKENS", 7)
    pieces = model.prefill(PROMPT)
    for one, other in zip(whole.values, pieces.values, strict=True):
        assert torch.allclose(one, other, atol=TOLERANCE)


def test_a_directory_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="model get"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architectures": ["GPT2LMHeadModel"]}, "not supported"),
        ({"hidden_act": "gelu"}, "activation"),
        ({"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}}, "RoPE type"),
    ],
)
def test_a_model_the_adapter_does_not_implement_is_refused(
    change: dict[str, object], message: str, random_model_dirs: dict[str, Path], tmp_path: Path
) -> None:
    config = json.loads((random_model_dirs["llama"] / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(UnsupportedModelError, match=message):
        load_model(tmp_path)


def test_fingerprints_tell_weights_and_tokenizers_apart(
    random_model_dirs: dict[str, Path], tmp_path: Path
) -> None:
    from cartridge_core.models.identity import identify

    source = random_model_dirs["llama"]
    for file in source.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    same = identify(tmp_path, "copy")
    assert same.fingerprint == identify(source, "llama").fingerprint
    weights = bytearray((tmp_path / "model.safetensors").read_bytes())
    header = int.from_bytes(weights[:8], "little")
    weights[8 + header] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    (tmp_path / "chat_template.jinja").write_text("another template")
    other = identify(tmp_path, "copy")
    assert other.fingerprint != same.fingerprint
    assert other.tokenizer_fingerprint != same.tokenizer_fingerprint


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_f": True, "avx512_bf16": False}, torch.float32),
        ({"avx512_f": True, "avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"neon": True, "bf16": True}, torch.bfloat16),
        ({"avx2": True}, torch.float32),
    ],
)
def test_computes_in_fp32_where_the_cpu_has_no_bf16_products(
    capabilities: dict[str, bool],
    expected: torch.dtype,
    random_model_dirs: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    directory = shutil.copytree(random_model_dirs["qwen3"], tmp_path / "model")
    weights = load_file(directory / "model.safetensors")
    halves = {name: tensor.bfloat16() for name, tensor in weights.items()}
    save_file(halves, directory / "model.safetensors", metadata={"format": "pt"})

    model = load_model(directory)

    assert model.dtype == model.layers[0].down.dtype == model.final_norm.dtype == expected
    assert model.layers[0].key_norm is not None
    assert model.layers[0].key_norm.dtype == expected
    assert model.stored_dtype == torch.bfloat16
    assert model.stored_kv_bytes_per_token == 2 * model.config.kv_values_per_token
    assert load_model(directory, dtype=torch.bfloat16).dtype == torch.bfloat16


def test_a_gpu_computes_in_what_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert computing_dtype(torch.bfloat16, torch.device("cuda")) == torch.bfloat16
    assert computing_dtype(torch.float32, torch.device("cpu")) == torch.float32
