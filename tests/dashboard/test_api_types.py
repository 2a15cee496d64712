"""The dashboard's client is generated from the API as it is."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from services.api.openapi import openapi_document

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "services" / "dashboard"
# As in the Makefile: PyPI's Node stands here where the machine has none.
PATH = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    node = shutil.which("node", path=PATH)
    assert node, "the Makefile installs Node where the machine has none: make dashboard"
    subprocess.run(
        [node, "scripts/generate-api.mjs", folder],
        cwd=DASHBOARD,
        env=os.environ | {"PATH": PATH},
        input=json.dumps(openapi_document(), sort_keys=True).encode(),
        check=True,
    )
    return folder


@pytest.mark.parametrize("name", ["schema.ts", "recipe-schema.json"])
def test_what_is_committed_is_what_the_api_gives_today(generated: Path, name: str) -> None:
    committed = DASHBOARD / "src" / "api" / name
    assert committed.read_text() == (generated / name).read_text(), "run: make dashboard-api"


def test_the_lock_of_the_packages_names_no_registry() -> None:
    packages = json.loads((DASHBOARD / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    assert [name for name, package in packages.items() if "resolved" in package] == []
