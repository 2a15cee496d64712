"""docker-compose.yaml: what it starts can start, with settings that there are and secrets that are given."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from cartridge_store.db.roles import Role, managed_logins
from services.api.settings import ApiSettings
from services.inference.router.settings import RouterSettings
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings
from services.trainer.settings import DispatcherSettings, WorkerSettings
from tests.conftest import REPOSITORY

FILE = REPOSITORY / "docker-compose.yaml"
WRITER = REPOSITORY / "deploy" / "compose-secrets"
SETTINGS: dict[str, tuple[type[BaseSettings], ...]] = {
    "api": (ApiSettings,),
    "dispatcher": (DispatcherSettings,),
    "trainer": (WorkerSettings,),
    "router": (RouterSettings,),
    "inference-cpu": (InferenceSettings,),
    "inference-gpu": (InferenceSettings, SglangSettings),
    "sglang": (InferenceSettings, SglangSettings),
}
_REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `deploy/compose-secrets` writes."""
    room = tmp_path_factory.mktemp("compose")
    subprocess.run([WRITER], cwd=room, check=True)
    return dict(line.split("=", 1) for line in (room / ".env").read_text().splitlines())


@pytest.fixture(scope="module")
def services(secrets: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The services, with the secrets filled in as compose does it."""

    def fill(match: re.Match[str]) -> str:
        name, kind, default = match.groups()
        if kind == "-":
            return secrets.get(name, default)
        assert kind == "?", f"{name} would be empty where nobody set it"
        return secrets[name]

    text = _REFERENCE.sub(fill, FILE.read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found


def variables(settings: type[BaseSettings]) -> dict[str, str]:
    """Name of each field by its variable."""
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name}".upper(): name for name in settings.model_fields}


def test_secrets_are_long_private_and_never_overwritten(tmp_path: Path) -> None:
    subprocess.run([WRITER], cwd=tmp_path, check=True)
    written = (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert all(len(line.split("=")[1]) == 48 for line in written.splitlines())
    again = subprocess.run([WRITER], cwd=tmp_path, capture_output=True, check=False)
    assert again.returncode != 0
    assert (tmp_path / ".env").read_text() == written


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_services_variables_are_its_settings_and_all_that_it_needs(
    services: dict[str, dict[str, Any]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {key: str(value) for key, value in services[name]["environment"].items()}
    known = {variable for settings in SETTINGS[name] for variable in variables(settings)}
    assert set(given) <= known
    for variable in [each for each in os.environ if each.startswith("CARTRIDGES_")]:
        monkeypatch.delenv(variable)
    image = services[name]["image"].removeprefix("cartridges-")
    dockerfile = (REPOSITORY / "deploy" / "images" / image / "Dockerfile").read_text(encoding="utf-8")
    baked = dict(re.findall(r"(CARTRIDGES_\w+)=(\S+)", dockerfile))
    for variable, value in (baked | given).items():
        monkeypatch.setenv(variable, value)
    for settings in SETTINGS[name]:
        settings()


def test_migrations_make_the_logins_that_the_services_use(services: dict[str, dict[str, Any]]) -> None:
    logins = managed_logins(services["migrate"]["environment"])
    assert [login.role for login in logins] == list(Role)
    owner = services["migrate"]["environment"]["CARTRIDGES_DATABASE_URL"]
    urls = {login.role: login.url(owner) for login in logins}
    assert services["api"]["environment"]["CARTRIDGES_DATABASE_URL"] == urls[Role.API]
    for name in ("trainer", "dispatcher"):
        assert services[name]["environment"]["CARTRIDGES_DATABASE_URL"] == urls[Role.WORKER]


def test_the_owner_of_the_tables_is_no_services_login(services: dict[str, dict[str, Any]]) -> None:
    owner = services["migrate"]["environment"]["CARTRIDGES_DATABASE_URL"]
    with_it = {name for name, each in services.items() if owner in (each.get("environment") or {}).values()}
    assert with_it == {"migrate", "operator"}


def test_every_image_is_built_here_or_has_a_version(services: dict[str, dict[str, Any]]) -> None:
    built = {each["image"] for each in services.values() if "build" in each}
    for name, each in services.items():
        if each["image"].startswith("cartridges-"):
            assert each["image"] in built, name
        else:
            assert re.search(r":\d+[.\d]*", each["image"]), name
        if "build" in each:
            assert (REPOSITORY / each["build"]["dockerfile"]).is_file()


def test_what_is_waited_for_is_there_and_healthy_somehow(services: dict[str, dict[str, Any]]) -> None:
    for each in services.values():
        for other, how in each.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other]


def test_names_under_which_services_are_found_are_theirs(services: dict[str, dict[str, Any]]) -> None:
    names = set(services)
    for each in services.values():
        networks = each.get("networks", {})
        if isinstance(networks, dict):
            names |= {alias for network in networks.values() for alias in network.get("aliases", ())}
    text = FILE.read_text(encoding="utf-8")
    for host in re.findall(r"(?:http://|@)([a-z0-9]+)[:/]", text) + re.findall(r"S3_ENDPOINT: (\w+):", text):
        assert host in names, host


def test_only_loopback_is_published_and_nobody_reaches_sglang(services: dict[str, dict[str, Any]]) -> None:
    for each in services.values():
        assert all(port.startswith("127.0.0.1:") for port in each.get("ports", ()))
    assert services["sglang"]["network_mode"] == "service:inference-gpu"
    assert "ports" not in services["inference-gpu"]
