"""Where documents are kept: a file for each in the data directory, or an object for each in a bucket.

Documents are kept under the SHA-256 of their bytes: nothing is ever replaced, and what was altered is noticed.
"""

import hashlib
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from cleverinvo import folders
from cleverinvo.errors import Damaged, Unavailable
from cleverinvo.settings import Settings

FOLDER: Final = "documents"
TIMEOUT: Final = "10s"
RETRY_TIMEOUT: Final = timedelta(seconds=15)


class Storage(Protocol):
    """Keeps bytes under their hash. All of it blocks: call it on a thread."""

    def keep(self, content: bytes) -> str:
        """Store the bytes for ever; they are durable when this returns. Their SHA-256."""

    def fetch(self, sha256: str) -> bytes:
        """The bytes. Raises Damaged where they are gone or altered, Unavailable where that cannot be told now."""

    def forget(self, sha256: str) -> None:
        """Delete the bytes, which may be gone already; only of what was never anybody's business."""


def choose(settings: Settings) -> Storage:
    """The storage that the settings name."""
    if settings.storage_url:
        return Bucket(settings.storage_url)
    return Disk(settings.data_dir / FOLDER)


class Disk:
    """Files below a folder. A file appears under its name only when all of it is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        sha256 = _digest(content)
        path = self._folder / _key(sha256)
        try:
            if path.exists() and _digest(path.read_bytes()) == sha256:
                folders.sync(path.parent)  # whoever wrote it may not have come so far
                return sha256
            self._write(path, content)
        except OSError as error:
            raise Unavailable(f"The document cannot be stored now: {error.strerror}.") from error
        return sha256

    def fetch(self, sha256: str) -> bytes:
        try:
            content = (self._folder / _key(sha256)).read_bytes()
        except FileNotFoundError:
            raise _missing(sha256) from None
        except OSError as error:
            raise Unavailable(f"The document cannot be read now: {error.strerror}.") from error
        return _verified(content, sha256)

    def forget(self, sha256: str) -> None:
        try:
            (self._folder / _key(sha256)).unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"The document cannot be deleted now: {error.strerror}.") from error

    def _write(self, path: Path, content: bytes) -> None:
        folders.make(path.parent, self._folder.parent)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        folders.sync(path.parent)


class Bucket:
    """Objects in a bucket that speaks S3: `s3://bucket/prefix?endpoint=https://…&region=…`.

    Keys are in the address, `s3://id:secret@bucket`, or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """

    def __init__(self, url: str) -> None:
        from obstore.store import S3Store  # only where it is used: it takes a while to load

        parts = urlsplit(url)
        options: dict[str, Any] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.username:
            options["access_key_id"] = unquote(parts.username)
            options["secret_access_key"] = unquote(parts.password or "")
        is_plain = options.get("endpoint", "").startswith("http://")
        self._store = S3Store(
            parts.hostname or "",
            prefix=parts.path.strip("/") or None,
            client_options={"allow_http": is_plain, "timeout": TIMEOUT, "connect_timeout": TIMEOUT},
            retry_config={"max_retries": 2, "retry_timeout": RETRY_TIMEOUT},
            **options,
        )

    def keep(self, content: bytes) -> str:
        import obstore
        from obstore.exceptions import BaseError

        sha256 = _digest(content)
        try:
            obstore.put(self._store, _key(sha256), content)
        except BaseError as error:
            raise Unavailable("The document cannot be stored now; try again shortly.") from error
        return sha256

    def fetch(self, sha256: str) -> bytes:
        import obstore
        from obstore.exceptions import BaseError

        try:
            content = bytes(obstore.get(self._store, _key(sha256)).bytes())
        except FileNotFoundError:
            raise _missing(sha256) from None
        except BaseError as error:
            raise Unavailable("The document cannot be read now; try again shortly.") from error
        return _verified(content, sha256)

    def forget(self, sha256: str) -> None:
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.delete(self._store, _key(sha256))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise Unavailable("The document cannot be deleted now; try again shortly.") from error


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}.pdf"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _verified(content: bytes, sha256: str) -> bytes:
    found = _digest(content)
    if found != sha256:
        raise Damaged(f"The stored document {sha256} was altered: its bytes have the SHA-256 {found}.")
    return content


def _missing(sha256: str) -> Damaged:
    return Damaged(f"The stored document {sha256} is missing from the storage; restore it from a backup.")
