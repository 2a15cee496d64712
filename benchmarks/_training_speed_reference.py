"""A training step of the reference's published code, run in a process with the packages that it needs.

`ReferenceLine` is this side; the rest of the file is a script of its own that imports nothing of this project:

    PYTHON benchmarks/_training_speed_reference.py CHECKOUT MODEL_DIRECTORY SCRATCH_DIRECTORY THREADS DTYPE

It uses the reference's own model class, trainable cache and wrapper, and its einsum attention, as its training script
does. Its training function is one loop around logging, data files and evaluation, written for CUDA; the few lines of a
step are therefore said again here: autocast to bf16 (the CPU's; none where it computes in fp32), log-softmax at all
positions, cross-entropy against the top tokens, Adam, and the cache cleared.
"""

import json
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

_MARK = "reference: "
CLONE = "git clone https://github.com/HazyResearch/cartridges && git -C cartridges checkout ff1a3fb"
NEEDS = "python3 -m venv ENV && ENV/bin/pip install torch transformers==4.49.0 pydrantic einops wandb pandas pyarrow tqdm matplotlib"


class ReferenceUnavailableError(Exception):
    """The reference does not run here; the message says why."""


class ReferenceLine:
    """The reference's training step, in a process of its own that waits while others are measured."""

    def __init__(
        self, checkout: Path, *, python: str, model: Path, dtype: torch.dtype, start: torch.Tensor, rate: float,
        scratch: Path, threads: int,
    ) -> None:  # fmt: skip
        """`start`: keys and values `[2, layers, kv_heads, p, head_dim]`. Raises `ReferenceUnavailableError`."""
        self.dtype = dtype
        self._scratch = scratch
        torch.save({"start": start, "rate": torch.tensor(rate)}, scratch / "start.pt")
        arguments = [str(checkout.resolve()), str(model.resolve()), str(scratch.resolve()), str(threads)]
        arguments.append(str(dtype).removeprefix("torch."))
        self._process = subprocess.Popen(  # noqa: S603 - what the caller named
            [python, __file__, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            self._answer()
        except ReferenceUnavailableError:
            self.close()
            raise

    def step(self, padded: Sequence[torch.Tensor]) -> tuple[float, float]:
        """One optimizer step on `padded` rows (see `_training_speed_lines.padded`): its loss, and the seconds it took."""
        found = self._ask("step", padded)
        return float(found["loss"]), float(found["seconds"])

    def gradient(self, padded: Sequence[torch.Tensor]) -> torch.Tensor:
        """As `Line.gradient`."""
        self._ask("gradient", padded)
        found: torch.Tensor = torch.load(self._scratch / "gradient.pt", weights_only=True)
        return found

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()

    def _ask(self, what: str, padded: Sequence[torch.Tensor]) -> dict[str, Any]:
        torch.save(list(padded), self._scratch / "batch.pt")
        assert self._process.stdin is not None
        print(what, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(_MARK):
                found: dict[str, Any] = json.loads(line.removeprefix(_MARK))
                if "error" in found:
                    raise ReferenceUnavailableError(found["error"])
                return found
        raise ReferenceUnavailableError(f"its process ended with status {self._process.wait()}")


def _serve(checkout: str, model_directory: str, scratch: Path, dtype: torch.dtype) -> None:
    import time  # noqa: PLC0415

    sys.path.insert(0, checkout)
    from cartridges.cache import AttnConfig, TrainableCache  # type: ignore[import-not-found] # noqa: PLC0415
    from cartridges.models.llama import LlamaForCausalLM  # type: ignore[import-not-found] # noqa: PLC0415
    from cartridges.train import CacheAndModel  # type: ignore[import-not-found] # noqa: PLC0415

    # Written by a later transformers, whose name for it the reference's does not know.
    rope = json.loads((Path(model_directory) / "config.json").read_text())["rope_parameters"]
    model = LlamaForCausalLM.from_pretrained(model_directory, rope_theta=rope["rope_theta"]).to(dtype)
    model.config._attn_implementation = "einsum"
    model.requires_grad_(False)
    given = torch.load(scratch / "start.pt", weights_only=True)
    keys, values = given["start"].to(dtype)
    layers, heads, tokens, head_dim = keys.shape
    cache = TrainableCache(
        AttnConfig(n_layers=layers, n_heads=heads, head_dim=head_dim), tokens,
        [each[None].clone() for each in keys], [each[None].clone() for each in values], num_frozen_tokens=1,
    )  # fmt: skip
    wrapped = CacheAndModel(cache, model)
    moving = [parameter for parameter in cache.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(moving, lr=float(given["rate"]))

    def backward(
        ids: torch.Tensor, targets: torch.Tensor, probabilities: torch.Tensor, asked: torch.Tensor
    ) -> float:
        with torch.amp.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            logits = wrapped(input_ids=ids).logits
            logprobs = torch.nn.functional.log_softmax(logits, dim=-1)
            each = -(probabilities * logprobs.gather(dim=2, index=targets)).sum(dim=-1)
            loss = (each * asked).sum() / asked.sum()
        loss.backward()
        cache.clear()
        return loss.item()

    _say({"ready": True})
    for line in sys.stdin:
        batch = torch.load(scratch / "batch.pt", weights_only=True)
        started = time.perf_counter()
        loss = backward(*batch)
        if line.strip() == "step":
            optimizer.step()
        else:
            frozen = torch.zeros(layers, heads, 1, head_dim)
            parts = [
                torch.cat((frozen, torch.stack([each.grad[0].float() for each in part])), dim=2)
                for part in (cache.trainable_keys, cache.trainable_values)
            ]
            torch.save(torch.stack(parts), scratch / "gradient.pt")
        optimizer.zero_grad()
        _say({"loss": loss, "seconds": time.perf_counter() - started})


def _say(what: dict[str, Any]) -> None:
    print(_MARK + json.dumps(what), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[4]))
    try:
        _serve(sys.argv[1], sys.argv[2], Path(sys.argv[3]), getattr(torch, sys.argv[5]))
    except Exception as error:  # noqa: BLE001 - told to who asked, whatever it is
        traceback.print_exc()
        _say({"error": f"{type(error).__name__}: {error}"})
