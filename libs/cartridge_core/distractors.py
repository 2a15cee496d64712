"""Other cartridges beside the one in training, so that it learns to answer in company (arXiv 2606.04557).

A composed prefix moves every cartridge to end where the prompt starts. Attention depends on differences of positions
alone, so in training the one that learns stays where it is and the others are moved to end with it.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.models import Model, PrefixKV
from cartridge_core.rotation import move_keys


@dataclass(frozen=True)
class Distractors:
    """Finished cartridges of the same model, and the share of training steps in which one of them stands beside."""

    cartridges: tuple[Cartridge, ...] = ()
    share: float = 0.0

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all that decides what they do to a training run."""
        digest = hashlib.sha256(str(self.share).encode())
        for cartridge in self.cartridges:
            digest.update(cartridge.header.model_dump_json().encode())
            for tensor in (cartridge.keys, cartridge.values):
                digest.update(tensor.float().contiguous().numpy().tobytes())
        return digest.hexdigest()


NO_DISTRACTORS = Distractors()


class Company:
    """The distractors of one training run, moved to end where its prompts start."""

    def __init__(self, model: Model, distractors: Distractors, end: int, seed: int) -> None:
        self._share = distractors.share if distractors.cartridges else 0.0
        self._seed = seed
        self._columns = [self._placed(model, cartridge, end) for cartridge in distractors.cartridges]

    def join(self, prefix: PrefixKV, step: int) -> PrefixKV:
        """`prefix` as it is, or with a distractor behind its columns: decided by the seed and `step` alone."""
        rng = random.Random(f"{self._seed}/company/{step}")
        if rng.random() >= self._share:
            return prefix
        keys, values = rng.choice(self._columns)
        return PrefixKV(
            tuple(_beside(prefix.keys, keys)), tuple(_beside(prefix.values, values)), prefix.next_position
        )

    @staticmethod
    def _placed(model: Model, cartridge: Cartridge, end: int) -> tuple[Tensor, Tensor]:
        """Keys and values `[layers, kv_heads, n, head_dim]` without the frozen sink, which stands once."""
        header = cartridge.header
        sink = 1 if header.frozen_tokens else 0
        distance = end - header.next_position
        keys = move_keys(cartridge.keys[:, :, sink:], distance, model.rope.inverse_frequencies)
        return keys.to(model.dtype), cartridge.values[:, :, sink:].to(model.dtype)


def _beside(own: Sequence[Tensor], other: Tensor) -> list[Tensor]:
    return [torch.cat((mine, theirs.to(mine.device)), dim=1) for mine, theirs in zip(own, other, strict=True)]
