"""Each image's Dockerfile: clean, small, nobody's root, and with all that its service imports."""

import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from services.inference.sglang.release import SGLANG_VERSION
from tests.conftest import REPOSITORY

IMAGES = REPOSITORY / "deploy" / "images"
DOCKERFILES = sorted(IMAGES.glob("*/Dockerfile"))
NAMES = [path.parent.name for path in DOCKERFILES]
# What runs from an image, by the modules that its commands and the chart start.
PROGRAMS = {
    "api": (
        "services.api.__main__",
        "services.cli.main",
        "services.cli.administration",
        "services.trainer.dispatcher",
    ),
    "trainer": ("services.trainer.app", "services.trainer.tasks", "services.inference.__main__"),
    "inference": (
        "services.inference.__main__",
        "services.inference.sglang.__main__",
        "services.inference.linker.plugin",
    ),
    "router": ("services.inference.router.__main__",),
}
# What the embedded stack alone starts.
EMBEDDED = "services.cli"


def instructions(path: Path) -> list[tuple[str, str]]:
    """Keyword and arguments, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in lines)]


def last_stage(path: Path) -> list[tuple[str, str]]:
    found = instructions(path)
    begin = max(place for place, (keyword, _) in enumerate(found) if keyword == "FROM")
    return found[begin:]


def test_there_is_one_for_each_service() -> None:
    assert NAMES == ["api", "dashboard", "inference", "router", "trainer"]


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.prefix) / "bin" / "hadolint"
    done = subprocess.run([hadolint, "--no-color", *DOCKERFILES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_an_image_runs_as_nobody_special_and_tells_how_it_is(path: Path) -> None:
    keywords = dict(last_stage(path))
    assert re.fullmatch(r"(10001:10001|101:101)", keywords["USER"])
    assert "CMD [" in keywords["HEALTHCHECK"]
    assert any("/usr/share/sbom/" in rest for keyword, rest in last_stage(path) if keyword == "COPY")


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_an_image_is_built_in_stages_on_bases_with_a_whole_version(path: Path) -> None:
    found = instructions(path)
    bases = dict(rest.split("=", 1) for keyword, rest in found if keyword == "ARG" and "_IMAGE=" in rest)
    stages = [rest.split(" ")[0] for keyword, rest in found if keyword == "FROM"]
    assert len(stages) >= 2
    names = {name.removeprefix("${").removesuffix("}") for name in stages}
    assert names - {"build"} == set(bases), "a base that no digest can be given for from outside"
    for base in bases.values():
        assert re.search(r":v?\d+\.\d+\.\d+", base), f"{base} names no whole version"


def test_the_inference_image_is_on_the_sglang_that_the_linker_is_made_for() -> None:
    (base,) = [
        rest for keyword, rest in instructions(IMAGES / "inference" / "Dockerfile") if "SGLANG_IMAGE=" in rest
    ]
    assert base.endswith(f"/sglang:v{SGLANG_VERSION}")


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    packages = sorted(
        path.name for path in (REPOSITORY / "libs").iterdir() if (path / "__init__.py").exists()
    )
    return grimp.build_graph(*packages, "services", cache_dir=None)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_an_image_holds_what_its_programs_import(name: str, imports: grimp.ImportGraph) -> None:
    copied = [
        rest.split()[0].rstrip("/")
        for keyword, rest in last_stage(IMAGES / name / "Dockerfile")
        if keyword == "COPY" and not rest.startswith("--from")
    ]
    missing = set()
    for program in PROGRAMS[name]:
        for module in imports.find_upstream_modules(program) | {program}:
            top, *_ = module.split(".")
            path = module.replace(".", "/") if top == "services" else f"libs/{module.replace('.', '/')}"
            if (
                not any(path == held or path.startswith(f"{held}/") for held in copied)
                and module != "services"
            ):
                missing.add(module)
    assert missing == set()


def test_nothing_but_sources_goes_into_a_build() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        rest.split()[0].split("/")[0]
        for path in DOCKERFILES
        for keyword, rest in instructions(path)
        if keyword == "COPY" and not rest.startswith("--from")
        for rest in [" ".join(rest.split()[:1])]
    }
    assert copied <= {name.split("/")[0] for name in allowed}
    assert {"**/node_modules", "**/__pycache__"} <= set(lines)
