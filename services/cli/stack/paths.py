"""Where things stand under one data directory, and who may look into them."""

import os
from dataclasses import dataclass
from pathlib import Path

DATA_DIR_VARIABLE = "CARTRIDGES_DATA_DIR"
DEFAULT_DATA_DIR = ".cartridges"


def default_data_dir() -> Path:
    """`$CARTRIDGES_DATA_DIR`, or `.cartridges` in the current directory."""
    return Path(os.environ.get(DATA_DIR_VARIABLE) or DEFAULT_DATA_DIR).resolve()


@dataclass(frozen=True)
class DataPaths:
    """The rooms of a data directory."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def s3(self) -> Path:
        return self.root / "s3"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def scratch(self) -> Path:
        """Local files of trainer and inference: everything in it can be fetched or made again."""
        return self.root / "scratch"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def state_file(self) -> Path:
        return self.run / "stack.json"

    @property
    def ports_file(self) -> Path:
        return self.run / "ports.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "stack.lock"

    @property
    def first_key_file(self) -> Path:
        return self.run / "first-key"

    @property
    def first_owner_file(self) -> Path:
        """Address and password of the account that owns the tenant `demo`, a line each."""
        return self.run / "first-owner"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    def create(self) -> None:
        """Makes the rooms. Only the database's is passable for others: its server has its own system user."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(self.root.stat().st_mode | 0o111)
        self.postgres.mkdir(mode=0o711, exist_ok=True)
        for private in (self.redis, self.s3, self.logs, self.run, self.scratch):
            private.mkdir(mode=0o700, exist_ok=True)
        self.models.mkdir(exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, all of it or nothing."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
