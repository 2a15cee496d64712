"""Where in the corpus's documents its chunks stand."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from cartridge_core.chunking import Chunk
from cartridge_core.corpus import CorpusText


@dataclass(frozen=True)
class ChunkPlace:
    """The document in which a chunk begins, and how many characters of that document come before it."""

    document: str
    position: int


def places_of(corpus: CorpusText, chunks: Sequence[Chunk]) -> list[ChunkPlace]:
    """The place of each chunk of `corpus.text`, in order.

    Cutting changes white space and nothing else, so characters that are no white space are counted: as many come
    before a chunk in the documents as in the chunks before it. (A word longer than a whole chunk is cut at tokens,
    which may differ from it by a character or two; what follows is then off by as many.)
    """
    documents = [document for document in corpus.documents if document.text.strip()]
    if not documents:
        return []
    inked = [_inked_positions(document.text) for document in documents]
    begins = [0, *accumulate(len(positions) for positions in inked)]
    before_chunks = [0, *accumulate(len("".join(chunk.text.split())) for chunk in chunks)]
    places = []
    for count in before_chunks[: len(chunks)]:
        index = min(bisect_right(begins, count) - 1, len(documents) - 1)
        positions = inked[index]
        within = min(count - begins[index], len(positions) - 1)
        places.append(ChunkPlace(documents[index].name, positions[within]))
    return places


def _inked_positions(text: str) -> list[int]:
    """The positions of all characters that are no white space."""
    return [position for position, character in enumerate(text) if not character.isspace()]
