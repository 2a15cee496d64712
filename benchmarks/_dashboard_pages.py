"""What the dashboard benchmark looks at besides the dashboard: a bare page, and a job that tells 50,000 events."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

DASHBOARD = Path(__file__).parents[1] / "services" / "dashboard"
# As little as a page of Vite and React can be: a heading, and a button that changes it.
_INDEX = '<!doctype html><div id="root"></div><script type="module" src="/main.jsx"></script>'
_MAIN = """
import { useState, createElement as h } from "react";
import { createRoot } from "react-dom/client";
function App() {
  const [opened, open] = useState(false);
  return h("main", null, h("h1", null, opened ? "Opened" : "Bare"), h("button", { onClick: () => open(true) }, "Open"));
}
createRoot(document.getElementById("root")).render(h(App));
"""


def build_bare_page(folder: Path) -> Path:
    """Vite's build of the bare page, with the dashboard's own Vite and React; where it lies."""
    source = folder / "bare"
    source.mkdir()
    (source / "index.html").write_text(_INDEX)
    (source / "main.jsx").write_text(_MAIN)
    (source / "node_modules").symlink_to(DASHBOARD / "node_modules")
    vite = DASHBOARD / "node_modules" / "vite" / "bin" / "vite.js"
    node = shutil.which("node")
    if node is None or not vite.exists():
        raise RuntimeError("build the dashboard first: make dashboard")
    subprocess.run([node, vite, "build", "--logLevel", "warn"], cwd=source, check=True)  # noqa: S603 - ours
    return source / "dist"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Not a line for each file."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of `folder` over HTTP; their origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Quiet(*args, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def events_of(job_id: str, count: int) -> str:
    """Server-sent events of a job in training: `count` steps of progress, as the api words them."""
    lines = []
    for seq in range(1, count + 1):
        data = {
            "stage": "train", "step": seq, "steps": count + 1, "loss": 2.0 + 1.0 / seq, "learning_rate": 0.01,
            "tokens_per_second": 400.0, "eta_seconds": 1000.0, "job_id": job_id,
        }  # fmt: skip
        lines.append(f"id: {seq}\nevent: progress\ndata: {json.dumps(data)}\n\n")
    return "".join(lines)
