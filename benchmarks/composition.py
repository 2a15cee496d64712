"""What composing two trained cartridges keeps of each: where they stand, and what becomes of the second sink.

Ways to stand: `end_aligned` is the product's, every cartridge moved to end where the prompt starts;
`overlap_as_trained` moves nothing, the prompt starts at the farther end; `rebased_behind` puts the second behind the
first. Sinks, all end-aligned: the duplicate first column dropped, kept, or replaced by a null column of zeros.

`--parts N` also cuts the generated corpora into N parts with entities of their own, trains a cartridge for each, and
composes the first 2, 4 ... N of them the product's way, beside their concatenated texts in context. With `--beside M`
each of them is trained beside finished cartridges of M further parts, one of them in every other step.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from benchmarks import _quality_systems as systems
from benchmarks._composed_parts import compose_parts, probability
from benchmarks._quality_recipe import add_recipe_options, recipe_of, subject_of
from benchmarks._quality_study import Subject, Workshop, say
from benchmarks.harness import run
from cartridge_core.artifact import Cartridge
from cartridge_core.composition import compose
from cartridge_core.models import Model, PrefixKV, load_model
from cartridge_core.rotation import move_keys
from services.cli.models import get_packaged_model

_PARTS_OF_LAYERS = 3

Pair = tuple[Cartridge, Cartridge]


def _joined(parts: Sequence[tuple[torch.Tensor, torch.Tensor]], start: int, model: Model) -> PrefixKV:
    keys, values = (torch.cat([part[side] for part in parts], dim=2).to(model.dtype) for side in (0, 1))
    return PrefixKV(keys.unbind(0), values.unbind(0), start)


def _moved(cartridge: Cartridge, end: int, model: Model) -> tuple[torch.Tensor, torch.Tensor]:
    """Keys and values of `cartridge` with its keys moved so that it ends at position `end`."""
    distance = end - cartridge.header.next_position
    return move_keys(cartridge.keys, distance, model.rope.inverse_frequencies), cartridge.values


def end_aligned(pair: Pair, model: Model) -> PrefixKV:
    prefix = compose(pair, model.rope.inverse_frequencies, model.dtype)
    assert prefix is not None
    return prefix


def sink_kept(pair: Pair, model: Model) -> PrefixKV:
    end = sum(cartridge.tokens for cartridge in pair)
    return _joined([_moved(cartridge, end, model) for cartridge in pair], end, model)


def sink_null(pair: Pair, model: Model) -> PrefixKV:
    """A zero key scores 0 against every query and a zero value adds nothing."""
    second = pair[1]
    keys, values = second.keys.clone(), second.values.clone()
    keys[:, :, 0] = 0
    values[:, :, 0] = 0
    return sink_kept((pair[0], replace(second, keys=keys, values=values)), model)


def overlap_as_trained(pair: Pair, model: Model) -> PrefixKV:
    end = max(cartridge.header.next_position for cartridge in pair)
    first, second = pair
    return _joined([(first.keys, first.values), (second.keys[:, :, 1:], second.values[:, :, 1:])], end, model)


def rebased_behind(pair: Pair, model: Model) -> PrefixKV:
    end = sum(cartridge.header.next_position for cartridge in pair)
    first, (keys, values) = pair[0], _moved(pair[1], end, model)
    return _joined([(first.keys, first.values), (keys[:, :, 1:], values[:, :, 1:])], end, model)


# Dropping the second sink is what the product does, so that it is `end_aligned` under another name.
WAYS: dict[str, Callable[[Pair, Model], PrefixKV]] = {
    "end_aligned": end_aligned,
    "sink_kept": sink_kept,
    "sink_null": sink_null,
    "overlap_as_trained": overlap_as_trained,
    "rebased_behind": rebased_behind,
}


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Option probability of two cartridges, alone and composed in every way, and of more of them if asked."""
    directory = options.model or get_packaged_model("smollm2-135m", Path(options.models))
    model = load_model(Path(directory))
    workshop = Workshop(model, Path(options.work))
    seed = options.seeds[0]
    subjects = [subject_of(name, seed, options) for name in options.corpora]
    recipe = recipe_of(options, options.tokens[0], options.steps[-1], seed)
    say(
        f"two cartridges of {recipe.training.steps} steps, less what is kept, and {len(WAYS) + 2} scores each"
    )
    trained = [workshop.trained(subject, recipe) for subject in subjects]
    pair = (trained[0].cartridge, trained[1].cartridge)
    none = [probability(model, None, subject.questions) for subject in subjects]
    alone = [
        probability(model, cartridge.as_prefix(model.dtype), subject.questions)
        for cartridge, subject in zip(pair, subjects, strict=True)
    ]
    figures: dict[str, Any] = {}
    for name, way in WAYS.items():
        say(f"composed: {name}")
        prefix = way(pair, model)
        together = [probability(model, prefix, subject.questions) for subject in subjects]
        figures[name] = {
            "option_probability": together,
            "kept": [ours / single for ours, single in zip(together, alone, strict=True)],
            # Of what each cartridge adds to no context: nothing kept is 0, all of it 1.
            "gain_kept": [
                (ours - base) / (single - base) if single > base else None
                for ours, single, base in zip(together, alone, none, strict=True)
            ],
        }
    figures["sink_dropped"] = figures["end_aligned"]
    figures["relevant_ones"] = [
        systems.mean_option_probability(
            model,
            systems.relevant_ones(
                model, pair, subject.questions, systems.readings(model, pair, subject.questions)
            ),
            subject.questions,
        )
        for subject in subjects
    ]
    figures["first_beside_second_in_layers"] = _by_layers(model, pair, subjects[0])
    return {
        "corpora": [subject.name for subject in subjects],
        "questions": [len(subject.questions) for subject in subjects],
        "training_tokens": [each.cost.tokens for each in trained],
        "none": none,
        "alone": alone,
        **figures,
        "parts": compose_parts(
            workshop, options, options.parts, options.entities, seed, beside=options.beside
        )
        if options.parts
        else None,
    }


def in_layers(prefix: PrefixKV, columns: int, layers: range) -> PrefixKV:
    """All columns of `prefix` in `layers`, and its first `columns` alone in the others."""

    def kept(tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        return tuple(
            tensor if layer in layers else tensor[:, :columns] for layer, tensor in enumerate(tensors)
        )

    return PrefixKV(kept(prefix.keys), kept(prefix.values), prefix.next_position)


def _by_layers(model: Model, pair: Pair, subject: Subject) -> dict[str, float]:
    """The first one's option probability where the second stands in a third of the layers alone: where they collide."""
    prefix = end_aligned(pair, model)
    count = len(prefix.keys)
    bounds = [count * part // _PARTS_OF_LAYERS for part in range(_PARTS_OF_LAYERS + 1)]
    found = {}
    for begin, end in pairwise(bounds):
        say(f"composed: in layers {begin} to {end - 1} alone")
        some = in_layers(prefix, pair[0].tokens, range(begin, end))
        found[f"{begin}-{end - 1}"] = probability(model, some, subject.questions)
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    parser.add_argument(
        "--parts", type=int, default=0, help="also compose 2, 4 ... of this many cartridges of cut corpora"
    )
    parser.add_argument(
        "--beside",
        type=int,
        default=0,
        help="of so many further parts cartridges stand beside those in training",
    )
    parser.set_defaults(seeds=[0], tokens=[128])


if __name__ == "__main__":
    run("composition", measure, _options)
