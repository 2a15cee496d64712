"""Two tenants at one deployment: what one has and asks shows the other nothing, in answers, usage or time."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from pydantic import SecretStr

from cartridge_client import ApiError, ChatCompletion, Client
from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.db.repositories import api_keys, tenants
from cartridge_store.db.tables import CartridgeRow
from cartridge_store.ids import new_id
from cartridge_store.keys import new_key
from cartridge_store.object_keys import cartridge_key
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings
from services.cli.stack.stack import Stack

pytestmark = pytest.mark.slow

QUESTION = [{"role": "user", "content": "How many beds has ward 3?"}]
PATIENCE_SECONDS = 300
PAIRS = 7


@dataclass(frozen=True)
class Tenants:
    """Ann has a corpus with its first cartridge; Bob has a cartridge of his own with the very same bytes."""

    ann: Client
    bob: Client
    anns: str
    bobs: str


@pytest.fixture(scope="module")
def pair(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
    directory = tmp_path_factory.mktemp("apart")
    with (
        Stack(directory / "data", str(smollm2_dir), environment, prefer_usual_ports=False) as stack,
        ExitStack() as clients,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in stack.settings.items():
            patch.setenv(name, value)
        ann = clients.enter_context(Client(stack.api_url, stack.first_key, timeout=300))
        anns = _first_cartridge(ann, directory)
        key, bobs = _same_bytes_for_another(stack, anns)
        bob = clients.enter_context(Client(stack.api_url, key, timeout=300))
        yield Tenants(ann, bob, anns, bobs)


def _first_cartridge(client: Client, directory: Path) -> str:
    path = directory / "wards.txt"
    path.write_text(
        "\n\n".join(f"Ward {n} has {3 * n + 2} beds. It opened in {1950 + n}." for n in range(1, 9))
    )
    corpus = client.create_corpus("wards")
    client.upload_documents(corpus.id, [path])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = client.chat(QUESTION, cartridges=[corpus.id], temperature=0, max_tokens=1)
        except ApiError as error:
            if error.status != 404 or time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return answer.cartridges[0]


def _same_bytes_for_another(stack: Stack, cartridge_id: str) -> tuple[str, str]:
    """A key of another tenant, and the id of its cartridge."""
    engine = make_engine(DatabaseSettings(database_url=stack.settings["CARTRIDGES_DATABASE_URL"]))
    objects, key = (
        ObjectStore(ObjectStoreSettings()),
        new_key(SecretStr(stack.settings["CARTRIDGES_KEY_PEPPER"])),
    )
    with make_session_factory(engine).begin() as session:
        tenant = tenants.create(session, new_id("name"))
        api_keys.create(session, tenant.id, "bob", key)
        row = session.get_one(CartridgeRow, cartridge_id)
        own = {column.name: getattr(row, column.name) for column in CartridgeRow.__table__.columns}
        own |= {
            "id": new_id("ctg"), "tenant_id": tenant.id, "job_id": new_id("job"), "corpus_id": new_id("crp"),
            "object_key": cartridge_key(tenant.id, row.digest),
        }  # fmt: skip
        session.add(CartridgeRow(**own))
        content = b"".join(objects.open_stream(row.object_key))
    path = Path(stack.settings["CARTRIDGES_DATA_DIR"]) / "copied"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    objects.put_file(own["object_key"], path)
    engine.dispose()
    return key.text, own["id"]


def _ask(client: Client, text: str, *cartridges: str) -> ChatCompletion:
    messages = [{"role": "user", "content": text}]
    return client.chat(messages, cartridges=list(cartridges), temperature=0, max_tokens=4)


def _cached(answer: ChatCompletion) -> int:
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    return answer.usage.prompt_tokens_details.cached_tokens


def test_one_tenants_cartridge_is_none_to_another_whoever_has_its_bytes(pair: Tenants) -> None:
    for stranger, cartridge in ((pair.bob, pair.anns), (pair.ann, pair.bobs)):
        with pytest.raises(ApiError) as caught:
            _ask(stranger, "How many beds has ward 3?", cartridge)
        assert caught.value.status == 404
        with pytest.raises(ApiError) as unknown:
            _ask(stranger, "How many beds has ward 3?", new_id("ctg"))
        assert (caught.value.status, caught.value.code) == (unknown.value.status, unknown.value.code)


def test_usage_tells_of_the_own_cartridge_and_not_of_what_others_have_asked(pair: Tenants) -> None:
    tokens = pair.ann.cartridge(pair.anns).tokens
    text = "How many beds has ward 5, and when did it open?"
    before = _ask(pair.bob, text, pair.bobs)
    for _ in range(2):
        _ask(pair.ann, text, pair.anns)
        _ask(pair.ann, text)
    after = _ask(pair.bob, text, pair.bobs)
    assert (before.text, before.usage) == (after.text, after.usage)
    assert _cached(after) == tokens
    assert _cached(_ask(pair.bob, text)) == 0


def test_a_prompt_that_another_tenant_has_just_sent_takes_no_less_time(pair: Tenants) -> None:
    """In pairs, one after the other: a prefix found in a cache would take a tenth of the time of this one."""
    asked: list[float] = []
    fresh: list[float] = []
    for number in range(PAIRS):
        for seconds, sent_before in ((asked, True), (fresh, False)):
            text = f"{number}{sent_before}. " + "The wards of the house, one after the other. " * 60
            if sent_before:
                _ask(pair.ann, text, pair.anns)
            began = time.perf_counter()
            _ask(pair.bob, text, pair.bobs)
            seconds.append(time.perf_counter() - began)
    assert 0.4 < median(asked) / median(fresh) < 2.5, (asked, fresh)
