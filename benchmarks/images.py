"""Are the images whole? Each is built by its own Dockerfile on stand-in bases, started as its own user, and asked.

The api's image migrates a real Postgres, makes a tenant and a key, and answers with them; trainer, router and
dashboard pass the check of health that their image carries. Needs root, buildah and debootstrap (`make images`).
"""

import argparse
import json
import os
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import make_url

from benchmarks._images import Builder, Container
from cartridge_store.db.roles import Role
from services.cli.stack.backing import running_backing
from services.cli.stack.paths import default_data_dir

SERVICES = ("api", "router", "trainer", "dashboard")
API_PORT, ROUTER_PORT = 18000, 18200
_WAIT_SECONDS = 90.0
_NOWHERE = "http://127.0.0.1:9"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", nargs="+", default=SERVICES, choices=[*SERVICES, "inference"])
    parser.add_argument("--room", type=Path, default=default_data_dir() / "images")
    options = parser.parse_args()
    builder = Builder(options.room)
    builder.make_bases(options.services)
    figures: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_backing(Path(scratch), {}, prefer_usual_ports=False) as plan,
    ):
        settings = dict(plan.environment)
        with _reached_by_tcp(settings["CARTRIDGES_DATABASE_URL"]) as port:
            for name in ("CARTRIDGES_DATABASE_URL", *(role.url_variable for role in Role)):
                settings[name] = _by_tcp(settings[name], port)
            for service in options.services:
                started = time.monotonic()
                image = builder.build(service)
                seconds = time.monotonic() - started
                with builder.container(image) as container:
                    _CHECKS[service](container, settings, Path(scratch))
                    parts = json.loads(container.run(["cat", "/usr/share/sbom/cartridges.cdx.json"]))
                figures[service] = {
                    "build_seconds": round(seconds),
                    "mb": round(builder.size(image) / 1e6),
                    "sbom_components": len(parts["components"]),
                }
                print(service, figures[service], flush=True)
    print(json.dumps({"images": figures, "answered": sorted(figures)}))


def _check_api(container: Container, settings: Mapping[str, str], scratch: Path) -> None:
    assert container.run(["id", "-u"]).strip() == "10001"
    container.run(["cartridges", "admin", "migrate"], settings)
    container.run(["cartridges", "tenant", "create", "images"], settings)
    key = container.run(
        ["cartridges", "key", "create", "--tenant", "images", "--name", "first"], settings
    ).strip()
    own = {
        **settings,
        "CARTRIDGES_DATABASE_URL": settings[Role.API.url_variable],
        "CARTRIDGES_API_PORT": str(API_PORT),
        "CARTRIDGES_INFERENCE_URL": _NOWHERE,
        "CARTRIDGES_BASE_MODEL": "smollm2-135m",
    }
    with _running(container, own, scratch / "api.log"):
        url = f"http://127.0.0.1:{API_PORT}"
        _await(f"{url}/healthz", scratch / "api.log")
        _healthy(container, own)
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
            made = http.post("/v1/corpora", json={"name": "bridges"})
            assert made.status_code == 201, made.text
            assert http.get("/v1/corpora").json()["data"][0]["id"] == made.json()["id"]
            assert http.get("/v1/corpora", headers={"Authorization": "Bearer none"}).status_code == 401


def _check_trainer(container: Container, settings: Mapping[str, str], scratch: Path) -> None:
    own = {
        **settings,
        "CARTRIDGES_DATABASE_URL": settings[Role.WORKER.url_variable],
        "CARTRIDGES_BASE_MODEL": "/models/smollm2-135m",
        "CARTRIDGES_DATA_DIR": "/var/lib/cartridges",
    }
    assert container.run(
        ["python", "-c", "import services.trainer.tasks, torch; print(torch.__version__)"], own
    )
    with _running(container, own, scratch / "trainer.log"):
        _healthy(container, own, within=_WAIT_SECONDS)


def _check_router(container: Container, settings: Mapping[str, str], scratch: Path) -> None:
    own = {
        "CARTRIDGES_GRANT_SECRET": settings["CARTRIDGES_GRANT_SECRET"],
        "CARTRIDGES_ROUTER_PODS": _NOWHERE,
        "CARTRIDGES_ROUTER_PORT": str(ROUTER_PORT),
    }
    assert container.run(
        ["python", "-c", "import services.inference.router.kubernetes_pods as k; print(k)"], own
    )
    with _running(container, own, scratch / "router.log"):
        _await(f"http://127.0.0.1:{ROUTER_PORT}/healthz", scratch / "router.log")
        _healthy(container, own)


def _check_dashboard(container: Container, _: Mapping[str, str], scratch: Path) -> None:
    with _running(container, {}, scratch / "dashboard.log"):
        _await("http://127.0.0.1:8080/healthz", scratch / "dashboard.log")
        _healthy(container, {})
        for path in ("/", "/jobs/job_1"):
            page = httpx.get(f"http://127.0.0.1:8080{path}")
            assert page.status_code == 200, page.text
            assert "<script" in page.text
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert httpx.get("http://127.0.0.1:8080/assets/none.js").status_code == 404


def _check_inference(container: Container, settings: Mapping[str, str], scratch: Path) -> None:
    """On a base without SGLang: that agent and server find what they import, and each its own."""
    container.run(["python3", "-c", "import services.inference.app, services.inference.sglang.__main__"])


_CHECKS = {
    "api": _check_api,
    "trainer": _check_trainer,
    "router": _check_router,
    "dashboard": _check_dashboard,
    "inference": _check_inference,
}


def _config(container: Container) -> dict[str, Any]:
    """What the image says of itself, in Docker's form."""
    image: Any = json.loads(
        subprocess.run(  # noqa: S603
            [*container.builder.buildah, "inspect", container.id],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    )
    found: dict[str, Any] = image["Docker"]["config"]
    return found


@contextmanager
def _running(container: Container, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """The image's own command, until the end of the block."""
    process = container.start(_config(container)["Cmd"], environment, log)
    try:
        yield
    finally:
        # buildah passes no signal on: what it started is ended with it, or keeps its port.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _healthy(container: Container, environment: Mapping[str, str], within: float = 0.0) -> None:
    """The image's own check of health passes."""
    kind, *check = _config(container)["Healthcheck"]["Test"]
    command: Sequence[str] = check if kind == "CMD" else ["sh", "-c", shlex.join(check)]
    deadline = time.monotonic() + within
    while True:
        try:
            container.run(command, environment)
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def _await(url: str, log: Path) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} did not answer; its log ends:\n{log.read_text()[-2000:]}")
        time.sleep(0.3)


def _by_tcp(url: str, port: int) -> str:
    return make_url(url).set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)


@contextmanager
def _reached_by_tcp(url: str) -> Iterator[int]:
    """A port of this machine that leads to the embedded Postgres, whose socket its own user alone may open."""
    path = f"{make_url(url).query['host']}/.s.PGSQL.5432"
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, path), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, path: str) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return  # closed: nobody asks any more
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other direction has ended it


if __name__ == "__main__":
    main()
