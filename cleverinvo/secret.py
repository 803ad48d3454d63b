"""The server's own secret, from which signatures are made; generated once, readable by nobody else."""

import contextlib
import os
import secrets
from typing import Final

from cleverinvo.settings import Settings

BYTES: Final = 32


def find(settings: Settings) -> bytes:
    """The secret that is set, or the one in the data directory, which is made if it is not there."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir / "secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two servers that start at once must agree: the first to link its file wins, and it is whole when seen.
    if not path.exists():
        own = path.with_name(f"secret.{os.getpid()}")
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text().encode()
