"""What may be asked of an account."""

from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, UnsetType

from cleverinvo import clock
from cleverinvo.accounts.numbering import NumberFormat
from cleverinvo.accounts.rules import Numbering
from cleverinvo.scalars import Address, CountryCode, Currency, Email, Locale, Short
from cleverinvo.shapes import Form, Label


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
    phone: Short | None | UnsetType = UNSET
    electronic_address: Label | None | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    payment_terms_days: Annotated[int, msgspec.Meta(ge=0, le=365)] | UnsetType = UNSET
    numbering: Numbering | UnsetType = UNSET
    number_format: NumberFormat | UnsetType = UNSET
