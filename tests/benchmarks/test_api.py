"""The api's benchmark measures what it says, on servers that are processes of their own."""

import json
import subprocess
import sys


def test_a_quick_run_prints_every_figure() -> None:
    command = [sys.executable, "-m", "benchmarks.api", "--quick", "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["sse_followers"] == 40
    assert figures["sse_events"] > 10
    assert figures["sse_missed"] == figures["sse_doubled"] == 0
    assert figures["corpus_files_lost"] == figures["corpus_bytes_lost"] == 0
    for name in (
        "overhead_p50", "overhead_p99", "upload_over_sdk", "upload_form_over_sdk",
        "upload_parts_through_api_over_sdk", "upload_peak_rss_mb", "corpus_mb_per_second",
    ):  # fmt: skip
        assert figures[name] > 0, name
    assert all(endpoint["p50_ms"] <= endpoint["p99_ms"] for endpoint in figures["endpoints"].values())
