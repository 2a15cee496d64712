"""From an upload to a streamed answer, through HTTP alone: the whole stack, the real model, an unmodified client."""

import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from cartridge_client import ApiError, ChatCompletion, Client, JobEvent
from cartridge_core.artifact import read_cartridge
from cartridge_core.models.identity import identify
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import ObjectStoreSettings
from services.cli.stack.credentials import load_or_create
from services.cli.stack.stack import Stack

pytestmark = pytest.mark.slow

# Enough to show that each part does its work; how good a cartridge gets is measured in benchmarks.
RECIPE = {
    "cartridge_tokens": 48,
    "self_study": {
        "conversations": 8, "generic_answers": 4, "recitations": 24, "general_answers": 4,
        "question_max_tokens": 16, "answer_max_tokens": 12, "shard_conversations": 16,
    },
    "training": {"steps": 6, "warmup_steps": 1, "batch_tokens": 256, "checkpoint_every": 2},
    "evaluation": {
        "held_out_conversations": 6,
        "questions": [{"question": "How many beds has ward 3?", "answer": "11", "distractors": ["14", "17", "20"]}],
    },
}  # fmt: skip
QUESTION = [{"role": "user", "content": "How many beds has ward 3?"}]
PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def stack(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
    with Stack(
        tmp_path_factory.mktemp("e2e"), str(smollm2_dir), environment, prefer_usual_ports=False
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[Client]:
    with Client(stack.api_url, stack.first_key, timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def corpus_id(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("documents") / "wards.txt"
    path.write_text(
        "\n\n".join(
            f"Ward {n} has {3 * n + 2} beds. Its head nurse is Nurse {name}. It opened in {1950 + n}."
            for n, name in enumerate(
                ["Reed", "Moss", "Hale", "Lane", "Ford", "Cole", "Dale", "West"], start=1
            )
        )
    )
    corpus = client.create_corpus("wards")
    client.upload_documents(corpus.id, [path])
    return corpus.id


@pytest.fixture(scope="module")
def first_answer(client: Client, corpus_id: str) -> ChatCompletion:
    """What the corpus says by its name as soon as it says anything."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return client.chat(QUESTION, cartridges=[corpus_id], temperature=0, max_tokens=8)
        except ApiError as error:
            if error.status != 404 or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.fixture(scope="module")
def events(client: Client, corpus_id: str, first_answer: ChatCompletion) -> list[JobEvent]:
    job = client.create_training_job(corpus_id, recipe=RECIPE)
    return list(client.follow(job.id))


@pytest.fixture(scope="module")
def cartridge_id(events: list[JobEvent]) -> str:
    assert events[-1].data["state"] == "succeeded", events[-1].data
    return str(events[-1].data["cartridge_id"])


def test_a_job_tells_its_whole_way(events: list[JobEvent], cartridge_id: str) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    finished = [e.data["stage"] for e in events if e.type == "stage" and e.data["status"] == "finished"]
    assert finished[:5] == ["parse", "self_study", "baselines", "train", "evaluate"]
    assert {"state", "stage", "progress", "conversation"} <= {event.type for event in events}
    steps = [e.data for e in events if e.type == "progress" and e.data.get("stage") == "train"]
    assert steps[-1]["step"] == steps[-1]["steps"] == 6


def test_a_corpus_answers_from_its_preview_and_then_from_its_trained_cartridge(
    client: Client, corpus_id: str, first_answer: ChatCompletion, cartridge_id: str
) -> None:
    assert first_answer.text
    (preview_id,) = first_answer.cartridges
    preview = client.cartridge(preview_id)
    assert preview.is_preview
    assert preview.report is not None
    assert preview.report["note"].startswith("A preview:")
    assert preview.created_at < client.cartridge(cartridge_id).created_at
    again = client.chat(QUESTION, cartridges=[corpus_id], temperature=0, max_tokens=8)
    assert list(again.cartridges) == [cartridge_id]
    assert (
        client.chat(QUESTION, cartridges=[preview_id], temperature=0, max_tokens=8).text == first_answer.text
    )


def test_the_report_compares_with_no_context_and_icl(client: Client, cartridge_id: str) -> None:
    report = client.cartridge(cartridge_id).report
    assert report is not None
    quality = report["quality"]
    assert (
        quality["icl"]["conversations"]["log_perplexity"] < quality["none"]["conversations"]["log_perplexity"]
    )
    assert report["kv_ratio"] == pytest.approx(quality["icl"]["kv_bytes"] / quality["cartridge"]["kv_bytes"])
    assert 0 <= quality["cartridge"]["questions"]["option_probability"] <= 1
    assert set(report["seconds"]) >= {"parse", "self_study", "baselines", "train", "evaluate"}
    assert report["tokens_per_second"]["training"] > 0


def test_an_unmodified_openai_client_gets_a_streamed_answer(
    stack: Stack, client: Client, cartridge_id: str
) -> None:
    sdk = openai.OpenAI(base_url=f"{stack.api_url}/v1", api_key=stack.first_key, max_retries=0)
    model = f"{client.base_model()}:{cartridge_id}"
    assert model in [each.id for each in sdk.models.list()]
    whole = sdk.chat.completions.create(model=model, messages=QUESTION, temperature=0, max_tokens=12)  # type: ignore[arg-type]
    assert whole.usage is not None
    assert whole.usage.prompt_tokens_details is not None
    assert whole.usage.prompt_tokens_details.cached_tokens == 48
    stream = sdk.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=12, stream=True,  # type: ignore[arg-type]
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage is not None
    without = sdk.chat.completions.create(
        model=client.base_model(), messages=QUESTION, temperature=0, max_tokens=12  # type: ignore[arg-type]
    )  # fmt: skip
    assert without.usage is not None
    assert without.usage.prompt_tokens_details is not None
    assert without.usage.prompt_tokens_details.cached_tokens == 0


def test_a_downloaded_cartridge_is_whole_and_of_this_model(
    client: Client, cartridge_id: str, smollm2_dir: Path, tmp_path: Path
) -> None:
    path = client.download_cartridge(cartridge_id, tmp_path / "cartridge.safetensors")
    identity = identify(smollm2_dir, "smollm2-135m")
    cartridge = read_cartridge(path, expected_digest=client.cartridge(cartridge_id).digest, identity=identity)
    assert cartridge.tokens == 48
    assert cartridge.header.dtype == "bfloat16"
    assert cartridge.header.evaluation is not None


def test_a_prompt_longer_than_the_window_is_refused_with_numbers(client: Client, cartridge_id: str) -> None:
    long = [{"role": "user", "content": "beds and wards " * 4000}]
    with pytest.raises(ApiError) as caught:
        client.chat(long, cartridges=[cartridge_id])
    assert (caught.value.status, caught.value.code) == (400, "prompt_too_long")
    assert "8192" in caught.value.detail


def test_a_corpus_too_short_for_its_recipe_fails_with_what_to_change(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("One short sentence about nothing much.")
    corpus = client.create_corpus("short")
    client.upload_documents(corpus.id, [path])
    job = client.create_training_job(corpus.id)
    *_, last = client.follow(job.id)
    assert last.data["state"] == "failed"
    assert last.data["error"]["code"] == "corpus_too_short"
    assert "cartridge_tokens" in last.data["error"]["detail"]


def test_a_cartridge_whose_file_was_damaged_is_not_answered_with(
    stack: Stack, client: Client, corpus_id: str, cartridge_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.settings.items():
        monkeypatch.setenv(name, value)
    objects = ObjectStore(ObjectStoreSettings())
    job = client.create_training_job(corpus_id, recipe=RECIPE | {"seed": 2})
    *_, last = client.follow(job.id)
    damaged = client.cartridge(last.data["cartridge_id"])
    (key,) = [info.key for info in objects.list("tenants/") if damaged.digest in info.key]
    content = bytearray(b"".join(objects.open_stream(key)))
    content[-1] ^= 1
    objects.put_stream(
        key, io.BytesIO(bytes(content)), size=len(content), content_type="application/octet-stream"
    )
    with pytest.raises(ApiError) as caught:
        client.chat(QUESTION, cartridges=[damaged.id])
    assert (caught.value.status, caught.value.code) == (422, "cartridge_corrupt")
    assert client.chat(QUESTION, cartridges=[cartridge_id], max_tokens=4).text


def test_no_log_of_any_service_holds_what_tenants_sent_or_made_nor_a_secret(
    stack: Stack, client: Client, cartridge_id: str, events: list[JobEvent], tmp_path: Path
) -> None:
    """After all that stands above, and after requests that fail with marked words in all their places."""
    marked = "quince-4711-zanzibar"
    for name, content in (
        ("broken.pdf", f"%PDF-1.7 {marked}"),
        ("broken.docx", marked),
        ("page.html", f"<p>{marked}"),
    ):
        (tmp_path / name).write_text(content)
        client.upload_documents(client.create_corpus("marked").id, [tmp_path / name])
    said = client.chat(
        [{"role": "user", "content": f"{marked}? Say more."}],
        cartridges=[cartridge_id],
        temperature=0,
        max_tokens=8,
    ).text
    headers = {"Authorization": f"Bearer {stack.first_key}"}
    for path, body in (
        ("/v1/chat/completions", f'{{"messages": "{marked}"}}'),
        (
            "/v1/chat/completions",
            f'{{"model": "{marked}", "messages": [{{"role": "user", "content": "{marked}"}}]}}',
        ),
        ("/v1/training-jobs", f'{{"corpus_id": "{marked}", "recipe": {{"{marked}": "{marked}"}}}}'),
        ("/v1/corpora", f"{{{marked}"),
    ):
        answer = httpx.post(
            f"{stack.api_url}{path}", content=body, headers=headers | {"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 404, 422), answer.text
    wrong = f"{stack.first_key[:-6]}{marked}"
    assert (
        httpx.get(f"{stack.api_url}/v1/corpora", headers={"Authorization": f"Bearer {wrong}"}).status_code
        == 401
    )

    made = [
        event.data[part]
        for event in events
        if event.type == "conversation"
        for part in ("question", "answer")
    ]
    texts = {marked, "head nurse", QUESTION[0]["content"], said, *made}
    credentials = load_or_create(stack.paths.secrets_file).model_dump(exclude={"s3_access_key"})
    unsaid = {text.strip() for text in texts if len(text.strip()) > 8} | {
        stack.first_key,
        *credentials.values(),
    }
    logs = sorted(stack.paths.logs.glob("*.log*"))
    assert {path.name.split(".")[0] for path in logs} >= {
        "api", "dispatcher", "inference", "postgres", "redis", "s3", "trainer"
    }  # fmt: skip
    for path in logs:
        log = path.read_text(encoding="utf-8", errors="replace")
        # As it stands in a line of JSON, too.
        held = [text for text in unsaid if text in log or json.dumps(text)[1:-1] in log]
        assert held == [], f"{path.name} holds them"
