"""What an account is, and what an API key looks like."""

import hashlib
import string
import zlib
from typing import Final, Literal, NamedTuple

from cleverinvo.shapes import Noun

Tier = Literal["free", "business"]
TIERS_WITH_API: Final = frozenset({"business"})

Numbering = Literal["onCreate", "onSend"]
Layout = Literal["modern", "classic", "compact"]
Scope = Literal["full", "read"]


class Account(Noun, frozen=True):
    """Who bills: the seller on every document, and the defaults of new ones."""

    id: str
    name: str
    email: str
    tier: Tier
    address: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    country_code: str | None
    tax_id: str | None
    legal_registration_id: str | None
    phone: str | None
    contact_name: str | None
    electronic_address: str | None
    iban: str | None
    bic: str | None
    bank_name: str | None
    upi_id: str | None
    payment_url: str | None
    layout: Layout
    accent_color: str
    footer: str | None
    logo_sha256: str | None
    require_e_invoice: bool
    """Whether an invoice that cannot be an e-invoice may not be sent."""
    currency: str
    locale: str
    time_zone: str
    payment_terms_days: int
    hosted_page_days: int
    """How long an invoice's public page can be opened after it was due or paid."""
    numbering: Numbering
    number_format: str
    created_at: str
    updated_at: str


class Logo(NamedTuple):
    """An image that was made safe to print: see logo.py."""

    sha256: str
    media_type: str
    width: int
    height: int
    content: bytes


class ApiKey(Noun, frozen=True):
    """A key as it may be shown again: never the key itself."""

    id: str
    name: str
    prefix: str
    last4: str
    scope: Scope
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class NewApiKey(Noun, frozen=True):
    """A key at the only moment when it is known."""

    key: ApiKey
    secret: str


PREFIX: Final = "ci_live_"
SECRET_LENGTH: Final = 30
CHECKSUM_LENGTH: Final = 6
BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase


def write_key(secret: str) -> str:
    """The key for 30 random base62 characters: `ci_live_`, the characters, and their checksum."""
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_well_formed(key: str) -> bool:
    """Whether this can be a key at all: a mistyped one is told apart without asking the database."""
    secret, checksum = key[len(PREFIX) : -CHECKSUM_LENGTH], key[-CHECKSUM_LENGTH:]
    return (
        key.startswith(PREFIX)
        and len(secret) == SECRET_LENGTH
        and secret.isascii()
        and checksum == _checksum(secret)
    )


def digest(key: str) -> str:
    """What is stored of a key. SHA-256 suffices: 178 random bits cannot be guessed from it."""
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(secret: str) -> str:
    number, characters = zlib.crc32(secret.encode()), []
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(BASE62))
        characters.append(BASE62[digit])
    return "".join(reversed(characters))
