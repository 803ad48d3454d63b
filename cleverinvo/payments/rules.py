"""What a payment is."""

from decimal import Decimal

from cleverinvo.shapes import Noun


class Payment(Noun, frozen=True):
    """Money that came in for an invoice, in the invoice's currency."""

    id: str
    invoice_id: str
    amount: Decimal
    currency: str
    paid_at: str
    method: str | None
    reference: str | None
    note: str | None
    created_at: str
    reversed_at: str | None
