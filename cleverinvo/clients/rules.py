"""What a client is."""

from decimal import Decimal

from cleverinvo.errors import Fault, Invalid
from cleverinvo.scalars import METADATA_PAIRS_MAX
from cleverinvo.shapes import Noun


class Client(Noun, frozen=True):
    """Somebody we bill. The guide's fields come first, in its order."""

    id: str
    name: str
    email: str | None
    address: str | None
    tax_id: str | None
    phone: str | None
    is_active: bool
    created_at: str
    updated_at: str
    retainer_amount: Decimal | None
    currency: str | None
    locale: str | None
    external_id: str | None
    metadata: dict[str, str]
    street: str | None
    postal_code: str | None
    city: str | None
    country_code: str | None
    electronic_address: str | None
    legal_registration_id: str | None
    buyer_reference: str | None


def merge_metadata(before: dict[str, str], change: dict[str, str | None] | None) -> dict[str, str]:
    """Pairs that were sent replace their namesakes, null removes one, and null for the whole removes all."""
    if change is None:
        return {}
    merged = {key: value for key, value in {**before, **change}.items() if value is not None}
    if len(merged) > METADATA_PAIRS_MAX:
        raise Invalid([Fault("metadata", f"At most {METADATA_PAIRS_MAX} pairs")])
    return merged
