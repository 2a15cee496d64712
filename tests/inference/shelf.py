"""A tenant's cartridges in real object storage."""

from dataclasses import dataclass
from pathlib import Path

from cartridge_core.artifact import write_cartridge
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.recipe import Initialization, InitializationSettings, Recipe
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore

TEXT = (
    "The bridge of Lund was built in 1874 by two brothers. It carries a road across the river to this day. "
    * 4
)
OTHER_TEXT = "In the spring flood of 1951 the river took two of the five arches, and the mill with them. " * 4


@dataclass(frozen=True)
class Shelf:
    tenant_id: str
    objects: ObjectStore
    model: Model
    directory: Path

    def put(self, text: str = TEXT, *, tokens: int = 24) -> GrantedCartridge:
        """An untrained cartridge that starts from the first tokens of `text`."""
        content, digest = self.make(text, tokens=tokens)
        return self.put_bytes(content, digest)

    def make(self, text: str = TEXT, *, tokens: int = 24) -> tuple[bytes, str]:
        """The bytes of such a cartridge, and their digest."""
        recipe = Recipe(
            cartridge_tokens=tokens,
            initialization=InitializationSettings(kind=Initialization.FIRST_TOKENS, freeze_first_token=False),
        )
        path = self.directory / "cartridge.safetensors"
        digest = write_cartridge(path, initialize(self.model, text, "0" * 64, recipe))
        return path.read_bytes(), digest

    def put_bytes(self, content: bytes, digest: str) -> GrantedCartridge:
        """Any bytes where a cartridge of that digest would stand."""
        path = self.directory / "object"
        path.write_bytes(content)
        key = f"tenants/{self.tenant_id}/cartridges/{digest}.safetensors"
        self.objects.put_file(key, path)
        return GrantedCartridge(digest=digest, object_key=key, size_bytes=len(content))
