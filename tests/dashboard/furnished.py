"""A whole stack on a tiny model, with something on every page: what tests, screenshots and the benchmark look at."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cartridge_client import Client
from cartridge_store.db.repositories import api_keys, quotas, tenants
from cartridge_store.keys import new_key
from cartridge_store.quotas import Quota
from services.cli.administration import operator_session, pepper_of
from services.cli.stack.stack import Stack
from services.cli.stack.state import read_state

# Enough for every stage to happen; the model is random, so quality has no meaning here.
RECIPE = {
    "cartridge_tokens": 16,
    "self_study": {
        "conversations": 16, "generic_answers": 0, "recitations": 24, "general_answers": 0,
        "chunk_min_tokens": 16, "chunk_max_tokens": 64,
        "question_max_tokens": 12, "answer_max_tokens": 8, "answer_temperature": 1.0, "shard_conversations": 16,
        "min_teacher_logprob": -1000,
    },
    "training": {"steps": 12, "warmup_steps": 1, "batch_tokens": 256, "checkpoint_every": 4},
    "evaluation": {
        "held_out_conversations": 12,
        "questions": [{"question": "How many beds has ward 3?", "answer": "11", "distractors": ["14", "17", "20"]}],
    },
}  # fmt: skip
# So long that there is time to look at it, to restart the api, and to cancel it.
LONG_RECIPE = {**RECIPE, "training": {**RECIPE["training"], "steps": 100_000, "patience": 0}}
WARDS = "\n\n".join(
    f"Ward {n} has {3 * n + 2} beds. Its head nurse is Nurse {name}. It opened in {1950 + n}."
    for n, name in enumerate(["Reed", "Moss", "Hale", "Lane", "Ford", "Cole", "Dale", "West"], start=1)
)
HARBOR = "\n\n".join(
    f"Pier {n} takes ships of up to {40 * n + 10} meters. Its crane was built by {name} and lifts {5 * n} tons."
    for n, name in enumerate(["Lund", "Pinto", "Okoro", "Costa", "Reiter", "Duval"], start=1)
)


@contextmanager
def running_stack(data_dir: Path, model: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Postgres, Redis, S3, api, inference, trainer and dispatcher on free ports, with `settings` besides."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
    # What stands on the pages is what was ordered, and nothing that comes by itself meanwhile.
    environment |= {"CARTRIDGES_PREVIEW": "off"} | dict(settings or {})
    with Stack(data_dir, str(model), environment, prefer_usual_ports=False) as stack:
        yield stack


def train(client: Client, name: str, text: str, folder: Path) -> str:
    """A corpus of one document and a cartridge of it; the cartridge's id."""
    path = folder / f"{name}.txt"
    path.write_text(text)
    corpus = client.create_corpus(name)
    list(client.upload_documents(corpus.id, [path]))
    job = client.create_training_job(corpus.id, recipe=RECIPE)
    *_, last = client.follow(job.id)
    if last.data.get("state") != "succeeded":
        raise RuntimeError(f"the job ended with {last.data}")
    return str(last.data["cartridge_id"])


def new_tenant_key(stack: Stack, name: str, **limits: int) -> str:
    """A key of a new tenant, as the operator makes it; `limits` by the quota's name."""
    with operator_session(stack.settings) as session:
        tenant = tenants.create(session, name)
        key = new_key(pepper_of(stack.settings))
        api_keys.create(session, tenant.id, "first key", key)
        for quota, amount in limits.items():
            quotas.set_limit(session, tenant.id, Quota(quota), amount)
    return key.text


def kill_service(stack: Stack, name: str) -> None:
    """End a service of the stack at once, as a crash would; the stack starts it again."""
    state = read_state(stack.paths)
    running = {} if state is None else {each.name: each.process for each in state.services}
    process = running.get(name)
    if process is None:
        raise RuntimeError(f"{name} does not run; these do: {', '.join(running)}")
    os.kill(process.pid, signal.SIGKILL)
