"""Secrets that must be read again, and are therefore kept encrypted instead of hashed."""

import base64
import os
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MARK: Final = "sealed:"
NONCE_BYTES: Final = 12
PURPOSE: Final = b"cleverinvo: secrets at rest"


class BrokenSeal(Exception):
    """What was sealed cannot be opened: it was changed, or the server's secret key is another one now."""


class Confidential(NamedTuple):
    """An answer that holds a secret: where it is stored to be given again, it is stored sealed."""

    noun: Any


class Seal:
    """AES-256-GCM under a key that is derived from the server's own secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret))

    def close(self, text: str, of: str) -> str:
        """Seal a text that belongs to the object `of`: in another one's place it cannot be opened."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), of.encode())
        return MARK + base64.b64encode(nonce + sealed).decode()

    def is_sealed(self, text: str) -> bool:
        return text.startswith(MARK)

    def open(self, sealed: str, of: str) -> str:
        """The text again. Raises BrokenSeal."""
        try:
            content = base64.b64decode(sealed.removeprefix(MARK), validate=True)
            return self._cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], of.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal(
                "A secret cannot be read: the server's secret key is not the one it was sealed with"
            ) from error
