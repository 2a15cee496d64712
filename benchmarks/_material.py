"""What serving is measured with: made-up corpora of exact lengths, untrained cartridges of them, and model variants.

Cartridges are KV of their corpus's first tokens. What they hold changes no speed, and every engine must treat them as
it treats trained ones.
"""

import json
import random
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from cartridge_core.artifact import Cartridge, write_cartridge
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.prompts import ChatFormat
from cartridge_core.recipe import Initialization, InitializationSettings, Recipe
from cartridge_core.rotation import move_keys
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore

_THINGS = (
    "bridge",
    "mill",
    "tower",
    "harbour",
    "school",
    "library",
    "garden",
    "market",
    "chapel",
    "well",
    "barn",
)
_TOWNS = ("Lund", "Visby", "Falun", "Kalmar", "Skara", "Sala", "Arboga", "Lerum", "Boden", "Nora", "Trosa")
_DEEDS = ("built", "sold", "burned", "painted", "measured", "moved", "rented", "drawn", "opened", "closed")
_PEOPLE = ("brothers", "widows", "masons", "sailors", "farmers", "teachers", "weavers", "clerks", "singers")

# A special token that no answer ever holds: with it as the end of a turn, answers have exactly the length asked for.
_NEVER_SAID = "<empty_output>"


def sentence(words: random.Random) -> str:
    return (
        f"The {words.choice(_THINGS)} of {words.choice(_TOWNS)} was {words.choice(_DEEDS)} in "
        f"{words.randrange(1400, 2000)} by {words.randrange(2, 90)} {words.choice(_PEOPLE)}."
    )


def corpus(chat: ChatFormat, tokens: int, seed: str) -> str:
    """A text that takes exactly `tokens` ids as a system message, other words for every seed."""
    words = random.Random(seed)
    fixed = len(chat.encode_context(""))
    parts = [sentence(words)]
    average = len(chat.encode(" " + parts[0]))
    parts += [sentence(words) for _ in range(max(0, tokens - fixed) // average)]
    while len(chat.encode_context(" ".join(parts))) > tokens:
        parts.pop()
    text = " ".join(parts)
    while (missing := tokens - len(chat.encode_context(text))) > 0:
        text += " and" * missing
    if missing:
        raise ValueError(f"no text of exactly {tokens} tokens was found")
    return text


def questions(count: int, seed: str) -> list[str]:
    """`count` different questions."""
    words = random.Random(seed)
    return [
        f"Question {number}: what is known of the {words.choice(_THINGS)} of {words.choice(_TOWNS)}, and when was it "
        f"{words.choice(_DEEDS)}?"
        for number in range(count)
    ]


def untrained(
    model: Model, text: str, tokens: int, dtype: torch.dtype, *, ends_at: int | None = None
) -> Cartridge:
    """A cartridge of the first `tokens` tokens of `text`, its first one a frozen sink.

    `ends_at`: the position where its prompt is to start; its keys are moved to end there, as if trained at that place.
    """
    recipe = Recipe(
        cartridge_tokens=tokens, initialization=InitializationSettings(kind=Initialization.FIRST_TOKENS)
    )
    made = initialize(model, text, "0" * 64, recipe)
    if ends_at is not None:
        header = made.header
        distance = ends_at - header.next_position
        moved = header.model_copy(
            update={
                "key_positions": tuple(position + distance for position in header.key_positions),
                "next_position": ends_at,
            }
        )
        keys = move_keys(made.keys, distance, model.rope.inverse_frequencies)
        made = replace(made, header=moved, keys=keys)
    return made.cast(dtype)


@dataclass(frozen=True)
class Shelf:
    """Cartridges in real object storage; `directory` is scratch."""

    objects: ObjectStore
    directory: Path

    def put(self, tenant_id: str, cartridge: Cartridge) -> GrantedCartridge:
        path = self.directory / "cartridge.safetensors"
        digest = write_cartridge(path, cartridge)
        key = f"tenants/{tenant_id}/cartridges/{digest}.safetensors"
        self.objects.put_file(key, path)
        return GrantedCartridge(digest=digest, object_key=key, size_bytes=path.stat().st_size)


def model_variant(source: Path, target: Path, dtype: str, *, endless: bool) -> Path:
    """The model of `source` with weights of `dtype`; `endless`: its end of turn is a token that it never says."""
    target.mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix == ".safetensors":
            weights = {name: tensor.to(getattr(torch, dtype)) for name, tensor in load_file(file).items()}
            save_file(weights, target / file.name, metadata={"format": "pt"})
        else:
            shutil.copy(file, target / file.name)
    changes: dict[str, dict[str, object]] = {"config.json": {"dtype": dtype}}
    if endless:
        vocabulary = json.loads((source / "tokenizer.json").read_text())["added_tokens"]
        never = next(token["id"] for token in vocabulary if token["content"] == _NEVER_SAID)
        changes["config.json"]["eos_token_id"] = never
        changes["generation_config.json"] = {"eos_token_id": never}
        changes["tokenizer_config.json"] = {"eos_token": _NEVER_SAID}
    for name, fields in changes.items():
        path = target / name
        if path.is_file():
            path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    return target
