"""From a corpus to a cartridge."""

from pathlib import Path

import pytest

from cartridge_core.artifact import read_cartridge
from cartridge_core.models import load_model
from cartridge_store.db.repositories.usage import Kind
from cartridge_store.db.tables import CartridgeStatus, JobState
from services.trainer.attempt import Worker, run_attempt

from .desk import TEXT, Desk, tiny_recipe

STAGES = ["parse", "self_study", "baselines", "train", "evaluate", "publish"]
PAGE = f"<html><body><article><h1>Bridges</h1><p>{TEXT}</p></article></body></html>"


def test_a_job_becomes_a_cartridge_that_its_base_model_reads(
    desk: Desk, worker: Worker, tmp_path: Path, talkative_model_dir: Path
) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    job, row = desk.job(job_id), desk.cartridge(job_id)
    assert (job.state, job.cartridge_id, job.attempt) == (JobState.SUCCEEDED, row.id, 1)
    path = tmp_path / "cartridge.safetensors"
    desk.objects.get_file(row.object_key, path)
    identity = load_model(talkative_model_dir).identity
    cartridge = read_cartridge(path, expected_digest=row.digest, identity=identity)
    assert row.object_key == f"tenants/{desk.tenant_id}/cartridges/{row.digest}.safetensors"
    assert row.size_bytes == path.stat().st_size
    assert row.tokens == cartridge.tokens == 32
    assert row.model_fingerprint == identity.fingerprint
    assert cartridge.header.evaluation is not None
    assert cartridge.header.evaluation["kv_ratio"] == row.report["kv_ratio"]


def test_the_report_tells_quality_cost_and_origin(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    report = desk.cartridge(job_id).report
    assert report["quality"]["held_out_conversations"] > 0
    assert report["kv_ratio"] > 1
    assert set(report["seconds"]) == set(STAGES[:-1])
    assert all(seconds > 0 for seconds in report["seconds"].values())
    assert report["tokens_per_second"]["synthesis"] > 0
    assert report["tokens_per_second"]["training"] > 0
    assert report["recipe"]["cartridge_tokens"] == 32
    assert len(report["corpus_digest"]) == 64
    assert report["corpus_tokens"] > 300


def test_what_a_job_took_is_counted_for_its_tenant(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    used = desk.used()
    assert used[Kind.SYNTHESIS_TOKENS] == desk.job(job_id).progress["synthesis"]["tokens"] > 0
    job = desk.job(job_id)
    assert job.started_at is not None
    assert job.finished_at is not None
    held = (job.finished_at - job.started_at).total_seconds()
    assert used[Kind.GPU_SECONDS] == pytest.approx(held, abs=0.5)


def test_events_tell_the_stages_samples_and_progress_of_a_job(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    stages = [(event["stage"], event["status"]) for event in desk.events(job_id, "stage")]
    finished_stages = [stage for stage, status in stages if status == "finished"]
    assert [stage for stage, status in stages if status == "started"] == STAGES
    # The transaction that publishes ends the job, and with it the attempt's right to tell anything.
    assert finished_stages == STAGES[:-1]
    samples = desk.events(job_id, "conversation")
    assert {sample["shard"] for sample in samples} == {0, 1, 2}
    assert all(sample["question"] and sample["answer"] for sample in samples)
    assert desk.steps(job_id)[-1] == 12
    synthesis = [data for data in desk.events(job_id, "progress") if data["stage"] == "self_study"]
    assert synthesis[-1]["conversations"] == synthesis[-1]["total"] == 32
    assert synthesis[-1]["tokens_per_second"] > 0
    assert [event["state"] for event in desk.events(job_id, "state")] == ["queued", "running", "succeeded"]
    assert [event.seq for event in desk.all_events(job_id)] == list(
        range(1, len(desk.all_events(job_id)) + 1)
    )


def test_every_conversation_can_be_read_with_the_chunk_it_is_about(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    conversations, chunks = desk.studied(job_id)
    assert {each.stream for each in conversations} == {"train", "held_out"}
    assert {each.shard for each in conversations if each.stream == "train"} == {0, 1, 2}
    for each in conversations:
        assert each.question
        assert each.chunk_index in chunks
    for chunk in chunks.values():
        assert chunk.document == "bridge.txt"
        begin = TEXT[chunk.position : chunk.position + 20]
        assert "".join(chunk.text.split()).startswith("".join(begin.split()))


def test_baselines_are_told_before_training_begins(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    (told,) = desk.events(job_id, "baselines")
    quality = desk.cartridge(job_id).report["quality"]
    for system in ("none", "icl"):
        measured = quality[system]["conversations"]
        assert told[system] == {name: measured[name] for name in ("loss", "log_perplexity")}
    types = [event.type for event in desk.all_events(job_id)]
    steps = [event.type == "progress" and event.data["stage"] == "train" for event in desk.all_events(job_id)]
    assert types.index("baselines") < steps.index(True)


def test_every_stage_leaves_its_output_in_the_object_store(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    assert desk.outputs(job_id) == {
        "parsed.json",
        "study-plan.json",
        "conversations/shard-00000.safetensors",
        "conversations/shard-00001.safetensors",
        "conversations/shard-00002.safetensors",
        "held-out.safetensors",
        "baselines.json",
        "initial.safetensors",
        "checkpoint.safetensors",
        "trained.safetensors",
        "report.json",
    }


def test_progress_is_told_once_a_second_and_at_the_last_step(desk: Desk, worker: Worker) -> None:
    job_id = desk.order(tiny_recipe(steps=60, checkpoint_every=100))
    run_attempt(worker, job_id)
    steps = desk.steps(job_id)
    assert steps[0] == 1
    assert steps[-1] == 60
    assert len(steps) < 30


def test_documents_of_every_kind_make_one_corpus(desk: Desk, worker: Worker) -> None:
    job_id = desk.order_of(
        {
            "a.md": ("text/markdown", f"# Bridges\n\n{TEXT}"),
            "b.html": ("text/html", PAGE),
            "empty.html": ("text/html", "<p></p>"),
        }
    )
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    (warning,) = desk.events(job_id, "log")
    assert warning["level"] == "warning"
    assert "empty.html" in warning["message"]


@pytest.mark.parametrize(("text", "tokens"), [("Too short.", 32), (TEXT, 4000)])
def test_a_corpus_that_is_too_short_fails_with_the_numbers(
    desk: Desk, worker: Worker, text: str, tokens: int
) -> None:
    job_id = desk.order(tiny_recipe(tokens=tokens), text=text)
    run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "corpus_too_short")
    assert str(tokens) in (job.error_detail or "")
    assert desk.events(job_id, "state")[-1]["error"]["code"] == "corpus_too_short"


def test_a_cartridge_under_the_tenants_threshold_needs_review(desk: Desk, worker: Worker) -> None:
    modest, demanding = desk.order(), desk.order(tiny_recipe(min_gap=1.0))
    run_attempt(worker, modest)
    run_attempt(worker, demanding)
    assert desk.cartridge(modest).status is CartridgeStatus.READY
    assert desk.cartridge(demanding).status is CartridgeStatus.NEEDS_REVIEW


def test_a_job_for_another_base_model_fails_and_names_both(desk: Desk, worker: Worker) -> None:
    job_id = desk.order(base_model="llama-900b")
    run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert job.error_code == "model_not_found"
    assert "llama-900b" in (job.error_detail or "")
    assert "talkative" in (job.error_detail or "")


def test_self_study_without_a_usable_conversation_fails_as_such(desk: Desk, worker: Worker) -> None:
    recipe = tiny_recipe()
    silent = recipe.model_copy(
        update={
            "self_study": recipe.self_study.model_copy(
                # Greedily, this model ends every line before its first word.
                update={"question_temperature": 0.0, "conversations": 2}
            )
        }
    )
    job_id = desk.order(silent)
    run_attempt(worker, job_id)
    assert desk.job(job_id).error_code == "self_study_empty"
