"""Every variable that a container gets is a setting of its service, and every setting it needs is there."""

import importlib.util
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from cartridge_store.db.roles import Role
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings
from deploy.chart.settings import CHART_OWNED, variables_of
from services.api.settings import ApiSettings
from services.inference.router.settings import RouterSettings
from services.inference.settings import InferenceSettings, ServedSettings
from services.inference.sglang.settings import SglangSettings
from services.trainer.settings import DispatcherSettings, WorkerSettings
from tests.helm.combinations import COMBINATIONS, DEV, EVERYTHING, JOBS, PRODUCTION
from tests.helm.rendering import REPOSITORY, Combination, Manifest, Rendered, render

# What each program reads, by the module that it runs.
SETTINGS: dict[str, tuple[type[BaseSettings], ...]] = {
    "services.api": (ApiSettings,),
    "services.trainer.dispatcher": (DispatcherSettings,),
    "services.trainer.app": (WorkerSettings,),
    "services.trainer.one_job": (WorkerSettings,),
    "services.inference": (InferenceSettings, SglangSettings),
    "services.inference.sglang": (ServedSettings, SglangSettings),
    "services.inference.router": (RouterSettings,),
    "cartridge_store.preparation": (DatabaseSettings, ObjectStoreSettings),
}
# Beside its settings, the preparation reads the services' logins.
LOGINS = {role.url_variable for role in Role}
# What the keys of secrets hold, for settings that look at it.
SECRETS = {
    "owner-url": "postgresql+psycopg://owner:x@db/cartridges",
    "api-url": "postgresql+psycopg://api:x@db/cartridges",
    "worker-url": "postgresql+psycopg://worker:x@db/cartridges",
    "url": "redis://redis:6379/0",
}
LONG_SECRET = "s" * 40


def module_of(container: Manifest) -> str | None:
    """The module that a container runs, of those that read settings."""
    words = " ".join(container.get("command", []))
    found = re.search(r"(?:-m |--app=)(services\.[a-z_.]+|cartridge_store\.[a-z_]+)", words)
    return found.group(1).removesuffix(":app") if found else None


def containers(rendered: Rendered) -> Iterator[tuple[str, Manifest]]:
    """The containers that run a program of ours, with its module."""
    for _, template in rendered.pods():
        for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"]):
            module = module_of(container)
            if module is not None:
                yield module, container


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_every_variable_is_a_setting_that_the_program_reads(combination: Combination) -> None:
    seen = set()
    for module, container in containers(render(combination)):
        seen.add(module)
        known = {name for settings in SETTINGS[module] for name in variables_of(settings)}
        if module == "cartridge_store.preparation":
            known |= LOGINS
        names = [each["name"] for each in container["env"]]
        assert len(names) == len(set(names)), f"{module}: a variable stands twice"
        ours = {name for name in names if name.startswith("CARTRIDGES_")}
        assert ours <= known, (module, ours - known)
        # What libraries read themselves: the metrics' and the web server's.
        assert set(names) - ours <= {"PROMETHEUS_MULTIPROC_DIR", "FORWARDED_ALLOW_IPS"}
    assert {"services.api", "services.inference", "services.trainer.dispatcher"} <= seen


@pytest.mark.parametrize("combination", [DEV, PRODUCTION, EVERYTHING, JOBS], ids=str)
def test_every_program_finds_all_the_settings_it_needs(
    combination: Combination, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, container in containers(render(combination)):
        with monkeypatch.context() as environment:
            _only(environment, container)
            for settings in SETTINGS[module]:
                settings()


def test_the_router_takes_pods_from_the_service_that_the_chart_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = render(PRODUCTION)
    container = next(each for module, each in containers(rendered) if module == "services.inference.router")
    _only(monkeypatch, container)
    settings = RouterSettings()
    service = rendered.kind("Service")[str(settings.router_kubernetes_service)]
    assert service["metadata"]["namespace"] == settings.router_kubernetes_namespace
    assert settings.router_kubernetes_port in {port["name"] for port in service["spec"]["ports"]}
    assert settings.router_linger_seconds >= settings.router_poll_seconds


def test_agent_and_sglang_agree_on_everything_that_both_are_told() -> None:
    both = {
        module: {each["name"]: each.get("value") for each in container["env"]}
        for module, container in containers(render(PRODUCTION))
        if module in {"services.inference", "services.inference.sglang"}
    }
    agent, sglang = both["services.inference"], both["services.inference.sglang"]
    assert sglang.items() <= agent.items()
    assert sglang["CARTRIDGES_SGLANG_HOST"] == "127.0.0.1"


def test_sglang_is_given_no_secret() -> None:
    for module, container in containers(render(PRODUCTION)):
        if module == "services.inference.sglang":
            assert all("valueFrom" not in each for each in container["env"])


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_secrets_are_named_and_never_written(combination: Combination) -> None:
    rendered = render(combination)
    assert not rendered.kind("Secret")
    secret_settings = {
        name
        for classes in SETTINGS.values()
        for settings in classes
        for name in variables_of(settings)
        if re.search(r"SECRET|PEPPER|PASSWORD|(DATABASE|BROKER|REDIS)_URL|ACCESS_KEY", name)
    } | LOGINS
    for _, container in containers(rendered):
        for each in container["env"]:
            if each["name"] in secret_settings:
                assert "secretKeyRef" in each["valueFrom"], each["name"]
                assert "value" not in each


def test_secrets_keys_are_those_that_the_readme_asks_for() -> None:
    named: dict[str, set[str]] = {}
    for _, template in render(DEV).pods():
        for container in template["spec"]["containers"]:
            for each in container.get("env", ()):
                found = each.get("valueFrom", {}).get("secretKeyRef")
                if found and not found.get("optional"):
                    named.setdefault(found["name"], set()).add(found["key"])
    readme = (REPOSITORY / "deploy" / "helm" / "cartridges" / "README.md").read_text(encoding="utf-8")
    for secret, keys in named.items():
        (row,) = re.findall(rf"^\| `{secret}`.*$", readme, re.MULTILINE)
        assert set(re.findall(r"`([a-z-]+)`", row.split("|")[2])) == keys


def test_every_program_that_the_chart_starts_is_there() -> None:
    for module in SETTINGS:
        assert importlib.util.find_spec(module) is not None, module


def test_what_the_chart_sets_itself_is_a_setting_of_some_service() -> None:
    everything = {
        name for classes in SETTINGS.values() for settings in classes for name in variables_of(settings)
    }
    assert everything >= CHART_OWNED


def _only(environment: pytest.MonkeyPatch, container: Manifest) -> None:
    """The container's environment, and no other variable of ours."""
    import os

    for name in list(os.environ):
        if name.startswith("CARTRIDGES_"):
            environment.delenv(name)
    for each in container["env"]:
        environment.setenv(each["name"], _value(each))


def _value(each: dict[str, Any]) -> str:
    if "value" in each:
        return str(each["value"])
    return SECRETS.get(each["valueFrom"]["secretKeyRef"]["key"], LONG_SECRET)
