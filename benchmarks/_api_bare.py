"""The api's yardstick: FastAPI with one endpoint that asks Postgres one question, served as the api is."""

import os

from fastapi import FastAPI
from sqlalchemy import text

from cartridge_store.db.engine import make_engine
from cartridge_store.settings import DatabaseSettings
from cartridge_web.logs import configure_logging
from cartridge_web.server import serve


def main() -> None:
    configure_logging("bare", "WARNING")
    engine = make_engine(DatabaseSettings())
    app = FastAPI()

    @app.get("/row")
    def row() -> dict[str, int]:
        with engine.connect() as connection:
            return {"one": connection.execute(text("SELECT 1")).scalar_one()}

    serve(app, "127.0.0.1", int(os.environ["BARE_PORT"]))


if __name__ == "__main__":
    main()
