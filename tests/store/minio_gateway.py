"""A server that speaks MinIO's own dialect, its admin API and token service included: JuiceFS' gateway, a MinIO inside."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider
from pydantic import SecretStr
from urllib3.exceptions import HTTPError

from benchmarks.pod import free_port
from cartridge_store.settings import ObjectStoreSettings

_ROOT, _ROOT_SECRET = "root-of-tests", "root-secret-of-tests"
# MinIO's root may do all but assume a role: the platform is a user like any other.
_USER, _USER_SECRET = "platform", "platform-secret"
_BUCKET = "cartridges"
_SECONDS = 60


@contextmanager
def minio_gateway(directory: Path) -> Iterator[ObjectStoreSettings]:
    """The gateway with an empty bucket, and a user of the platform's; its settings."""
    juicefs = shutil.which("juicefs", path=Path(sys.executable).parent)
    if juicefs is None:
        raise FileNotFoundError("juicefs is not in this environment: make install")
    meta = f"sqlite3://{directory / 'meta.db'}"
    subprocess.run(
        [juicefs, "format", meta, "tests", "--storage", "file", "--bucket", f"{directory}/objects/", "--trash-days", "0"],
        check=True, capture_output=True,
    )  # fmt: skip
    endpoint = f"127.0.0.1:{free_port()}"
    with (directory / "gateway.log").open("wb") as log:
        server = subprocess.Popen(
            [juicefs, "gateway", meta, endpoint, "--multi-buckets", "--no-usage-report", "--cache-dir", str(directory / "cache")],
            env={**os.environ, "MINIO_ROOT_USER": _ROOT, "MINIO_ROOT_PASSWORD": _ROOT_SECRET},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _make_bucket(
            Minio(endpoint=endpoint, access_key=_ROOT, secret_key=_ROOT_SECRET, secure=False), server
        )
        admin = MinioAdmin(endpoint=endpoint, credentials=StaticProvider(_ROOT, _ROOT_SECRET), secure=False)
        admin.user_add(_USER, _USER_SECRET)
        admin.policy_set("readwrite", user=_USER)
        yield ObjectStoreSettings(
            s3_endpoint=endpoint, s3_access_key=SecretStr(_USER), s3_secret_key=SecretStr(_USER_SECRET),
            s3_bucket=_BUCKET, s3_secure=False, s3_tenant_credentials=True, s3_sts_url=None,
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait()


def _make_bucket(client: Minio, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not _has_bucket(client):
        if server.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError("the gateway did not come up; gateway.log has the reason")
        time.sleep(0.1)


def _has_bucket(client: Minio) -> bool:
    """Whether it is there now; false as long as nobody answers."""
    try:
        client.make_bucket(bucket_name=_BUCKET)
    except HTTPError:
        return False
    return True
