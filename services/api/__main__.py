"""`python -m services.api`: serve the public API."""

from cartridge_web.logs import configure_logging
from cartridge_web.server import serve
from cartridge_web.tracing import configure_tracing
from services.api.app import create_app
from services.api.settings import ApiSettings


def main() -> None:
    configure_logging("api")
    configure_tracing("api")
    settings = ApiSettings()
    serve(
        create_app(settings), settings.api_host, settings.api_port, drain_seconds=settings.api_drain_seconds
    )


if __name__ == "__main__":
    main()
