"""`python -m services.inference.sglang`: this process becomes the SGLang server that the settings describe."""

import os

from cartridge_core.models.config import read_config
from services.inference.settings import ServedSettings
from services.inference.sglang.command import Served, on_cuda, server_command
from services.inference.sglang.cpu_defaults import with_cpu_defaults
from services.inference.sglang.settings import SglangSettings


def main() -> None:
    settings = ServedSettings()
    sglang = SglangSettings()
    directory = sglang.sockets_under(settings.data_dir)
    directory.mkdir(parents=True, exist_ok=True)
    config = read_config(settings.base_model)
    if not on_cuda(sglang):
        sglang = with_cpu_defaults(sglang, config)
    served = Served(
        model_path=settings.base_model.resolve(),
        kv_heads=config.kv_heads,
        page_size=settings.inference_page_size,
        socket_directory=directory,
    )
    command = server_command(sglang, served, os.environ)
    os.execve(command.arguments[0], command.arguments, dict(command.environment))  # noqa: S606 - our own command


if __name__ == "__main__":
    main()
