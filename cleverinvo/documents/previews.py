"""What a form comes to before anything is stored."""

from decimal import Decimal

from cleverinvo.documents.einvoice.compliance import Compliance
from cleverinvo.invoices.rules import LineItem, TaxShare
from cleverinvo.shapes import Noun


class Preview(Noun, frozen=True):
    """An invoice that has no id and no number yet, and whether it could be an e-invoice."""

    client_id: str
    currency: str
    issue_date: str
    due_date: str
    line_items: list[LineItem]
    subtotal: Decimal
    tax_total: Decimal
    discount_total: Decimal
    total: Decimal
    tax_breakdown: list[TaxShare]
    discount_rate: Decimal | None
    discount_amount: Decimal | None
    notes: str | None
    terms: str | None
    purchase_order: str | None
    buyer_reference: str | None
    delivery_date: str | None
    tax_exemption_reason: str | None
    locale: str | None
    external_id: str | None
    metadata: dict[str, str]
    compliance: Compliance
