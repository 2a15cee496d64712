"""The secrets of one data directory: made once, kept in a file that only its owner reads."""

import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.cli.stack.paths import write_private


class SecretsFileError(RuntimeError):
    """The secrets file cannot be read as what this program writes."""

    code = "secrets_file_unreadable"


class Credentials(BaseModel):
    """What the parts of an embedded stack prove themselves to each other with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_pepper: str
    grant_secret: str
    s3_access_key: str
    s3_secret_key: str
    s3_admin_password: str
    redis_password: str
    # Not in files of the first release: made and added when such a file is read.
    api_database_password: str = Field(default_factory=lambda: secrets.token_urlsafe(24))
    worker_database_password: str = Field(default_factory=lambda: secrets.token_urlsafe(24))

    def __repr__(self) -> str:
        return "Credentials(...)"

    __str__ = __repr__


def load_or_create(path: Path) -> Credentials:
    """Reads the secrets, or makes them on the first start and what a newer release adds. Raises SecretsFileError.

    They are never made anew over an unreadable file: the pepper decides whether the API keys
    in the database still open anything.
    """
    if path.exists():
        try:
            found = Credentials.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError as error:
            raise SecretsFileError(
                f"{path} does not hold the secrets this program wrote there; restore it from a copy, "
                "or remove the whole data directory to start over."
            ) from error
        if found.model_fields_set != set(Credentials.model_fields):
            write_private(path, found.model_dump_json(indent=2) + "\n")
        return found
    made = Credentials(
        key_pepper=secrets.token_urlsafe(32),
        grant_secret=secrets.token_urlsafe(32),
        s3_access_key=secrets.token_hex(10).upper(),
        s3_secret_key=secrets.token_urlsafe(30),
        s3_admin_password=secrets.token_urlsafe(24),
        redis_password=secrets.token_urlsafe(24),
    )
    write_private(path, made.model_dump_json(indent=2) + "\n")
    return made
