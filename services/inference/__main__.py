"""`python -m services.inference`: serve one base model."""

from cartridge_web.logs import configure_logging
from cartridge_web.server import serve
from cartridge_web.tracing import configure_tracing
from services.inference.app import create_app
from services.inference.settings import InferenceSettings


def main() -> None:
    configure_logging("inference")
    configure_tracing("inference")
    settings = InferenceSettings()
    app = create_app(settings)
    serve(
        app,
        settings.inference_host,
        settings.inference_port,
        drain_seconds=settings.inference_drain_seconds,
        on_stop=lambda: setattr(app.state, "draining", True),
        linger_seconds=settings.inference_linger_seconds,
    )


if __name__ == "__main__":
    main()
