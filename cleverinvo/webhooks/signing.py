"""Signatures of Standard Webhooks 1.0: `v1` is HMAC-SHA256, `v1a` is Ed25519."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Signature = Literal["v1", "v1a"]

KEY_BYTES: Final = 32

_SHARED: Final = "whsec_"
_PRIVATE: Final = "whsk_"
_PUBLIC: Final = "whpk_"


class Key(NamedTuple):
    """What an endpoint's deliveries are signed with, in the standard's spelling."""

    secret: str
    """The shared secret of `v1`, or the private key of `v1a`, which nobody is ever shown."""
    public: str | None
    """The key that verifies `v1a`."""


def make_key(signature: Signature, random: bytes) -> Key:
    """The key that 32 random bytes make."""
    if signature == "v1":
        return Key(_spell(_SHARED, random), None)
    public = Ed25519PrivateKey.from_private_bytes(random).public_key().public_bytes_raw()
    return Key(_spell(_PRIVATE, random), _spell(_PUBLIC, public))


def sign(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: a signature for each secret, the newest first."""
    content = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return " ".join(_sign(secret, content) for secret in secrets)


def _sign(secret: str, content: bytes) -> str:
    prefix, _, key = secret.partition("_")
    decoded = base64.b64decode(key)
    if prefix == "whsec":
        return f"v1,{_base64(hmac.digest(decoded, content, hashlib.sha256))}"
    return f"v1a,{_base64(Ed25519PrivateKey.from_private_bytes(decoded).sign(content))}"


def _spell(prefix: str, key: bytes) -> str:
    return prefix + _base64(key)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
