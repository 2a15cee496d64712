"""The method's tests run on small random models in fp32, where exactness can be asked for."""

from pathlib import Path

import pytest
import torch

from benchmarks.random_models import configurations, save_random_model
from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import Recipe

SEED = 7


@pytest.fixture(scope="session")
def random_model_dirs(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("random-models")
    return {name: save_random_model(name, root / name, smollm2_dir, SEED) for name in configurations()}


@pytest.fixture(scope="session")
def model(random_model_dirs: dict[str, Path]) -> Model:
    return load_model(random_model_dirs["llama"], dtype=torch.float32)


@pytest.fixture(scope="session")
def corpus() -> CorpusText:
    paragraphs = [
        f"Ward {ward} has {3 * ward + 2} beds. Its head nurse is Nurse {chr(64 + ward)}. It opened in {1950 + ward}."
        for ward in range(1, 13)
    ]
    return CorpusText(documents=(DocumentText(name="wards.txt", text="\n\n".join(paragraphs)),))


@pytest.fixture
def recipe() -> Recipe:
    """Small in everything; each test changes what it is about."""
    return Recipe.model_validate(
        {
            "cartridge_tokens": 32,
            "seed": SEED,
            "initialization": {"kind": "first_tokens"},
            "self_study": {
                "conversations": 8,
                "generic_answers": 0,
                "recitations": 8,
                "general_answers": 0,
                "chunk_min_tokens": 16,
                "chunk_max_tokens": 64,
                "question_max_tokens": 8,
                "answer_max_tokens": 8,
                "batch_rows": 4,
                "top_k": 5,
            },
            "training": {
                "weighting": "uniform",
                "steps": 8,
                "warmup_steps": 2,
                "batch_tokens": 128,
                "max_row_tokens": 64,
                "checkpoint_every": 4,
            },
            "evaluation": {"held_out_conversations": 3},
        }
    )
