"""`cartridges corpus`: corpora and their documents."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

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
    print_fields(corpus.name, (("id", corpus.id), ("created", moment(corpus.created_at))))
    print_table(
        ("id", "document", "type", "size"),
        (
            (document.id, document.name, document.media_type, size(document.size_bytes))
            for document in documents
        ),
        empty="No documents yet; `cartridges corpus upload` brings some.",
    )


@app.command()
def upload(
    corpus_id: CorpusId,
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Text, Markdown or HTML files."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Upload documents into a corpus."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    total = sum(file.stat().st_size for file in files)
    with connect() as client, Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Uploading", total=total)
        documents = client.upload_documents(
            corpus_id, files, lambda sent, _: progress.update(task, completed=sent)
        )
    if as_json:
        print_json(documents)
    else:
        print_table(
            ("id", "document", "type", "size"),
            (
                (document.id, document.name, document.media_type, size(document.size_bytes))
                for document in documents
            ),
            empty="Nothing was uploaded.",
        )


@app.command()
def delete(corpus_id: CorpusId) -> None:
    """Delete a corpus with its documents."""
    with connect() as client:
        client.delete_corpus(corpus_id)
    out.print(f"Deleted {corpus_id}")
