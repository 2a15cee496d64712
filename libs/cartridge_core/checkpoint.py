"""Training checkpoints: safetensors with everything that decides the rest of the curve."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row
from cartridge_core.early_stopping import ValidationPoint
from cartridge_core.errors import CheckpointError
from cartridge_core.recipe import Recipe


class CheckpointState(BaseModel):
    """Where a run stands: optimizer steps done, tokens and seconds so far, the loss of each step.

    `warm_share`: the share of the run's limits that was used up when its warm-up ended. `validation`: the losses on
    validation conversations so far, by which it stops.
    """

    model_config = ConfigDict(frozen=True)

    run_fingerprint: str
    step: int
    tokens: int
    seconds: float
    losses: tuple[float, ...]
    warm_share: float | None = None
    validation: tuple[ValidationPoint, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    state: CheckpointState
    tensors: dict[str, Tensor]


def fingerprint_run(
    recipe: Recipe,
    rows: Sequence[Row],
    validation_rows: Sequence[Row],
    initial: Cartridge,
    distractors: str,
) -> str:
    """SHA-256 of all that a run is made from: a checkpoint of another run must not be continued."""
    digest = hashlib.sha256(f"{recipe.model_dump_json()}{distractors}{len(rows)}".encode())
    for row in (*rows, *validation_rows):
        digest.update(row.tokens.numpy().tobytes())
        digest.update(row.targets.probabilities.numpy().tobytes())
    for tensor in (initial.keys, initial.values):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically."""
    partial = path.with_name(f".{path.name}.partial")
    save_file(
        {name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()},
        partial,
        metadata={"state": checkpoint.state.model_dump_json()},
    )
    partial.replace(path)


def read_checkpoint(path: Path, run_fingerprint: str) -> Checkpoint:
    """Read a checkpoint of the run named; `CheckpointError` when damaged or of another run."""
    try:
        with safe_open(path, framework="pt") as file:
            state = CheckpointState.model_validate(json.loads((file.metadata() or {})["state"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError, KeyError, ValueError, ValidationError, RecursionError) as error:
        raise CheckpointError(f"checkpoint {path.name} is damaged: {error}") from error
    if state.run_fingerprint != run_fingerprint:
        raise CheckpointError(f"checkpoint {path.name} belongs to another run (recipe, data or start differ)")
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise CheckpointError(f"checkpoint {path.name} holds values that are not finite")
    return Checkpoint(state, tensors)
