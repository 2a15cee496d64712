"""The import boundaries of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_no_package_imports_what_its_contract_forbids() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_command_line_starts_without_torch_or_a_database_driver() -> None:
    loaded = "import sys, services.cli.main; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "sqlalchemy", "celery", "psycopg"} & set(result.stdout.split())
