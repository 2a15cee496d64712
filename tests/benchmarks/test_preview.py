"""The benchmark of previews scores one at every size beside the corpus's first tokens and a trained cartridge."""

import json
import subprocess
import sys
from pathlib import Path

from tests.trainer.talkative_model import make_talkative_model


def test_it_prints_what_each_way_closes_of_the_gap(smollm2_dir: Path, tmp_path: Path) -> None:
    model = make_talkative_model(smollm2_dir, tmp_path / "model")
    command = [
        sys.executable, "-m", "benchmarks.preview", "--threads", "1", "--model", str(model), "--work",
        str(tmp_path / "work"), "--parts", "quality", "--ratios", "4,8", "--entities", "3", "--questions", "4",
        "--trained", "--steps", "2", "--rows", "8", "--generic", "0", "--general", "0", "--batch-tokens", "128",
        "--min-teacher-logprob", "-1000",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    figures = json.loads(done.stdout.splitlines()[-1])
    names = {"none", "icl"} | {
        f"{way}@{ratio}" for way in ("preview", "first_tokens", "trained") for ratio in (4, 8)
    }
    assert figures["systems"].keys() == names
    for measured in ("options", "logprob"):
        for ratio in (4, 8):
            assert f"gap_closed_{measured}_{ratio}x" in figures
            assert f"first_tokens_gap_closed_{measured}_{ratio}x" in figures
            assert f"trained_gap_closed_{measured}_{ratio}x" in figures
