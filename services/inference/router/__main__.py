"""`python -m services.inference.router`: one address before many pods."""

from cartridge_web.logs import configure_logging
from cartridge_web.server import serve
from cartridge_web.tracing import configure_tracing
from services.inference.router.app import create_app
from services.inference.router.settings import RouterSettings


def main() -> None:
    configure_logging("router")
    configure_tracing("router")
    settings = RouterSettings()
    app = create_app(settings)
    serve(
        app,
        settings.router_host,
        settings.router_port,
        drain_seconds=settings.router_drain_seconds,
        on_stop=lambda: setattr(app.state, "draining", True),
        linger_seconds=settings.router_linger_seconds,
    )


if __name__ == "__main__":
    main()
