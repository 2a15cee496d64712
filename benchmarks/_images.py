"""Building the images where no registry is reached: buildah, on bases that stand in for the real ones.

One Debian, made by debootstrap, is tagged with the names of the bases in the Dockerfiles: Debian's Python, nginx, and
this machine's Node. What is built is the product's part of an image, by its own Dockerfile, to the letter.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "deploy" / "images"
RELEASE = "bookworm"
_PACKAGES = "python3,python3-venv,python3-pip,ca-certificates,nginx-light,wget"
_CERTIFICATES = "/etc/ssl/certs"
_BUNDLE = f"{_CERTIFICATES}/ca-certificates.crt"
_BASE = re.compile(r"^ARG (\w+)_IMAGE=(\S+)$", re.MULTILINE)


class ToolMissingError(RuntimeError):
    """A program that builds images is not here."""


@dataclass(frozen=True)
class Container:
    """A container of an image that runs as the image's own user, on the machine's network."""

    builder: "Builder"
    id: str

    def command(
        self, command: Sequence[str], environment: Mapping[str, str], volumes: Mapping[Path, str]
    ) -> list[str]:
        mounts = [f"--volume={where}:{place}:ro" for where, place in volumes.items()]
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        return [
            *self.builder.buildah,
            "run",
            "--isolation=chroot",
            *mounts,
            *variables,
            self.id,
            "--",
            *command,
        ]

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        volumes: Mapping[Path, str] | None = None,
    ) -> str:
        """What the command prints. Raises `CalledProcessError`."""
        whole = self.command(command, environment or {}, volumes or {})
        return subprocess.run(whole, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> "subprocess.Popen[bytes]":
        with log.open("wb") as out:
            return subprocess.Popen(  # noqa: S603
                self.command(command, environment, {}), stdout=out, stderr=out, start_new_session=True
            )


class Builder:
    """Bases, builds and containers under one directory."""

    def __init__(self, room: Path) -> None:
        for tool in ("buildah", "debootstrap"):
            if shutil.which(tool) is None:
                raise ToolMissingError(f"{tool} is needed: apt-get install {tool}")
        if os.geteuid() != 0:
            raise ToolMissingError("debootstrap and buildah's chroot isolation need root")
        self.room = room
        room.mkdir(parents=True, exist_ok=True)
        storage = (f"--root={room / 'storage'}", f"--runroot={room / 'run'}", "--storage-driver=vfs")
        self.buildah = ("buildah", *storage)

    def make_bases(self, services: Sequence[str]) -> None:
        """Tag the stand-in with the name of each base that the services' Dockerfiles name, once."""
        archive = self._archive()
        for kind, name in sorted({base for service in services for base in bases_of(service)}):
            if self._do("images", "--quiet", "--filter", f"reference={name}"):
                continue
            container = self._do("from", "scratch")
            self._do("add", "--quiet", container, str(archive), "/")
            for step in _STEPS[kind]:
                self._do("run", "--isolation=chroot", container, "--", "sh", "-ec", step)
            if kind == "NODE":
                self._add_node(container)
            if kind == "NGINX":
                # nginx-unprivileged's own command; the pid where a user may write it.
                self._do(
                    "config",
                    "--cmd",
                    json.dumps(["nginx", "-g", "daemon off; pid /tmp/nginx.pid;"]),
                    container,
                )
            self._do("commit", "--quiet", container, name)
            self._do("rm", container)

    def build(self, service: str) -> str:
        """Build one service's image; its name."""
        name = f"localhost/cartridges-{service}"
        volumes = [_CERTIFICATES, *os.environ.get("PIP_FIND_LINKS", "").split()]
        # The machine's own settings of pip and npm for the time of the build: none of it stays in the image.
        pip = self.room / "pip.conf"
        pip.write_text(f"[global]\ncert = {_BUNDLE}\nfind-links = {' '.join(volumes[1:])}\n")
        npm = self.room / "npmrc"
        npm.write_text(f"cafile={_BUNDLE}\n")
        mounts = [f"--volume={place}:{place}:ro" for place in volumes if place.startswith("/")]
        mounts += [f"--volume={pip}:/etc/pip.conf:ro", f"--volume={npm}:/root/.npmrc:ro"]
        self._do(
            "bud", "--quiet", "--isolation=chroot", "--pull-never", "--format=docker", *mounts,
            f"--file={IMAGES / service / 'Dockerfile'}", f"--tag={name}", str(REPOSITORY),
        )  # fmt: skip
        return name

    def inspect(self, image: str) -> dict[str, object]:
        """The image's configuration."""
        found: dict[str, object] = json.loads(self._do("inspect", "--type=image", image))
        return found

    def size(self, image: str) -> int:
        """Bytes of all layers, base included."""
        (found,) = json.loads(self._do("images", "--json", image))
        number, unit = re.fullmatch(r"([\d.]+) (\w+)", found["size"]).groups()  # type: ignore[union-attr]
        return round(float(number) * {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9}[unit.upper()])

    @contextmanager
    def container(self, image: str) -> Iterator[Container]:
        made = self._do("from", "--pull-never", image)
        try:
            yield Container(self, made)
        finally:
            self._do("rm", made)

    def _archive(self) -> Path:
        archive, tree = self.room / "base.tar", self.room / "base"
        if not archive.exists():
            shutil.rmtree(tree, ignore_errors=True)
            _call("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", RELEASE, str(tree))
            draft = archive.with_suffix(".part")
            _call("tar", "-C", str(tree), "-cf", str(draft), ".")
            draft.replace(archive)
            shutil.rmtree(tree)
        return archive

    def _add_node(self, container: str) -> None:
        node, npm = (shutil.which(tool) for tool in ("node", "npm"))
        if node is None or npm is None:
            raise ToolMissingError("the dashboard's image is built with Node; install it")
        package = Path(npm).resolve().parents[1]
        self._do("copy", container, str(Path(node).resolve()), "/usr/local/bin/node")
        self._do("copy", container, str(package), "/usr/local/lib/node_modules/npm")
        link = "ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm"
        self._do("run", "--isolation=chroot", container, "--", "sh", "-ec", link)

    def _do(self, *arguments: str) -> str:
        return _call(*self.buildah, *arguments)


# What the real bases have that Debian has elsewhere.
_STEPS: Mapping[str, Sequence[str]] = {
    "PYTHON": ["ln -s /usr/bin/python3 /usr/local/bin/python"],
    "SGLANG": ["ln -s /usr/bin/python3 /usr/local/bin/python"],
    "NODE": [],
    "NGINX": [
        "rm /etc/nginx/sites-enabled/default; sed -i '/^user /d; /^pid /d; s#/var/log/nginx/#/tmp/#' /etc/nginx/nginx.conf",
        "rm -rf /usr/share/nginx/html/*; chown -R 101 /var/lib/nginx",
    ],
}


def bases_of(service: str) -> list[tuple[str, str]]:
    """Kind and name of each base that a service's Dockerfile is built on."""
    return _BASE.findall((IMAGES / service / "Dockerfile").read_text(encoding="utf-8"))


def _call(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        raise RuntimeError(
            f"{' '.join(command[:8])} ... failed:\n{ended.stderr[-3000:]}\n{ended.stdout[-3000:]}"
        )
    return ended.stdout.strip()
