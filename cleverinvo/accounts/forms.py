"""What may be asked of an account."""

from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, UnsetType

from cleverinvo import clock
from cleverinvo.accounts.numbering import NumberFormat
from cleverinvo.accounts.rules import Layout, Numbering
from cleverinvo.scalars import Address, CountryCode, Currency, Email, Locale, Short
from cleverinvo.shapes import Form, Label, Pattern, Text


class TimeZone(Label):
    """A name of the IANA time zone database."""

    MAX = 64

    @classmethod
    def read(cls, raw: object) -> Self:
        label = super().read(raw)
        if not clock.is_time_zone(label):
            raise ValueError("Expected a time zone such as Europe/Berlin")
        return label

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "enum": clock.time_zones()}


class Iban(Pattern):
    """An international bank account number, kept without its spaces."""

    MAX = 42
    PATTERN = "[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,38}"
    SENTENCE = "Expected an IBAN such as DE02 1203 0000 0000 2020 51"
    MODULUS = 97  # ISO 13616: the letters as numbers, country and check digits last, leave a remainder of 1

    @classmethod
    def read(cls, raw: object) -> Self:
        iban = super().read(raw).replace(" ", "")
        number = "".join(str(int(character, 36)) for character in iban[4:] + iban[:4])
        if int(number) % cls.MODULUS != 1:
            raise ValueError("Its check digits do not fit; is there a typing mistake?")
        return cls(iban)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {**super().schema(), "examples": ["DE02120300000000202051"]}


class Bic(Pattern):
    """A bank's identifier code (ISO 9362)."""

    MAX = 11
    PATTERN = "[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"
    SENTENCE = "Expected a BIC such as BYLADEM1001"


class UpiId(Pattern):
    """A virtual payment address of India's UPI."""

    MAX = 255
    PATTERN = "[A-Za-z0-9._-]{2,200}@[A-Za-z0-9.-]{2,50}"
    SENTENCE = "Expected a UPI ID such as studio@okbank"


class PaymentUrl(Pattern):
    """A page where people can pay; `{number}` stands for the invoice's number."""

    MAX = 500
    PATTERN = "https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?"
    SENTENCE = "Expected an address such as https://pay.example.com/{number}"


class Color(Pattern):
    MAX = 7
    PATTERN = "#[0-9a-fA-F]{6}"
    SENTENCE = "Expected a colour such as #0d5c46"


class Footer(Text):
    """What stands at the foot of every page, over at most a few short lines."""

    MAX = 300


class UpdateAccount(Form, frozen=True):
    """The fields to change. `null` empties a field that may be empty."""

    name: Label | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    address: Address | None | UnsetType = UNSET
    street: Label | None | UnsetType = UNSET
    postal_code: Short | None | UnsetType = UNSET
    city: Label | None | UnsetType = UNSET
    country_code: CountryCode | None | UnsetType = UNSET
    tax_id: Short | None | UnsetType = UNSET
    legal_registration_id: Short | None | UnsetType = UNSET
    phone: Short | None | UnsetType = UNSET
    contact_name: Label | None | UnsetType = UNSET
    electronic_address: Label | None | UnsetType = UNSET
    iban: Iban | None | UnsetType = UNSET
    bic: Bic | None | UnsetType = UNSET
    bank_name: Label | None | UnsetType = UNSET
    upi_id: UpiId | None | UnsetType = UNSET
    payment_url: PaymentUrl | None | UnsetType = UNSET
    layout: Layout | UnsetType = UNSET
    accent_color: Color | UnsetType = UNSET
    footer: Footer | None | UnsetType = UNSET
    require_e_invoice: bool | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    payment_terms_days: Annotated[int, msgspec.Meta(ge=0, le=365)] | UnsetType = UNSET
    hosted_page_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | UnsetType = UNSET
    numbering: Numbering | UnsetType = UNSET
    number_format: NumberFormat | UnsetType = UNSET
