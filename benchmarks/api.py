"""What the platform costs where no model runs: beside a bare endpoint, beside the S3 SDK, and with many followers."""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from pydantic import SecretStr

from benchmarks._api_load import Load, follow, load
from benchmarks._api_uploads import one_file, whole_corpus
from benchmarks.harness import run
from benchmarks.pod import free_port
from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.repositories import api_keys, attempts, corpora, jobs, quotas, tenants
from cartridge_store.db.roles import Role
from cartridge_store.keys import new_key
from cartridge_store.quotas import Quota
from cartridge_store.settings import DatabaseSettings
from cartridge_web.server import allow_many_connections
from services.cli.stack.backing import running_backing

_PATHS = {
    "me": "/v1/me",
    "corpus": "/v1/corpora/{corpus}",
    "corpora": "/v1/corpora",
    "jobs": "/v1/training-jobs",
}
# The one with a single row behind it, as the bare endpoint's: the ratio that is told.
_COMPARED = "corpus"
_BARE = "/corpora/{corpus}"
_MIB = 1024**2
_NO_LIMIT = 10**12
_START_SECONDS = 120


@dataclass(frozen=True)
class Stand:
    """Servers as they run in production, each a process, and a tenant with its things."""

    environment: Mapping[str, str]
    sessions: SessionFactory
    api: str
    api_pid: int
    bare: str
    key: str
    tenant_id: str
    corpus_id: str


@contextmanager
def _server(
    command: list[str], environment: Mapping[str, str], url: str, path: str, log: Path
) -> Iterator[int]:
    """A process that answers `path`; its id."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this repository's own services
            [sys.executable, *command],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + _START_SECONDS
            with httpx.Client(trust_env=False) as http:
                while True:
                    try:
                        http.get(url + path)
                        break
                    except httpx.TransportError:
                        if process.poll() is not None or time.monotonic() > deadline:
                            raise RuntimeError(log.read_text(errors="replace")[-4000:]) from None
                        time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def _stand(directory: Path) -> Iterator[Stand]:
    with running_backing(directory / "backing", {}, prefer_usual_ports=False) as plan:
        environment = dict(plan.environment)
        bring_up_to_date(environment)
        engine = make_engine(DatabaseSettings(database_url=environment["CARTRIDGES_DATABASE_URL"]))
        sessions = make_session_factory(engine)
        key = new_key(SecretStr(environment["CARTRIDGES_KEY_PEPPER"]))
        with sessions.begin() as session:
            tenant_id = tenants.create(session, "bench").id
            api_keys.create(session, tenant_id, "bench", key)
            for quota in Quota:
                quotas.set_limit(session, tenant_id, quota, _NO_LIMIT)
            corpus_id = corpora.create(session, tenant_id, "bench").id
        bare_environment = dict(environment)
        environment["CARTRIDGES_DATABASE_URL"] = environment[Role.API.url_variable]
        ports = free_port(), free_port()
        api, bare = (f"http://127.0.0.1:{port}" for port in ports)
        more = {
            "CARTRIDGES_API_PORT": str(ports[0]),
            "BARE_PORT": str(ports[1]),
            "CARTRIDGES_INFERENCE_URL": "http://127.0.0.1:9",
            "CARTRIDGES_BASE_MODEL": "model",
        }
        logs = directory / "api.log", directory / "bare.log"
        with (
            _server(["-m", "services.api"], {**environment, **more}, api, "/healthz", logs[0]) as pid,
            _server(
                ["-m", "benchmarks._api_bare"], {**bare_environment, **more}, bare, "/openapi.json", logs[1]
            ),
        ):
            yield Stand(environment, sessions, api, pid, bare, key.text, tenant_id, corpus_id)
        engine.dispose()


def _overhead(stand: Stand, clients: int, seconds: float, rounds: int) -> dict[str, Any]:
    """Every endpoint beside the bare one, in turns."""
    found: dict[str, list[Load]] = {}
    for number in range(rounds):
        for name, path in {"bare": _BARE, **_PATHS}.items():
            url = (stand.bare if name == "bare" else stand.api) + path.format(corpus=stand.corpus_id)
            found.setdefault(name, []).append(asyncio.run(load(url, stand.key, clients, seconds)))
        ratio = found[_COMPARED][-1].percentile(50) / found["bare"][-1].percentile(50)
        print(
            f"overhead round {number + 1} of {rounds}: {ratio:.2f} times the bare endpoint", file=sys.stderr
        )

    def figure(name: str, percent: int) -> float:
        return median(each.percentile(percent) for each in found[name])

    return {
        "endpoints": {
            name: {
                "requests_per_second": round(median(each.per_second for each in loads), 1),
                **{f"p{percent}_ms": round(figure(name, percent), 2) for percent in (50, 95, 99)},
            }
            for name, loads in found.items()
        },
        "overhead_p50": round(figure(_COMPARED, 50) / figure("bare", 50), 2),
        "overhead_p99": round(figure(_COMPARED, 99) / figure("bare", 99), 2),
    }


def _uploads(stand: Stand, directory: Path, options: argparse.Namespace) -> dict[str, Any]:
    quick = options.quick
    one = one_file(
        stand.environment, stand.api, stand.key, stand.corpus_id, directory,
        size=(6 if quick else options.upload_mb) * _MIB, rounds=1 if quick else 5,
    )  # fmt: skip
    corpus = whole_corpus(
        stand.api, stand.key, directory, seed=options.seed,
        megabytes=2 if quick else options.corpus_mb, files=20 if quick else options.corpus_files,
    )  # fmt: skip
    return {**one, **corpus, "upload_peak_rss_mb": round(_memory(stand.api_pid, "VmHWM") / 1e6)}


def _followers(stand: Stand, count: int, events: int, seconds: float) -> dict[str, Any]:
    """`count` streams of one running job, which tells `events` events in `seconds`, and ends."""
    with stand.sessions.begin() as session:
        job_id = jobs.create(
            session,
            stand.tenant_id,
            corpus_id=stand.corpus_id,
            name="followed",
            recipe={},
            base_model="model",
        ).id
        attempts.claim(session, job_id, "bench", 3600)

    following_rss = [0]

    def tell() -> float:
        for number in range(events):
            with stand.sessions.begin() as session:
                attempts.append_event(session, job_id, 1, "log", {"level": "info", "message": str(number)})
            time.sleep(seconds / events)
        following_rss[0] = _memory(stand.api_pid, "VmRSS")
        with stand.sessions.begin() as session:
            attempts.finish_failed(session, job_id, 1, "bench", "the end")
        return time.perf_counter()

    before = _memory(stand.api_pid, "VmRSS")

    async def all_of_them() -> tuple[list[list[int]], float]:
        url = f"{stand.api}/v1/training-jobs/{job_id}/events"
        connected = [asyncio.Event() for _ in range(count)]
        following = [asyncio.create_task(follow(url, stand.key, event)) for event in connected]
        await asyncio.gather(*(event.wait() for event in connected))
        print(f"{count} followers are connected", file=sys.stderr)
        ended = await asyncio.to_thread(tell)
        seen = await asyncio.gather(*following)
        return seen, time.perf_counter() - ended

    seen, late = asyncio.run(all_of_them())
    with stand.sessions() as session:
        told = set(range(1, jobs.get(session, stand.tenant_id, job_id).last_event + 1))
    return {
        "sse_followers": len(seen),
        "sse_events": len(told),
        "sse_missed": sum(len(told - set(each)) for each in seen),
        "sse_doubled": sum(len(each) - len(set(each)) for each in seen),
        "sse_last_event_late_seconds": round(late, 2),
        "sse_rss_mb": round(following_rss[0] / 1e6),
        "sse_rss_mb_of_followers": round((following_rss[0] - before) / 1e6, 1),
    }


def _memory(pid: int, name: str) -> int:
    """Bytes of a process's memory, by the kernel's name for it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Endpoints without a model beside a bare one, uploads beside the S3 SDK, followers of a job's events."""
    quick = options.quick
    # Of the followers each is a connection here, too.
    allow_many_connections()
    with TemporaryDirectory(prefix="api-bench-") as directory, _stand(Path(directory)) as stand:
        # Uploads first: the peak of memory is theirs.
        uploads = _uploads(stand, Path(directory), options)
        overhead = _overhead(stand, 8 if quick else options.clients, 0.5 if quick else 6.0, 1 if quick else 3)
        followers = _followers(stand, 40 if quick else options.followers, 10, 1.0 if quick else 20.0)
    return {"clients": 8 if quick else options.clients, **overhead, **uploads, **followers}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="small and short: whether it works")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--followers", type=int, default=1000)
    parser.add_argument(
        "--upload-mb", type=int, default=48, help="the file uploaded beside the S3 SDK, in MiB"
    )
    parser.add_argument("--corpus-mb", type=int, default=200, help="2000 for the whole of it")
    parser.add_argument("--corpus-files", type=int, default=1000, help="10000 for the whole of it")


if __name__ == "__main__":
    run("api", measure, add_options)
