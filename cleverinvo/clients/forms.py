"""What may be asked of clients."""

from typing import Literal

from msgspec import UNSET, UnsetType

from cleverinvo.money import Amount
from cleverinvo.paging import Query, Window
from cleverinvo.scalars import (
    Address,
    CountryCode,
    Currency,
    Email,
    ExternalId,
    Locale,
    Metadata,
    MetadataChange,
    Short,
)
from cleverinvo.shapes import Form, Label


class CreateClient(Form, frozen=True):
    """A new client. Only the name is needed; the address fields at the end are what an e-invoice asks for."""

    name: Label
    email: Email | None = None
    address: Address | None = None
    tax_id: Short | None = None
    phone: Short | None = None
    is_active: bool = True
    retainer_amount: Amount | None = None
    currency: Currency | None = None
    locale: Locale | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = {}
    street: Label | None = None
    postal_code: Short | None = None
    city: Label | None = None
    country_code: CountryCode | None = None
    electronic_address: Label | None = None
    legal_registration_id: Short | None = None
    buyer_reference: Short | None = None


class UpdateClient(Form, frozen=True):
    """The fields to change, whether by PUT or PATCH. `null` empties a field that may be empty."""

    name: Label | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    address: Address | None | UnsetType = UNSET
    tax_id: Short | None | UnsetType = UNSET
    phone: Short | None | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    retainer_amount: Amount | None | UnsetType = UNSET
    currency: Currency | None | UnsetType = UNSET
    locale: Locale | None | UnsetType = UNSET
    metadata: MetadataChange | None | UnsetType = UNSET
    street: Label | None | UnsetType = UNSET
    postal_code: Short | None | UnsetType = UNSET
    city: Label | None | UnsetType = UNSET
    country_code: CountryCode | None | UnsetType = UNSET
    electronic_address: Label | None | UnsetType = UNSET
    legal_registration_id: Short | None | UnsetType = UNSET
    buyer_reference: Short | None | UnsetType = UNSET


class ListClients(Window, frozen=True):
    """Which clients to list, newest first unless `sort=createdAt`."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    email: Email | None = None
    is_active: bool | None = None
    external_id: ExternalId | None = None
    q: Query | None = None
