"""A chunk is found again in the document that it was cut from."""

from cartridge_core.chunk_places import places_of
from cartridge_core.chunking import chunk_text
from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_core.models import Model


def _paragraphs(word: str, count: int) -> str:
    return "\n \n".join(f"{word} number {n}   has a few words\nand ends here." for n in range(count))


def test_the_text_of_a_document_from_a_chunks_place_on_begins_as_the_chunk_does(model: Model) -> None:
    documents = (
        DocumentText(name="empty.txt", text=" \n "),
        DocumentText(name="wards.txt", text="\n\n  " + _paragraphs("Ward", 7)),
        DocumentText(
            name="beds.txt", text=_paragraphs("Bed", 5) + "\n\n" + "One long sentence goes on " * 20
        ),
    )
    corpus = CorpusText(documents=documents)
    texts = {document.name: document.text for document in documents}
    chunks = chunk_text(corpus.text, model.chat, 8, 30)
    places = places_of(corpus, chunks)
    assert len(places) == len(chunks) > 8
    assert {place.document for place in places} == {"wards.txt", "beds.txt"}
    for chunk, place in zip(chunks, places, strict=True):
        assert not texts[place.document][place.position].isspace()
        rest = "".join(texts[place.document][place.position :].split())
        begun = "".join(chunk.text.split())
        assert begun.startswith(rest) or rest.startswith(begun)


def test_no_text_has_no_places(model: Model) -> None:
    assert places_of(CorpusText(documents=()), []) == []
