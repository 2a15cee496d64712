"""A tenant's credentials at the object store: good for its own objects, refused by the store for anybody else's."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from cartridge_store.ids import new_id
from cartridge_store.object_keys import tenant_prefix, text_key
from cartridge_store.objects import ObjectStore, ObjectStoreUnavailableError
from cartridge_store.settings import ObjectStoreSettings
from cartridge_store.tenant_access import TenantStores, tenant_policy

from .minio_gateway import minio_gateway

LARGE = b"x" * (17 * 1024**2)


@pytest.fixture(scope="module", params=["seaweedfs", "minio"])
def access(
    request: pytest.FixtureRequest, objects: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectStoreSettings]:
    """Each kind of server that can limit credentials; `objects` has made the first one's bucket."""
    if request.param == "seaweedfs":
        yield ObjectStoreSettings(s3_tenant_credentials=True)
    else:
        with minio_gateway(tmp_path_factory.mktemp("minio")) as settings:
            yield settings


@pytest.fixture(scope="module")
def everybodys(access: ObjectStoreSettings) -> ObjectStore:
    """The bucket as the platform itself sees it."""
    return ObjectStore(access)


@pytest.fixture
def stores(access: ObjectStoreSettings, everybodys: ObjectStore) -> TenantStores:
    return TenantStores(access, everybodys)


@pytest.fixture
def mine() -> str:
    return new_id("ten")


@pytest.fixture
def theirs(everybodys: ObjectStore) -> str:
    """Another tenant, who has an object."""
    tenant_id = new_id("ten")
    _put(everybodys, text_key(tenant_id, "ab"), b"theirs")
    return tenant_id


def _put(store: ObjectStore, key: str, content: bytes = b"mine") -> None:
    store.put_stream(key, BytesIO(content), size=len(content), content_type="text/plain")


def test_a_tenant_does_all_it_needs_with_its_own_objects(stores: TenantStores, mine: str) -> None:
    store, key = stores.of(mine), text_key(mine, "ab")
    assert store.stat(key) is None
    _put(store, key)
    _put(store, text_key(mine, "abc"), LARGE)  # in parts
    assert b"".join(store.open_stream(key)) == b"mine"
    assert store.read_beginning(key, 2) == b"mi"
    assert store.exists(key)
    assert not store.exists(text_key(mine, "a"))
    found = {info.key: info.size_bytes for info in store.list(tenant_prefix(mine))}
    assert found == {key: 4, text_key(mine, "abc"): len(LARGE)}
    store.delete(key)
    store.delete_prefix(tenant_prefix(mine))
    # The gateway keeps the directories of its file system.
    assert [info for info in store.list(tenant_prefix(mine)) if not info.key.endswith("/")] == []


ATTEMPTS: dict[str, Callable[[ObjectStore, str], object]] = {
    "read": lambda store, key: list(store.open_stream(key)),
    "read the beginning": lambda store, key: store.read_beginning(key, 1),
    "overwrite": _put,
    "overwrite in parts": lambda store, key: _put(store, key, LARGE),
    "look": lambda store, key: store.stat(key),
    "delete": lambda store, key: store.delete(key),
    "delete all": lambda store, key: store.delete_prefix(key.rpartition("/")[0]),
    "list": lambda store, key: list(store.list(key.rpartition("/")[0])),
    "list everybody's": lambda store, _: list(store.list("tenants/")),
    "list the bucket": lambda store, _: list(store.list("")),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_store_refuses_another_tenants_objects(
    stores: TenantStores, everybodys: ObjectStore, mine: str, theirs: str, attempt: str
) -> None:
    key = text_key(theirs, "ab")
    with pytest.raises(ObjectStoreUnavailableError, match="AccessDenied"):
        ATTEMPTS[attempt](stores.of(mine), key)
    assert b"".join(everybodys.open_stream(key)) == b"theirs"


def test_a_tenant_whose_id_begins_as_anothers_is_another(stores: TenantStores, theirs: str) -> None:
    with pytest.raises(ObjectStoreUnavailableError, match="AccessDenied"):
        stores.of(theirs[:-1]).read_beginning(text_key(theirs, "ab"), 1)


def test_without_a_token_service_all_share_one_store(objects: ObjectStore, mine: str) -> None:
    assert TenantStores(ObjectStoreSettings(s3_tenant_credentials=False), objects).of(mine) is objects


def test_credentials_are_asked_for_once_an_hour_and_not_with_each_request(
    stores: TenantStores, mine: str
) -> None:
    assert stores.of(mine) is stores.of(mine)


_ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>temporary</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


@pytest.fixture
def token_service() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """What MinIO's token service answers, and what it was asked."""
    asked: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(_ANSWER.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("role", [None, "arn:aws:iam::123456789012:role/cartridges"])
def test_the_token_service_is_asked_as_minio_and_aws_want_it(
    objects: ObjectStore, mine: str, token_service: tuple[str, list[dict[str, list[str]]]], role: str | None
) -> None:
    url, asked = token_service
    settings = ObjectStoreSettings(
        s3_tenant_credentials=True, s3_sts_url=url, s3_role_arn=role, s3_secret_key=SecretStr("s" * 20)
    )
    store = TenantStores(settings, objects).of(mine)
    for _ in range(2):
        with pytest.raises(ObjectStoreUnavailableError):  # a store that does not know such credentials
            store.read_beginning(text_key(mine, "ab"), 1)
    (question,) = asked
    assert question["Action"] == ["AssumeRole"]
    assert question["DurationSeconds"] == ["3600"]
    assert question.get("RoleArn") == (None if role is None else [role])
    assert question["Policy"] == [tenant_policy(settings.s3_bucket, mine)]
    (on_objects, listing) = json.loads(question["Policy"][0])["Statement"]
    assert on_objects["Resource"] == [f"arn:aws:s3:::{settings.s3_bucket}/tenants/{mine}/*"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": [f"tenants/{mine}/*"]}}
