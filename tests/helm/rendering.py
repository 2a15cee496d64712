"""Renders the chart with the real helm, each set of values once in a test run."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"
CHART = REPOSITORY / "deploy" / "helm" / "cartridges"
NAMESPACE = "tenants-of-ours"
RELEASE = "trial"
FULLNAME = f"{RELEASE}-cartridges"
# Of those that the chart supports: the oldest, one between, and the newest.
KUBERNETES_VERSIONS = ("1.33", "1.35", "1.37")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Manifest = dict[str, Any]


class HelmError(AssertionError):
    """What helm refused, in its words."""


@dataclass(frozen=True)
class Combination:
    """Values over a values file of the chart, or over the defaults; JSON, so that it can be a key."""

    name: str
    file: str | None = None
    overrides: str = "{}"

    @classmethod
    def of(
        cls, name: str, overrides: Mapping[str, Any] | None = None, file: str | None = None
    ) -> "Combination":
        return cls(name, file, json.dumps(overrides or {}))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Rendered:
    """All objects of a release, hooks included."""

    combination: Combination
    manifests: tuple[Manifest, ...]

    def kind(self, kind: str) -> dict[str, Manifest]:
        """Objects of a kind by their names."""
        return {each["metadata"]["name"]: each for each in self.manifests if each["kind"] == kind}

    def one(self, kind: str, component: str) -> Manifest:
        """The object of a kind that bears a component's name."""
        return self.kind(kind)[f"{FULLNAME}-{component}"]

    def has(self, kind: str, component: str) -> bool:
        return f"{FULLNAME}-{component}" in self.kind(kind)

    def pods(self) -> Iterator[tuple[Manifest, Manifest]]:
        """Every object that makes pods, with the pods' template; Jobs that the dispatcher makes are among them."""
        for each in self.manifests:
            if each["kind"] in {"Deployment", "StatefulSet", "Job"}:
                yield each, each["spec"]["template"]
            if each["kind"] == "ConfigMap" and "job.json" in each["data"]:
                job = json.loads(each["data"]["job.json"])
                yield job, job["spec"]["template"]


def helm(*arguments: str) -> str:
    """What helm prints. Raises `HelmError` with what it complains about."""
    command = [str(TOOLS / "helm"), *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise HelmError(f"{' '.join(arguments)}\n{found.stderr}")
    return found.stdout


@cache
def render(combination: Combination) -> Rendered:
    """`helm template` of a combination. Raises `HelmError`."""
    return Rendered(combination, _parsed(helm("template", *_arguments(combination))))


@cache
def install_dry(combination: Combination) -> str:
    """`helm install --dry-run=client` of a combination: the manifests and the notes. Raises `HelmError`."""
    return helm("install", "--dry-run=client", *_arguments(combination))


@cache
def lint(combination: Combination) -> str:
    return helm("lint", "--strict", str(CHART), *_values(combination))


def render_all(combinations: tuple[Combination, ...]) -> list[Rendered]:
    """All of them, as many at a time as helm's processes can use cores."""
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(render, combinations))


def _arguments(combination: Combination) -> list[str]:
    return [RELEASE, str(CHART), "--namespace", NAMESPACE, *_values(combination)]


def _values(combination: Combination) -> list[str]:
    files = ["--values", str(CHART / combination.file)] if combination.file else []
    overrides = json.loads(combination.overrides)
    return files + [
        argument
        for key, value in overrides.items()
        for argument in ("--set-json", f"{key}={json.dumps(value)}")
    ]


def _parsed(text: str) -> tuple[Manifest, ...]:
    return tuple(each for each in yaml.load_all(text, Loader=_LOADER) if each)
