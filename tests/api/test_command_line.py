"""A tenant's own commands against the real API: keys, audit log, usage, quotas."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import jobs
from tests.api.conftest import Person

Run = Callable[..., str]


@pytest.fixture
def run(ann: Person, api_url: str) -> Run:
    """What a command prints, run in a process of its own: the api's log is written by this one."""
    environment = {**os.environ, "CARTRIDGES_API_URL": api_url, "CARTRIDGES_API_KEY": ann.key}

    def command(*arguments: str) -> str:
        line = [sys.executable, "-m", "services.cli.main", *arguments]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return command


def test_a_tenant_makes_rotates_and_revokes_its_own_keys(run: Run) -> None:
    made = json.loads(run("key", "create", "--name", "ci", "--scope", "query", "--days", "3", "--json"))
    assert (made["scopes"], made["key"][:13]) == (["query"], f"ck_{made['prefix']}")
    text = run("key", "rotate", made["id"], "--grace", "0.5").strip()
    assert text.startswith("ck_")
    assert made["id"] in run("key", "revoke", made["id"])
    listed = json.loads(run("key", "list", "--json"))
    assert [key["name"] for key in listed] == ["ci", "ci", "test"]
    assert [key["revoked_at"] is None for key in listed] == [True, False, True]
    assert text not in run("key", "list")


def test_a_tenant_reads_its_audit_log_usage_and_quotas(run: Run, ann: Person) -> None:
    run("corpus", "create", "wards")
    body = {"model": "tiny", "messages": [{"role": "user", "content": "x"}]}
    ann.http.post("/v1/chat/completions", json=body)
    (entry,) = json.loads(run("audit", "--json"))
    assert (entry["action"], entry["details"]) == ("corpus.created", {"name": "wards"})
    used = {each["kind"]: each["amount"] for each in json.loads(run("usage", "--json"))}
    assert used["completion_tokens"] == 3
    quotas = {each["name"]: each["used"] for each in json.loads(run("quota", "list", "--json"))}
    assert quotas["corpora"] == 1
    for command in (("audit",), ("usage",), ("quota", "list")):
        assert len(run(*command).splitlines()) >= 2


def test_a_tenant_sees_what_a_job_would_take_and_how_one_has_ended(
    run: Run, ann: Person, sessions: SessionFactory
) -> None:
    corpus_id = ann.http.post("/v1/corpora", json={"name": "wards"}).json()["id"]
    estimate = json.loads(run("job", "estimate", corpus_id, "--json"))
    assert estimate["gpu_seconds"] > 0
    printed = run("job", "estimate", corpus_id)
    assert "GPU seconds" in printed
    assert "no job has finished yet" in printed
    outcome = {"end": "early_stop", "steps": 50, "best_step": 25, "validation_loss": 1.25}
    reuse = {
        "cartridge_id": "ctg_x",
        "conversations": 40,
        "corrections": 3,
        "chunks_kept": 8,
        "chunks_written": 1,
    }
    with sessions.begin() as session:
        job = jobs.create(
            session, ann.tenant_id, corpus_id=corpus_id, name="wards", recipe={}, base_model="tiny"
        )
        job.progress = {"outcome": outcome, "reuse": reuse}
    told = " ".join(run("job", "get", job.id).split())
    assert "ended after 50 steps: no better loss for too long" in told
    assert "taken after step 25, validation loss 1.250" in told
    assert "40 conversations about 8 chunks" in told
