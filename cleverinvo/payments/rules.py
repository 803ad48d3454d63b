"""What a payment is."""

from decimal import Decimal
from typing import Literal

from cleverinvo.shapes import Noun

Method = Literal["bank_transfer", "card", "cash", "check", "direct_debit", "online", "other"]


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
