"""Settings that several services share, read from CARTRIDGES_* variables; a service's own class combines them."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_GIB = 1024**3
# A start that fails must not print the secrets that it was given.
CONFIG = SettingsConfigDict(env_prefix="CARTRIDGES_", frozen=True, extra="ignore", hide_input_in_errors=True)


class DatabaseSettings(BaseSettings):
    model_config = CONFIG

    # It may hold a password: left out of what the settings print.
    database_url: Annotated[str, Field(pattern=r"^postgresql\+psycopg://", repr=False)]
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 10


class BrokerSettings(BaseSettings):
    model_config = CONFIG

    broker_url: SecretStr


class ObjectStoreSettings(BaseSettings):
    """An S3 server: MinIO, SeaweedFS or a cloud's."""

    model_config = CONFIG

    s3_endpoint: Annotated[str, Field(min_length=1, description="host:port, without a scheme")]
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str = "cartridges"
    s3_secure: bool = False
    s3_region: str = "us-east-1"
    s3_public_endpoint: Annotated[
        str | None,
        Field(description="host:port under which clients reach it with presigned URLs; default: the same."),
    ] = None
    s3_public_secure: bool = False
    s3_tenant_credentials: Annotated[
        bool,
        Field(
            description="Whether a tenant's objects are reached with credentials that the store limits to its prefix. "
            "Asks for a store with AssumeRole: MinIO, SeaweedFS with a token service, AWS."
        ),
    ] = False
    s3_sts_url: Annotated[
        str | None,
        Field(pattern=r"^https?://", description="The store's token service; default: the store itself."),
    ] = None
    s3_role_arn: Annotated[
        str | None, Field(description="The role to assume, where the token service asks for one: AWS does.")
    ] = None


class DocumentSettings(BaseSettings):
    """How large documents and corpora may be."""

    model_config = CONFIG

    max_document_bytes: Annotated[int, Field(ge=1, description="Bytes of one file, and of its text.")] = (
        2 * _GIB
    )
    max_corpus_bytes: Annotated[int, Field(ge=1, description="Bytes of all documents of a corpus.")] = (
        8 * _GIB
    )


class GrantSettings(BaseSettings):
    """The secret with which the api signs what inference may do."""

    model_config = CONFIG

    grant_secret: Annotated[SecretStr, Field(min_length=32)]
    other_grant_secret: Annotated[
        SecretStr | None,
        Field(
            min_length=32, description="Grants signed with it count too, while one secret replaces another."
        ),
    ] = None

    @property
    def grant_secrets(self) -> tuple[SecretStr, ...]:
        """What a grant may be signed with."""
        other = self.other_grant_secret
        return (self.grant_secret,) if other is None else (self.grant_secret, other)


class KeySettings(BaseSettings):
    """The secret with which API keys are hashed."""

    model_config = CONFIG

    key_pepper: Annotated[SecretStr, Field(min_length=16)]
    other_key_pepper: Annotated[
        SecretStr | None,
        Field(min_length=16, description="Keys hashed with it count too, while one pepper replaces another."),
    ] = None

    @property
    def key_peppers(self) -> tuple[SecretStr, ...]:
        """What a key may be hashed with; the first is what it will be hashed with from its next use on."""
        other = self.other_key_pepper
        return (self.key_pepper,) if other is None else (self.key_pepper, other)
