"""What a payment is."""

from datetime import date
from decimal import Decimal
from typing import Final, Literal

from cleverinvo import clock
from cleverinvo.shapes import Noun

Method = Literal["bank_transfer", "card", "cash", "check", "direct_debit", "online", "other"]


MIDNIGHT: Final = "T00:00:00.000Z"
"""How the moment ends of a payment of which only the day was said."""


class Payment(Noun, frozen=True):
    """Money that came in for an invoice, in the invoice's currency."""

    id: str
    invoice_id: str
    amount: Decimal
    currency: str
    paid_at: str
    method: Method | None
    reference: str | None
    note: str | None
    created_at: str
    reversed_at: str | None
    """Since when the payment does not count: it bounced, went back, or was never there. It stays on file."""


def day_of(paid_at: str, time_zone: str) -> date:
    """The day on which it came in: the one that was said, which is never shifted, or the account's own."""
    is_day = paid_at.endswith(MIDNIGHT)
    return date.fromisoformat(paid_at[:10]) if is_day else clock.day_of(paid_at, time_zone)
