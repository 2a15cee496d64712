"""Values that name secrets and their keys."""

from deploy.chart.blocks import Name, Values


class DatabaseKeys(Values):
    owner: str = "owner-url"
    """URL of the tables' owner, `postgresql+psycopg://...`, for migrations alone."""
    api: str = "api-url"
    """URL of the api's login, a member of the role cartridges_api."""
    worker: str = "worker-url"
    """URL of the login of trainer and dispatcher, a member of the role cartridges_worker."""


class DatabaseSecret(Values):
    existing: Name = "cartridges-database"
    """Name of the secret."""
    keys: DatabaseKeys = DatabaseKeys()
    """Its keys."""


class UrlKeys(Values):
    url: str = "url"
    """The server's URL, with its password."""


class BrokerSecret(Values):
    existing: Name = "cartridges-broker"
    """Name of the secret."""
    keys: UrlKeys = UrlKeys()
    """Its keys; the URL is `redis://...` or `amqp://...`."""


class LimitsSecret(Values):
    existing: Name = "cartridges-broker"
    """Name of the secret with the Redis that counts requests and tokens by the minute; empty: no such limits."""
    keys: UrlKeys = UrlKeys()
    """Its keys; the URL is `redis://...`."""


class ObjectStoreKeys(Values):
    access_key: str = "access-key"
    """The access key's key."""
    secret_key: str = "secret-key"
    """The secret key's key."""


class ObjectStoreSecret(Values):
    existing: Name = "cartridges-object-store"
    """Name of the secret."""
    keys: ObjectStoreKeys = ObjectStoreKeys()
    """Its keys."""


class PlatformKeys(Values):
    grant_secret: str = "grant-secret"
    """With it the api signs what inference may do: 32 characters or more."""
    key_pepper: str = "key-pepper"
    """With it API keys are hashed: 16 characters or more. Another one makes all keys unknown."""
    other_grant_secret: str = "other-grant-secret"
    """Counts too, where the key is there: while one grant secret replaces another."""
    other_key_pepper: str = "other-key-pepper"
    """Counts too, where the key is there: while one pepper replaces another."""


class PlatformSecret(Values):
    existing: Name = "cartridges-platform"
    """Name of the secret."""
    keys: PlatformKeys = PlatformKeys()
    """Its keys."""


class SignInKeys(Values):
    client_secret: str = "oidc-client-secret"
    """The OpenID client's secret."""


class SignInSecret(Values):
    existing: Name = ""
    """Name of the secret; empty: no OpenID provider, or one whose client has none."""
    keys: SignInKeys = SignInKeys()
    """Its keys."""


class SynthesisKeys(Values):
    key: str = "api-key"
    """The server's API key."""


class SynthesisSecret(Values):
    existing: Name = ""
    """Name of the secret; empty: no such server, or one that asks for no key."""
    keys: SynthesisKeys = SynthesisKeys()
    """Its keys."""


class Secrets(Values):
    database: DatabaseSecret = DatabaseSecret()
    """Postgres."""
    broker: BrokerSecret = BrokerSecret()
    """The queue."""
    limits: LimitsSecret = LimitsSecret()
    """Limits by the minute."""
    object_store: ObjectStoreSecret = ObjectStoreSecret()
    """S3."""
    platform: PlatformSecret = PlatformSecret()
    """The product's own secrets."""
    sign_in: SignInSecret = SignInSecret()
    """The OpenID provider, whose other settings stand in `api.settings`."""
    synthesis: SynthesisSecret = SynthesisSecret()
    """The server that decodes for self-study, `CARTRIDGES_SYNTHESIS_ENDPOINT` in `trainer.settings`."""
