"""What a cartridge is before training: the corpus's KV compacted, KV of some of its tokens, or random vectors."""

import random
from collections.abc import Callable

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge, CartridgeHeader
from cartridge_core.attention_matching import compact, reference_queries
from cartridge_core.chunking import chunk_text, fill_text
from cartridge_core.errors import CorpusTooShortError, InitialCartridgeError
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import Initialization, Recipe
from cartridge_core.recitation import facts_of, recite
from cartridge_core.rotation import move_keys

# Of a corpus longer than the window each part leaves this share of the window to the reference rows behind it.
_ROOM_BEHIND = 1 / 16
# So many such parts are compacted at least, from all over the corpus, and no more than the columns need: what this takes
# stays bounded for any corpus, and what was not read training teaches all the same.
_PARTS_READ = 4


def initialize(
    model: Model,
    corpus_text: str,
    corpus_digest: str,
    recipe: Recipe,
    *,
    between: Callable[[], None] = lambda: None,
) -> Cartridge:
    """An untrained cartridge of `recipe.cartridge_tokens` positions, fp32.

    `between` is called every few seconds and may raise to stop. Raises `CorpusTooShortError` when the text that it
    starts from has fewer tokens.
    """
    kind = recipe.initialization.kind
    if kind is Initialization.ATTENTION_MATCHING:
        return _wrap(model, *_matched(model, corpus_text, recipe, between), corpus_digest, recipe)
    if kind is Initialization.TEXT:
        tokens = _tokens_of(model, recipe.initialization.text or "", recipe.cartridge_tokens)
    elif kind is Initialization.SAMPLED_CHUNKS:
        tokens = _tokens_of(model, _sampled_text(model, corpus_text, recipe), recipe.cartridge_tokens)
    else:
        tokens = _tokens_of(model, corpus_text, recipe.cartridge_tokens)
    prefix = model.prefill(tokens).on(torch.device("cpu"))
    if kind is Initialization.RANDOM:
        prefix = _randomized(prefix, recipe.seed)
    return _wrap(model, prefix, tuple(range(prefix.tokens)), corpus_digest, recipe)


def start_from(previous: Cartridge, corpus_digest: str, recipe: Recipe) -> Cartridge:
    """The keys and values of a trained cartridge as another one's beginning, fp32.

    What it has learned is kept, and only what is new has to be: training goes on instead of starting over. Raises
    `InitialCartridgeError` where it has another number of tokens than the recipe asks for.
    """
    if previous.tokens != recipe.cartridge_tokens:
        raise InitialCartridgeError(
            f"the cartridge to start from has {previous.tokens} tokens, the recipe asks for {recipe.cartridge_tokens}: "
            f"set cartridge_tokens to {previous.tokens}"
        )
    began = previous.cast(torch.float32)
    header = began.header.model_copy(
        update={
            "corpus_digest": corpus_digest,
            "recipe": recipe.model_dump(mode="json"),
            "frozen_tokens": 1 if recipe.initialization.freeze_first_token else 0,
            "evaluation": None,
        }
    )
    return Cartridge(header, began.keys, began.values)


def _matched(
    model: Model, corpus_text: str, recipe: Recipe, between: Callable[[], None]
) -> tuple[PrefixKV, tuple[int, ...]]:
    """The corpus's KV compacted by attention matching, and the position of each column (the median of all heads).

    A corpus longer than the window is compacted part by part, every part with its share of the columns; all parts
    end where the prompt starts, as composed cartridges do. Of a corpus of many parts some are read.
    """
    parts = _parts_within_window(model, corpus_text)
    lengths = [len(model.chat.encode_context(part)) for part in parts]
    read = parts_to_read(lengths, recipe.cartridge_tokens)
    parts, lengths = [parts[index] for index in read], [lengths[index] for index in read]
    # The sink of every part but the first is dropped again: one stands before all.
    available = [length - 1 if index else length for index, length in enumerate(lengths)]
    if sum(available) < recipe.cartridge_tokens:
        raise CorpusTooShortError(
            f"the text gives {sum(available)} tokens, the cartridge has {recipe.cartridge_tokens}: "
            "lower recipe.cartridge_tokens or give more text"
        )
    end = max(lengths)
    keys, values, positions = [], [], []
    for index, (part, length, count) in enumerate(
        zip(parts, lengths, shares(available, recipe.cartridge_tokens), strict=True)
    ):
        between()
        prefix = model.prefill(model.chat.encode_context(part))
        rows = _reference_rows(model, part, recipe)
        queries = reference_queries(model, prefix, rows, between)
        drop = 1 if index else 0
        some_keys, some_values, columns = compact(
            prefix, queries, count + drop, recipe.initialization.ridge, between
        )
        distance = end - length
        keys.append(move_keys(some_keys, distance, model.rope.inverse_frequencies)[:, :, drop:])
        values.append(some_values[:, :, drop:])
        positions += [int(place) + distance for place in columns.flatten(0, 1).median(dim=0).values[drop:]]
    joined = PrefixKV(torch.cat(keys, dim=2).unbind(0), torch.cat(values, dim=2).unbind(0), end)
    return joined.on(torch.device("cpu")), tuple(positions)


def _parts_within_window(model: Model, corpus_text: str) -> list[str]:
    room = int(model.config.context_length * (1 - _ROOM_BEHIND))
    if len(model.chat.encode_context(corpus_text)) <= room:
        return [corpus_text]
    frame = len(model.chat.encode_context(""))
    return fill_text(corpus_text, model.chat, room - frame)


def parts_to_read(lengths: list[int], tokens: int) -> list[int]:
    """Which parts of `lengths` tokens to compact to `tokens` columns: evenly spread, with twice as many tokens where
    the corpus has them."""
    count = _PARTS_READ
    while count < len(lengths):
        chosen = [place * len(lengths) // count for place in range(count)]
        if sum(lengths[index] for index in chosen) >= 2 * tokens:
            return chosen
        count *= 2
    return list(range(len(lengths)))


def shares(available: list[int], tokens: int) -> list[int]:
    """`tokens` columns dealt out in proportion to those `available`, never more of a part than it has."""
    shares = [tokens * columns // sum(available) for columns in available]
    for index, columns in enumerate(available):
        shares[index] += min(columns - shares[index], tokens - sum(shares))
    return shares


def _reference_rows(model: Model, text: str, recipe: Recipe) -> list[Tensor]:
    """Questions about `text` with their answers, as token ids: what will be asked of the cartridge, roughly."""
    settings = recipe.self_study
    chunks = chunk_text(
        text,
        model.chat,
        settings.chunk_min_tokens,
        settings.chunk_max_tokens,
        one_paragraph=settings.one_paragraph,
    )
    facts = [fact for chunk in chunks for fact in facts_of(chunk.index, chunk.text)]
    rng = random.Random(f"{recipe.seed}/reference")
    rng.shuffle(facts)
    recitations = [recite(fact, rng) for fact in facts[: recipe.initialization.reference_rows]]
    turns = [model.chat.encode_turn(r.question, r.answer) for r in recitations]
    # A text without a sentence still has words: its own beginning is then the row.
    return [torch.tensor(asked + answer) for asked, answer in turns] or [
        torch.tensor(model.chat.encode(text)[: settings.chunk_max_tokens])
    ]


def _tokens_of(model: Model, text: str, count: int) -> list[int]:
    """The system message showing the beginning of `text`, in exactly `count` tokens."""
    try:
        tokens = model.chat.encode_context_within(text, count)
    except ValueError as error:
        raise CorpusTooShortError(f"a cartridge of {count} tokens is too small: {error}") from error
    if len(tokens) < count:
        raise CorpusTooShortError(
            f"the text gives {len(tokens)} tokens, the cartridge has {count}: "
            "lower recipe.cartridge_tokens or give more text"
        )
    return tokens


def _sampled_text(model: Model, corpus_text: str, recipe: Recipe) -> str:
    chunks = chunk_text(
        corpus_text, model.chat, recipe.self_study.chunk_min_tokens, recipe.self_study.chunk_max_tokens
    )
    random.Random(f"{recipe.seed}/initialization").shuffle(chunks)
    return "\n\n".join(chunk.text for chunk in chunks)


def _randomized(real: PrefixKV, seed: int) -> PrefixKV:
    """Normal vectors with each layer's own spread; the first position stays real, it is the attention sink."""
    generator = torch.Generator().manual_seed(seed)

    def like(tensor: Tensor) -> Tensor:
        noise = torch.randn(tensor.shape, generator=generator) * tensor.float().std()
        noise[:, 0] = tensor[:, 0].float()
        return noise.to(tensor.dtype)

    return PrefixKV(tuple(map(like, real.keys)), tuple(map(like, real.values)), real.next_position)


def _wrap(
    model: Model, prefix: PrefixKV, positions: tuple[int, ...], corpus_digest: str, recipe: Recipe
) -> Cartridge:
    config = model.config
    header = CartridgeHeader(
        model=model.identity,
        tokens=prefix.tokens,
        layers=config.layers,
        kv_heads=config.kv_heads,
        head_dim=config.head_dim,
        dtype="float32",
        key_positions=positions,
        next_position=prefix.next_position,
        frozen_tokens=1 if recipe.initialization.freeze_first_token else 0,
        corpus_digest=corpus_digest,
        recipe=recipe.model_dump(mode="json"),
    )
    return Cartridge(header, torch.stack(prefix.keys).float(), torch.stack(prefix.values).float())
