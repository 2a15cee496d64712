"""The walk of install.md: every command is taken by the program it is for, and names what the chart names."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import yaml
from sqlalchemy import make_url
from typer.testing import CliRunner

from cartridge_store.db.migrate import upgrade
from cartridge_store.ids import new_id
from services.cli.main import app
from tests.conftest import REPOSITORY, Environment
from tests.helm.rendering import CHART, TOOLS

DOCUMENT = (REPOSITORY / "docs" / "operations" / "install.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL) for line in block.splitlines()
]
STATEMENTS = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)[0]
NOWHERE = "http://127.0.0.1:9"

PRODUCTION = CHART / "values-production.yaml"


def words(command: str) -> list[str]:
    """The command's arguments as a shell passes them on, what it substitutes included."""
    printed = subprocess.run(
        ["/bin/bash", "-euc", f"printf '%s\\0' {command}"], check=True, stdout=subprocess.PIPE, text=True
    )
    return printed.stdout.split("\0")[:-1]


def arguments(program: str) -> list[list[str]]:
    return [words(command)[1:] for command in COMMANDS if shlex.split(command)[0] == program]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A directory as the operator's: the model is there, and the values."""
    (tmp_path / "Qwen3-4B").mkdir()
    (tmp_path / "deploy").symlink_to(REPOSITORY / "deploy")
    (tmp_path / "my-values.yaml").write_text(PRODUCTION.read_text(encoding="utf-8"))
    return tmp_path


def tool(room: Path, name: str, *given: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "KUBECONFIG": os.devnull, "HOME": str(room)}
    return subprocess.run(
        [TOOLS / name, *given], cwd=room, env=environment, capture_output=True, text=True, check=False
    )


def test_every_command_is_of_a_program_that_is_tried_here() -> None:
    programs = {shlex.split(command)[0] for command in COMMANDS}
    assert programs == {"docker", "kubectl", "helm", "export", "cartridges"}


@pytest.mark.parametrize("given", arguments("helm"), ids=" ".join)
def test_helm_takes_its_commands_without_a_cluster(room: Path, given: list[str]) -> None:
    if given[0] == "install":
        given = [*[word for word in given if word != "--wait"], "--dry-run=client"]
    done = tool(room, "helm", *given)
    if given[0] == "get":  # it asks the cluster, which is not there
        assert "cluster" in done.stderr.lower()
        assert "unknown" not in done.stderr
    else:
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("given", arguments("kubectl"), ids=lambda given: " ".join(given)[:60])
def test_kubectl_takes_its_commands(room: Path, given: list[str]) -> None:
    if given[0] == "create":
        done = tool(room, "kubectl", *given, "--dry-run=client", "--output=name")
        assert done.returncode == 0, done.stderr
        return
    done = tool(room, "kubectl", f"--server={NOWHERE}", *given)
    assert "refused" in done.stderr, f"kubectl did not come as far as asking the cluster: {done.stderr}"


def rendered(room: Path) -> str:
    done = tool(room, "helm", *next(given for given in arguments("helm") if given[0] == "template"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_secrets_have_the_names_and_keys_that_the_chart_asks_for(room: Path) -> None:
    made = {
        (given[3], key.partition("=")[0].removeprefix("--from-literal="))[0:2]
        for given in arguments("kubectl")
        if given[:2] == ["create", "secret"]
        for key in [
            part.removeprefix("--from-literal=") for part in given if part.startswith("--from-literal=")
        ]
    }
    wanted = set()
    for document in yaml.safe_load_all(rendered(room)):
        found = re.findall(r"'secretKeyRef': (\{.*?\})", str(document))
        wanted |= {
            (reference["name"], reference["key"])
            for reference in map(yaml.safe_load, found)
            if not reference.get("optional")
        }
    assert wanted <= made, "the walk does not make all secrets that pods need"
    assert made <= wanted, "the walk makes secrets that no pod reads"


def test_objects_that_are_waited_for_are_those_of_the_release(room: Path) -> None:
    objects = {
        f"{document['kind'].lower()}/{document['metadata']['name']}"
        for document in yaml.safe_load_all(rendered(room))
        if document
    }
    for given in arguments("kubectl"):
        if given[0] == "rollout":
            assert given[2] in objects
    notes = tool(
        room, "helm", "install", "cartridges", "deploy/helm/cartridges", "--namespace=cartridges",
        "--values=my-values.yaml", "--dry-run=client",
    )  # fmt: skip
    assert '"name": "cartridges-operator"' in notes.stdout


def test_images_are_built_of_dockerfiles_that_are_there_under_the_charts_names(room: Path) -> None:
    manifests = rendered(room)
    for given in arguments("docker"):
        options = dict(zip(given[1:-1:2], given[2:-1:2], strict=True))
        assert (REPOSITORY / options["--file"]).is_file()
        name = options["--tag"].rsplit("/", 1)[1]
        assert f"/{name}" in manifests, f"no pod runs {name}"


@pytest.mark.parametrize("given", arguments("cartridges"), ids=" ".join)
def test_the_command_line_takes_its_commands(
    room: Path, given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(room)
    (room / "handbook.md").write_text("Thirty days of leave.")
    monkeypatch.setenv("CARTRIDGES_API_URL", NOWHERE)
    monkeypatch.setenv("CARTRIDGES_API_KEY", "ck_abcdefghjk_" + "x" * 43)
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 3, f"it should have come as far as asking the api: {done.output}"


def test_the_operators_commands_are_taken_in_the_pod() -> None:
    inside = [given[given.index("--") + 1 :] for given in arguments("kubectl") if given[0] == "exec"]
    assert len(inside) == 2
    for program, *given in inside:
        assert program == "cartridges"
        assert CliRunner().invoke(app, [*given, "--help"]).exit_code == 0


def test_the_sql_makes_logins_under_which_the_platform_can_work(
    new_place: Callable[[], Environment],
) -> None:
    """On a real Postgres; names are made the test's own, since roles belong to the whole server."""
    place = new_place()
    mark = new_id("x").replace("_", "").lower()
    statements = STATEMENTS
    for name in ("cartridges_owner", "the_api", "the_worker"):
        statements = statements.replace(name, f"{name}_{mark}")
    statements = statements.replace("DATABASE cartridges ", f"DATABASE {mark} ")
    url = make_url(place["CARTRIDGES_DATABASE_URL"])
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements.strip().rstrip(";").split(";"):
            text = statement.strip()
            role = re.match(r"CREATE ROLE (cartridges_(?:api|worker)) NOLOGIN", text)
            if role is not None:
                made = connection.execute("select 1 from pg_roles where rolname = %s", (role[1],)).fetchone()
                if made is not None:
                    continue
            connection.execute(text.encode())
    owner = url.set(username=f"cartridges_owner_{mark}", password="change-me-1", database=mark)
    upgrade(owner.render_as_string(hide_password=False))
    for login in ("the_api", "the_worker"):
        own = owner.set(username=f"{login}_{mark}", drivername="postgresql").render_as_string(
            hide_password=False
        )
        with psycopg.connect(own) as connection:
            assert connection.execute("select count(*) from corpora").fetchone() == (0,)
