"""Data that several tests of the store publish."""

from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.tables import CartridgeStatus

CARTRIDGE = PublishedCartridge(
    name="c",
    digest="d" * 64,
    object_key="tenants/t/cartridges/d",
    size_bytes=9,
    tokens=4,
    model_fingerprint="f",
    status=CartridgeStatus.READY,
    report={"kv_ratio": 20},
)
