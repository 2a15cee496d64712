"""Which API and which key a command talks with: the environment's, or the local stack's own."""

import os

from cartridge_client import Client
from services.cli.stack.paths import DataPaths, default_data_dir

URL_VARIABLE = "CARTRIDGES_API_URL"
KEY_VARIABLE = "CARTRIDGES_API_KEY"


class NoConnectionSettingsError(RuntimeError):
    """Neither the environment nor a local stack says where the API is, or with which key."""

    code = "no_connection_settings"


def connect(timeout: float = 300.0) -> Client:
    """A client for CARTRIDGES_API_URL and CARTRIDGES_API_KEY, each defaulting to the local stack's.

    The local key is sent to the local stack alone, never to a URL of the environment.
    Raises NoConnectionSettingsError.
    """
    url, key = os.environ.get(URL_VARIABLE), os.environ.get(KEY_VARIABLE)
    paths = DataPaths(default_data_dir())
    if url is None:
        url = _local_url(paths)
        if key is None:
            key = _local_key(paths)
    if key is None:
        raise NoConnectionSettingsError(
            f"{URL_VARIABLE} is set, so {KEY_VARIABLE} must hold a key for the API there."
        )
    return Client(url, key, timeout)


def _local_url(paths: DataPaths) -> str:
    from services.cli.stack.state import running_state

    state = running_state(paths.root)
    if state is None or state.api_url is None:
        raise NoConnectionSettingsError(
            f"No stack runs with the data directory {paths.root}: start it with `cartridges up`, "
            f"or set {URL_VARIABLE} and {KEY_VARIABLE}."
        )
    return state.api_url


def _local_key(paths: DataPaths) -> str:
    try:
        return paths.first_key_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoConnectionSettingsError(
            f"{paths.first_key_file} cannot be read ({error.strerror}); set {KEY_VARIABLE}, "
            "or make a key with `cartridges key create --tenant NAME`."
        ) from error
