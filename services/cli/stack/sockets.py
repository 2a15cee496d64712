"""Directories for Unix sockets, whose paths may not be long."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Collection
from pathlib import Path

_PATH_LIMIT = 107  # bytes of sockaddr_un.sun_path, less the one that ends it


class SocketDirectoryError(RuntimeError):
    """There is no place for a socket."""

    code = "socket_directory_taken"


def socket_directory(wanted: Path, socket_name: str, owners: Collection[int] = ()) -> Path:
    """`wanted`, made; or one of this use alone under the temporary directory, where the socket's path would be too long.

    Such a one may belong to this user or to the users `owners`. Raises SocketDirectoryError.
    """
    if len(os.fsencode(wanted / socket_name)) <= _PATH_LIMIT:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"cartridges-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), *owners}:
        raise SocketDirectoryError(f"{short} belongs to somebody else; choose a shorter data directory.")
    return short
