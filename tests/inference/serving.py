"""An inference application behind a real socket, and a caller with grants."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.pod import serving
from cartridge_store.grants import Grant, GrantedCartridge, sign_grant
from services.inference.settings import InferenceSettings

__all__ = ["ANY_GAIN", "QUESTION", "Caller", "await_ready", "body", "serving"]

# Of the cartridges asked to choose from, the one that a prompt gains most by: a tiny model's gains are small.
ANY_GAIN = {"inference_relevance_least": 1e-9, "inference_relevance_own": 1000.0}
QUESTION = [{"role": "user", "content": "When was the bridge built?"}]


@dataclass(frozen=True)
class Caller:
    """What the api does: signs grants and asks."""

    client: httpx.Client
    settings: InferenceSettings
    tenant_id: str

    def headers(self, *cartridges: GrantedCartridge, seconds: int = 60) -> dict[str, str]:
        grant = Grant(tenant_id=self.tenant_id, cartridges=cartridges)
        return {"Authorization": f"Bearer {sign_grant(grant, self.settings.grant_secret, seconds=seconds)}"}

    def ask(self, *cartridges: GrantedCartridge, **changes: Any) -> httpx.Response:
        """A whole answer, greedy unless `changes` says otherwise."""
        return self.client.post(
            "/v1/generate", json=body(*cartridges, **changes), headers=self.headers(*cartridges)
        )

    def stream(self, *cartridges: GrantedCartridge, **changes: Any) -> list[dict[str, Any]]:
        """The `data:` objects of a streamed answer."""
        asked = body(*cartridges, stream=True, **changes)
        with self.client.stream(
            "POST", "/v1/generate", json=asked, headers=self.headers(*cartridges)
        ) as answer:
            assert answer.status_code == 200, answer.read()
            assert answer.headers["content-type"].startswith("text/event-stream")
            return [
                json.loads(line.removeprefix("data: "))
                for line in answer.iter_lines()
                if line.startswith("data")
            ]

    def metric(self, line: str) -> float:
        """The value of the metrics line that begins with `line`; 0 where there is none."""
        for found in self.client.get("/metrics").text.splitlines():
            if found.startswith(f"{line} "):
                return float(found.rpartition(" ")[2])
        return 0.0

    def await_metric(self, line: str, value: float) -> None:
        deadline = time.monotonic() + 10
        while self.metric(line) != value:
            assert time.monotonic() < deadline, f"{line} is {self.metric(line)}, not {value}"
            time.sleep(0.02)


def body(*cartridges: GrantedCartridge, **changes: Any) -> dict[str, Any]:
    return {
        "messages": QUESTION,
        "cartridges": [cartridge.digest for cartridge in cartridges],
        "max_tokens": 12,
        "temperature": 0,
        **changes,
    }


def await_ready(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
