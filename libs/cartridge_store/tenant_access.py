"""Access to one tenant's objects: credentials of an hour that the object store itself limits to the tenant's prefix.

They come from the store's security token service (`AssumeRole` with a policy, as MinIO, SeaweedFS and AWS have it), so
that a request which would name another tenant's key is refused by the store, whatever went wrong before. Without
`s3_tenant_credentials` every store of a tenant is the one that all share, and keys' prefixes alone keep tenants apart.
"""

import json
import threading
from collections import OrderedDict

from minio.credentials.providers import AssumeRoleProvider

from cartridge_store.object_keys import tenant_prefix
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import ObjectStoreSettings

_VALID_SECONDS = 3600
# Of tenants that were served last; another one's credentials are a question to the store away.
_MOST = 1000
_ON_OBJECTS = (
    "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
)  # fmt: skip


def tenant_policy(bucket: str, tenant_id: str) -> str:
    """The policy (JSON) of what may be done with the tenant's objects, and with nothing else."""
    prefix = tenant_prefix(tenant_id)
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(_ON_OBJECTS), "Resource": [f"arn:aws:s3:::{bucket}/{prefix}*"]},
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}"],
                "Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}},
            },
        ],
    })  # fmt: skip


class TenantStores:
    """The bucket as each tenant may see it. Safe for threads."""

    def __init__(self, settings: ObjectStoreSettings, shared: ObjectStore) -> None:
        self._settings = settings
        self._shared = shared
        self._stores: OrderedDict[str, ObjectStore] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tenant_id: str) -> ObjectStore:
        """The store of a tenant. Credentials are asked for with its first request, and again when they end."""
        if not self._settings.s3_tenant_credentials:
            return self._shared
        with self._lock:
            store = self._stores.get(tenant_id)
            if store is None:
                store = self._stores[tenant_id] = ObjectStore(self._settings, self._provider(tenant_id))
                if len(self._stores) > _MOST:
                    self._stores.popitem(last=False)
            self._stores.move_to_end(tenant_id)
            return store

    def _provider(self, tenant_id: str) -> AssumeRoleProvider:
        settings = self._settings
        scheme = "https" if settings.s3_secure else "http"
        return AssumeRoleProvider(
            sts_endpoint=settings.s3_sts_url or f"{scheme}://{settings.s3_endpoint}",
            access_key=settings.s3_access_key.get_secret_value(),
            secret_key=settings.s3_secret_key.get_secret_value(),
            duration_seconds=_VALID_SECONDS,
            policy=tenant_policy(settings.s3_bucket, tenant_id),
            region=settings.s3_region,
            role_arn=settings.s3_role_arn,
            role_session_name=tenant_id,
        )
