"""The api's yardstick: FastAPI with one endpoint that asks Postgres for one row, served as the api is.

The same server, the same pool of connections to the same database, an answer of the same model and size; nobody is
asked who they are, no tenant is kept from another, nothing is limited, counted, logged or traced.
"""

import os

from fastapi import FastAPI
from sqlalchemy import text

from cartridge_store.db.engine import make_engine
from cartridge_store.settings import DatabaseSettings
from cartridge_web.logs import configure_logging
from cartridge_web.server import serve
from services.api.corpora.schemas import CorpusOut

_ROW = text("SELECT id, name, version, created_at FROM corpora WHERE id = :corpus_id")


def make_app() -> FastAPI:
    """Its database is the settings': under a login that row-level security does not bind."""
    engine = make_engine(DatabaseSettings())
    app = FastAPI()

    @app.get("/corpora/{corpus_id}")
    def get_corpus(corpus_id: str) -> CorpusOut:
        with engine.connect() as connection:
            row = connection.execute(_ROW, {"corpus_id": corpus_id}).one()
        return CorpusOut(
            id=row.id, name=row.name, version=row.version, created_at=row.created_at,
            documents=0, size_bytes=0, tokens=None, pending=0, failed=0,
        )  # fmt: skip

    return app


def main() -> None:
    configure_logging("bare", "WARNING")
    serve(make_app(), "127.0.0.1", int(os.environ["BARE_PORT"]))


if __name__ == "__main__":
    main()
