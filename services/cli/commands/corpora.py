"""`cartridges corpus`: corpora and their documents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cartridge_client import Client, Document
from services.cli.connection import connect
from services.cli.console import JsonOption, err, moment, out, print_fields, print_json, print_table, size

app = typer.Typer(no_args_is_help=True, help="Corpora: the documents a cartridge is trained on.")

CorpusId = Annotated[str, typer.Argument(metavar="CORPUS", help="The corpus' id, crp_...")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name for people.")], as_json: JsonOption = False
) -> None:
    """Make an empty corpus."""
    with connect() as client:
        corpus = client.create_corpus(name)
    if as_json:
        print_json(corpus)
    else:
        out.print(corpus.id)


@app.command("list")
def list_corpora(as_json: JsonOption = False) -> None:
    """List the tenant's corpora."""
    with connect() as client:
        found = list(client.every(client.corpora))
    if as_json:
        print_json(found)
    else:
        print_table(
            ("id", "name", "created"),
            ((corpus.id, corpus.name, moment(corpus.created_at)) for corpus in found),
            empty="No corpora yet; `cartridges corpus create NAME` makes one.",
        )


@app.command()
def get(corpus_id: CorpusId, as_json: JsonOption = False) -> None:
    """Show a corpus and its documents."""
    with connect() as client:
        corpus = client.corpus(corpus_id)
        documents = list(client.every(lambda cursor: client.documents(corpus_id, cursor=cursor)))
    if as_json:
        shown = corpus.model_dump(mode="json")
        print_json(shown | {"documents": [document.model_dump(mode="json") for document in documents]})
        return
    print_fields(
        corpus.name,
        (
            ("id", corpus.id),
            ("version", str(corpus.version)),
            ("ready", f"{corpus.documents} documents, {size(corpus.size_bytes)}"),
            ("tokens", "not counted yet" if corpus.tokens is None else f"{corpus.tokens:,}"),
            ("waiting, refused", f"{corpus.pending}, {corpus.failed}"),
            ("created", moment(corpus.created_at)),
        ),
    )
    _print_documents(documents, empty="No documents yet; `cartridges corpus upload` brings some.")


@app.command()
def versions(corpus_id: CorpusId, as_json: JsonOption = False) -> None:
    """Show what a corpus held after each change."""
    with connect() as client:
        found = list(client.every(lambda cursor: client.corpus_versions(corpus_id, cursor=cursor)))
    if as_json:
        print_json(found)
    else:
        print_table(
            ("version", "documents", "size", "created"),
            (
                (str(each.number), str(each.documents), size(each.size_bytes), moment(each.created_at))
                for each in found
            ),
            empty="The corpus is empty and has no version yet.",
        )


@app.command()
def upload(
    corpus_id: CorpusId,
    paths: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            readable=True,
            help="Texts, HTML, PDF, docx, data, source code, zip or tar of such; or folders, with all below them.",
        ),
    ],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let documents of the same names give way.")
    ] = False,
    direct: Annotated[
        bool, typer.Option(help="Send large files straight to the object store where it can be reached.")
    ] = True,
    wait: Annotated[bool, typer.Option(help="Wait until all files are checked.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Upload documents into a corpus. A large file that broke off is gone on with when it is uploaded again."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    refused: list[str] = []
    with connect() as client, Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Uploading", total=None)
        uploaded = client.upload_documents(
            corpus_id,
            paths,
            lambda sent, total: progress.update(task, completed=sent, total=total),
            replace=replace,
            direct=direct,
            on_refused=lambda file, error: refused.append(error.detail or f"{file.name}: {error}"),
        )
        documents = list(uploaded)
        if wait and not all(document.judged for document in uploaded):
            progress.update(task, description="Being checked")
            client.await_documents(corpus_id)
            documents = _as_they_are_now(client, corpus_id, uploaded)
    if as_json:
        print_json(documents)
    else:
        _print_documents(documents, empty="Nothing was uploaded.")
    for reason in refused:
        err.print(f"Not taken: {reason}", markup=False)
    if refused or any(document.status == "failed" for document in documents):
        raise typer.Exit(1)


@app.command()
def delete(corpus_id: CorpusId) -> None:
    """Delete a corpus with its documents."""
    with connect() as client:
        client.delete_corpus(corpus_id)
    out.print(f"Deleted {corpus_id}")


def _as_they_are_now(client: Client, corpus_id: str, uploaded: Sequence[Document]) -> list[Document]:
    """What was uploaded, and what came out of the archives among it."""
    ids = {document.id for document in uploaded}
    every = client.every(lambda cursor: client.documents(corpus_id, cursor=cursor, limit=100))
    return [document for document in every if document.id in ids or document.archive_id in ids]


def _print_documents(documents: Sequence[Document], empty: str) -> None:
    print_table(
        ("id", "document", "type", "size", "status"),
        (
            (
                document.id,
                document.name,
                document.media_type,
                size(document.size_bytes),
                document.status if document.error is None else f"{document.status}: {document.error.detail}",
            )
            for document in documents
        ),
        empty=empty,
    )
