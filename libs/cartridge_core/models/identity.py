"""Which model a cartridge belongs to: fingerprints of configuration, weights and tokenizer."""

import hashlib
import json
import struct
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cartridge_core.errors import ModelNotFoundError

# Enough of every tensor to tell two sets of weights apart without reading gigabytes at each start.
SAMPLED_BYTES = 4096
_IGNORED_CONFIG = ("_name_or_path", "transformers_version", "dtype", "torch_dtype", "use_cache")
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


class ModelIdentity(BaseModel):
    """Name and fingerprints (SHA-256, hex) of a base model and its tokenizer."""

    model_config = ConfigDict(frozen=True)

    name: str
    fingerprint: str
    tokenizer_fingerprint: str


def identify(directory: Path, name: str) -> ModelIdentity:
    """Fingerprint the model in `directory`: configuration, and of each tensor its header and first bytes."""
    digest = hashlib.sha256()
    config = json.loads((directory / "config.json").read_text())
    kept = {key: value for key, value in config.items() if key not in _IGNORED_CONFIG}
    digest.update(json.dumps(kept, sort_keys=True).encode())
    for path in weight_files(directory):
        _digest_tensors(path, digest)
    tokenizer = hashlib.sha256()
    for file in _TOKENIZER_FILES:
        path = directory / file
        content = path.read_bytes() if path.is_file() else b""
        tokenizer.update(struct.pack("<Q", len(content)) + content)
    return ModelIdentity(
        name=name, fingerprint=digest.hexdigest(), tokenizer_fingerprint=tokenizer.hexdigest()
    )


def weight_files(directory: Path) -> list[Path]:
    """The safetensors files of a model, in order; `ModelNotFoundError` when there are none."""
    files = sorted(directory.glob("*.safetensors"))
    if not files:
        raise ModelNotFoundError(f"no safetensors weights in {directory}; other weight formats are not read")
    return files


def _digest_tensors(path: Path, digest: "hashlib._Hash") -> None:
    with path.open("rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_bytes))
        header.pop("__metadata__", None)
        for name in sorted(header):
            begin, end = header[name]["data_offsets"]
            file.seek(8 + header_bytes + begin)
            digest.update(json.dumps([name, header[name]["dtype"], header[name]["shape"]]).encode())
            digest.update(file.read(min(SAMPLED_BYTES, end - begin)))
