"""The server's own secret, from which signatures are made; generated once, readable by nobody else."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from cleverinvo import folders
from cleverinvo.settings import Settings

BYTES: Final = 32


def find(settings: Settings) -> bytes:
    """The secret that is set, or the one in the data directory, which is made if it is not there."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = _path(settings)
    if not path.exists():
        keep(settings, secrets.token_hex(BYTES).encode())
    return path.read_bytes()


def keep(settings: Settings, secret: bytes) -> None:
    """Put a secret into the data directory, unless one is there already.

    Two servers that start at once must agree: the first to link its file wins, and the file is whole when seen.
    """
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"secret.{os.getpid()}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(own, path)
    own.unlink()
    folders.sync(path.parent)


def _path(settings: Settings) -> Path:
    return settings.data_dir / "secret"
