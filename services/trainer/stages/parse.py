"""Stage parse: the corpus's documents, as one `CorpusText`."""

from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.models import Model
from cartridge_core.recipe import Recipe
from services.trainer.extraction import extract_text
from services.trainer.run import Run

OUTPUT = "parsed.json"


def parse(run: Run) -> CorpusText:
    """Read every document of the corpus. Raises `CorpusTooShortError`."""
    corpus = run.objects.restore_json(OUTPUT, CorpusText)
    if corpus is None:
        corpus = CorpusText(documents=tuple(_read_documents(run)))
        run.objects.keep_json(OUTPUT, corpus)
    _check_length(corpus, run.model, run.recipe)
    return corpus


def _read_documents(run: Run) -> list[DocumentText]:
    documents = []
    for document in run.journal.documents():
        run.lease.check()
        content = b"".join(run.objects.store.open_stream(document.object_key))
        text = extract_text(content, document.media_type)
        if text:
            documents.append(DocumentText(name=document.name, text=text))
        else:
            run.journal.log("warning", f"{document.name} holds no text and was left out")
    return documents


def _check_length(corpus: CorpusText, model: Model, recipe: Recipe) -> None:
    tokens = len(model.chat.encode(corpus.text))
    # A cartridge of more tokens than its corpus would cost memory instead of saving it.
    needed = max(recipe.cartridge_tokens, recipe.self_study.chunk_min_tokens)
    if tokens < needed:
        raise CorpusTooShortError(
            f"the corpus holds {tokens} tokens; this recipe needs at least {needed} "
            f"(cartridge_tokens {recipe.cartridge_tokens}, "
            f"self_study.chunk_min_tokens {recipe.self_study.chunk_min_tokens})"
        )
