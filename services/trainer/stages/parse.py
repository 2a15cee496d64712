"""Stage parse: the corpus's documents, as one `CorpusText`."""

from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.models import Model
from cartridge_core.recipe import Recipe
from cartridge_documents.errors import DocumentError
from cartridge_store.object_keys import PARSED_CORPUS
from services.trainer.extraction.sandbox import Sandbox
from services.trainer.run import AnyRun, Run
from services.trainer.stages.documents import learned_text

OUTPUT = PARSED_CORPUS


def parse(run: Run) -> CorpusText:
    """Read every document of the corpus. Raises `CorpusTooShortError`."""
    corpus = read_corpus(run)
    _check_length(corpus, run.model, run.recipe)
    return corpus


def read_corpus(run: AnyRun) -> CorpusText:
    """Read every document of the corpus, or take what an earlier attempt read."""
    corpus = run.objects.restore_json(OUTPUT, CorpusText)
    if corpus is None:
        corpus = CorpusText(documents=tuple(_read_documents(run)))
        run.objects.keep_json(OUTPUT, corpus)
    return corpus


def _read_documents(run: AnyRun) -> list[DocumentText]:
    """The texts of the version that the job learns. How many tokens each has is noted beside it."""
    texts: list[DocumentText] = []
    counts: list[tuple[str, int]] = []
    path = run.objects.local("document")
    with Sandbox() as sandbox:
        for document in run.journal.documents():
            run.lease.check()
            run.objects.store.get_file(document.object_key, path)
            try:
                text = learned_text(path, document.media_type, sandbox)
            except DocumentError as error:
                run.journal.log("warning", f"{document.name} was left out: {error}")
                continue
            if text:
                texts.append(DocumentText(name=document.name, text=text))
            else:
                run.journal.log("warning", f"{document.name} holds no text and was left out")
            counts.append((document.id, len(run.model.chat.encode(text))))
    path.unlink(missing_ok=True)
    run.journal.note_tokens(counts)
    return texts


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
