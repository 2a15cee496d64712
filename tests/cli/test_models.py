"""Base models: the packaged one, one named by its directory, and clear words for all else."""

from pathlib import Path

import pytest

from services.cli.models import ModelError, get_packaged_model, installed_models, resolve_base_model


def test_the_packaged_model_is_an_ordinary_directory_in_bf16(smollm2_dir: Path) -> None:
    from safetensors import safe_open
    from transformers import AutoConfig, AutoTokenizer

    assert smollm2_dir.name == "smollm2-135m"
    assert AutoConfig.from_pretrained(smollm2_dir).model_type == "llama"
    assert AutoTokenizer.from_pretrained(smollm2_dir).chat_template is not None
    with safe_open(smollm2_dir / "model.safetensors", framework="pt") as weights:
        assert weights.get_slice("model.norm.weight").get_dtype() == "BF16"


def test_the_packaged_model_is_brought_once(smollm2_dir: Path) -> None:
    said: list[str] = []
    assert get_packaged_model("smollm2-135m", smollm2_dir.parent, said.append) == smollm2_dir
    assert said == []
    assert smollm2_dir.name in {model.name for model in installed_models(smollm2_dir.parent)}


def test_a_directory_is_used_as_it_is(tiny_model_dir: Path, tmp_path: Path) -> None:
    assert resolve_base_model(str(tiny_model_dir), tmp_path) == tiny_model_dir


def test_a_directory_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        resolve_base_model(str(tmp_path), tmp_path)


@pytest.mark.parametrize("named", ["./nowhere", "smollm3", "a/b/c"])
def test_what_is_neither_directory_nor_hub_id_is_refused_with_the_choices(named: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="smollm2-135m"):
        resolve_base_model(named, tmp_path)


def test_a_hub_that_cannot_be_reached_says_what_to_do_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="name its path instead"):
        resolve_base_model("some-owner/some-model", tmp_path)
    assert installed_models(tmp_path) == []


def test_only_a_packaged_name_can_be_got(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is: smollm2-135m"):
        get_packaged_model("some-owner/some-model", tmp_path)
