"""The cartridge file: one safetensors file with a checked header, and nothing executable.

Two tensors, `keys` (after RoPE) and `values`, both `[layers, kv_heads, p, head_dim]`; everything else is the
header, a JSON text under `cartridge` in the safetensors metadata. The file's SHA-256 is its identity.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from cartridge_core.errors import (
    ArtifactDigestError,
    ArtifactNotFiniteError,
    ArtifactShapeError,
    ArtifactUnreadableError,
    ArtifactVersionError,
    ModelMismatchError,
    TokenizerMismatchError,
)
from cartridge_core.models.identity import ModelIdentity
from cartridge_core.models.kv import PrefixKV

FORMAT_VERSION = 1
_METADATA_KEY = "cartridge"
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class CartridgeHeader(BaseModel):
    """What a cartridge is and which model it belongs to."""

    model_config = ConfigDict(frozen=True)

    format_version: int = FORMAT_VERSION
    model: ModelIdentity
    tokens: int = Field(ge=1)
    layers: int = Field(ge=1)
    kv_heads: int = Field(ge=1)
    head_dim: int = Field(ge=1)
    dtype: str
    rope_applied: bool = True
    key_positions: tuple[int, ...]
    next_position: int = Field(ge=0)
    frozen_tokens: int = Field(ge=0)
    corpus_digest: str
    recipe: dict[str, Any]
    evaluation: dict[str, Any] | None = None


@dataclass(frozen=True)
class Cartridge:
    """A cartridge in memory: its header, and keys and values `[layers, kv_heads, p, head_dim]`."""

    header: CartridgeHeader
    keys: Tensor
    values: Tensor

    @property
    def tokens(self) -> int:
        return self.header.tokens

    @property
    def size_bytes(self) -> int:
        """Bytes that keys and values take."""
        return self.keys.nbytes + self.values.nbytes

    def cast(self, dtype: torch.dtype) -> "Cartridge":
        """The same cartridge with keys and values of another dtype: training keeps fp32, serving the model's own."""
        header = self.header.model_copy(update={"dtype": str(dtype).removeprefix("torch.")})
        return Cartridge(header, self.keys.to(dtype), self.values.to(dtype))

    def as_prefix(self, dtype: torch.dtype) -> PrefixKV:
        """The cartridge as the prefix of a forward pass."""
        return PrefixKV(
            self.keys.to(dtype).unbind(0), self.values.to(dtype).unbind(0), self.header.next_position
        )


def write_cartridge(path: Path, cartridge: Cartridge) -> str:
    """Write `cartridge` to `path` atomically; its digest (SHA-256 of the file, hex)."""
    check_tensors(cartridge)
    metadata = {_METADATA_KEY: cartridge.header.model_dump_json()}
    content = save(
        {"keys": cartridge.keys.contiguous(), "values": cartridge.values.contiguous()}, metadata=metadata
    )
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return hashlib.sha256(content).hexdigest()


def read_cartridge(
    path: Path, *, expected_digest: str | None = None, identity: ModelIdentity | None = None
) -> Cartridge:
    """Read the cartridge at `path` after checking all there is to check.

    `expected_digest` is compared with the file's SHA-256; `identity` with the model the cartridge was trained
    for. Raises the subclass of `ArtifactError` that says what differs.
    """
    if expected_digest is not None and (found := file_digest(path)) != expected_digest:
        raise ArtifactDigestError(f"{path.name} has SHA-256 {found}, expected {expected_digest}")
    header = read_header(path)
    if identity is not None:
        check_identity(header, identity)
    try:
        with safe_open(path, framework="pt") as file:
            if set(file.keys()) != {"keys", "values"}:
                raise ArtifactShapeError(
                    f"{path.name} holds the tensors {sorted(file.keys())}, not keys and values"
                )
            cartridge = Cartridge(header, file.get_tensor("keys"), file.get_tensor("values"))
    except SafetensorError as error:
        raise ArtifactUnreadableError(f"{path.name} cannot be read as safetensors: {error}") from error
    check_tensors(cartridge)
    return cartridge


def read_header(path: Path) -> CartridgeHeader:
    """Read and check the header alone."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ArtifactUnreadableError(f"{path.name} cannot be read as safetensors: {error}") from error
    if _METADATA_KEY not in metadata:
        raise ArtifactUnreadableError(f"{path.name} is a safetensors file without a cartridge header")
    try:
        fields = json.loads(metadata[_METADATA_KEY])
        version = fields.get("format_version")
    except (ValueError, AttributeError, RecursionError) as error:
        raise ArtifactUnreadableError(f"{path.name} has a cartridge header that is no JSON object") from error
    if version != FORMAT_VERSION:
        raise ArtifactVersionError(
            f"{path.name} has format version {version}; this release reads {FORMAT_VERSION}"
        )
    try:
        return CartridgeHeader.model_validate(fields)
    except ValidationError as error:
        raise ArtifactUnreadableError(f"{path.name} has an invalid cartridge header: {error}") from error


def check_identity(header: CartridgeHeader, identity: ModelIdentity) -> None:
    """Raise unless the cartridge was trained for the model of `identity`."""
    if header.model.fingerprint != identity.fingerprint:
        raise ModelMismatchError(
            f"the cartridge was trained for {header.model.name} ({header.model.fingerprint[:12]}), "
            f"the model here is {identity.name} ({identity.fingerprint[:12]}); train it for this model"
        )
    if header.model.tokenizer_fingerprint != identity.tokenizer_fingerprint:
        raise TokenizerMismatchError(
            f"the cartridge was trained with another tokenizer or chat template of {identity.name} "
            f"({header.model.tokenizer_fingerprint[:12]}, here {identity.tokenizer_fingerprint[:12]})"
        )


def check_tensors(cartridge: Cartridge) -> None:
    """Raise unless keys and values have the header's shape and dtype and are finite."""
    header = cartridge.header
    shape = (header.layers, header.kv_heads, header.tokens, header.head_dim)
    for name, tensor in (("keys", cartridge.keys), ("values", cartridge.values)):
        if tuple(tensor.shape) != shape or tensor.dtype != _DTYPES.get(header.dtype):
            raise ArtifactShapeError(
                f"{name} are {tensor.dtype} of shape {tuple(tensor.shape)}; "
                f"the header says {header.dtype} of shape {shape}"
            )
        if not torch.isfinite(tensor).all():
            raise ArtifactNotFiniteError(f"{name} hold NaN or infinity")
    if len(header.key_positions) != header.tokens or not 0 <= header.frozen_tokens <= header.tokens:
        raise ArtifactShapeError(
            f"the header states {len(header.key_positions)} key positions and {header.frozen_tokens} frozen tokens "
            f"for {header.tokens} tokens"
        )


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactUnreadableError(f"{path} cannot be read: {error}") from error
