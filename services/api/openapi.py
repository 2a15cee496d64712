"""`python -m services.api.openapi`: print the OpenAPI document. It needs no settings and no running part."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.api.app import create_app
from services.api.settings import ApiSettings

_SECRET = SecretStr("0" * 32)


def openapi_document() -> dict[str, Any]:
    """The document of an api that has not been started; it is the same whatever the settings are."""
    settings = ApiSettings(
        database_url="postgresql+psycopg://nobody@127.0.0.1/nothing",
        s3_endpoint="127.0.0.1:9",
        s3_access_key=_SECRET,
        s3_secret_key=_SECRET,
        inference_url="http://127.0.0.1:9",
        base_model=Path("model"),
        grant_secret=_SECRET,
        key_pepper=_SECRET,
    )
    document: dict[str, Any] = create_app(settings).openapi()
    return document


def main() -> None:
    # What an api without Redis or a built dashboard warns of is not the document's.
    with redirect_stdout(sys.stderr):
        document = openapi_document()
    json.dump(document, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
