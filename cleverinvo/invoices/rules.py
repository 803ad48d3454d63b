"""What an invoice is, which status its facts give it, and what may follow what."""

from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, Protocol

import msgspec

from cleverinvo import shapes
from cleverinvo.accounts.rules import Layout
from cleverinvo.errors import Conflict, ErrorBody
from cleverinvo.shapes import Noun

Status = Literal["DRAFT", "SENT", "VIEWED", "PARTIALLY_PAID", "PAID", "OVERDUE", "VOID"]

TaxCategory = Literal["S", "Z", "E", "AE", "K", "G", "O"]
"""EN 16931 (UNCL 5305): standard, zero-rated, exempt, reverse charge, intra-community, export, outside scope."""


class LineItem(Noun, frozen=True, omit_defaults=True):
    """One line. What the request left out stays out, so the guide's request gives the guide's answer."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    """quantity × unitPrice, rounded once, before discounts and tax."""
    unit: str | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    """The line's own discount, whether it was given as an amount or as a rate."""
    tax_rate: Decimal | None = None
    tax_category: TaxCategory | None = None
    tax_amount: Decimal | None = None
    """The line's share of the tax of its rate, after its share of the document's discount."""


class TaxShare(Noun, frozen=True):
    """The tax of one rate and category (EN 16931 BG-23)."""

    tax_rate: Decimal
    tax_category: TaxCategory
    taxable_amount: Decimal
    tax_amount: Decimal


class Invoice(Noun, frozen=True):
    """An invoice. The guide's fields come first, in its order."""

    id: str
    invoice_number: str | None
    client_id: str
    currency: str
    issue_date: str
    due_date: str
    line_items: list[LineItem]
    subtotal: Decimal
    tax_total: Decimal
    discount_total: Decimal
    total: Decimal
    status: Status
    pdf_url: str
    created_at: str
    updated_at: str
    amount_paid: Decimal
    amount_due: Decimal
    tax_breakdown: list[TaxShare]
    discount_rate: Decimal | None
    discount_amount: Decimal | None
    notes: str | None
    terms: str | None
    purchase_order: str | None
    locale: str | None
    external_id: str | None
    metadata: dict[str, str]
    is_overdue: bool
    sent_at: str | None
    viewed_at: str | None
    paid_at: str | None
    voided_at: str | None
    buyer_reference: str | None
    delivery_date: str | None
    tax_exemption_reason: str | None
    pdf_sha256: str | None
    """Of the document as it was sent; null until it is stored, a moment after sending."""
    amount_credited: Decimal
    """What credit notes took back; with what was paid it may be more than the total, and the rest is a refund."""
    revises: str | None
    """The invoice that was credited in full to be billed anew by this one."""
    revised_by: str | None
    fee_for: str | None
    """The invoice that was paid late, where this one bills the fee for that."""
    hosted_url: str | None
    """The public page, for whoever has the address; null before sending and once it was revoked."""


class Party(Noun, frozen=True):
    """A seller or a client as it stands on a document."""

    name: str
    email: str | None
    address: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    country_code: str | None
    tax_id: str | None
    phone: str | None
    electronic_address: str | None
    legal_registration_id: str | None
    contact_name: str | None = None
    buyer_reference: str | None = None


class PaymentDetails(Noun, frozen=True):
    """Where the money is to go."""

    iban: str | None
    bic: str | None
    bank_name: str | None
    upi_id: str | None
    payment_url: str | None


class Branding(Noun, frozen=True):
    """How the seller's documents look."""

    layout: Layout
    accent_color: str
    footer: str | None
    logo_sha256: str | None


class Parties(Noun, frozen=True):
    """Who bills whom, and all else that a document shows beside the invoice. Frozen when it is sent."""

    seller: Party
    client: Party
    payment: PaymentDetails
    branding: Branding
    locale: str


class Facts(Protocol):
    """What an invoice's status follows from; an invoice has them, and so has its row."""

    @property
    def due_date(self) -> str: ...
    @property
    def total(self) -> Any: ...
    @property
    def amount_paid(self) -> Any: ...
    @property
    def amount_credited(self) -> Any: ...
    @property
    def sent_at(self) -> str | None: ...
    @property
    def viewed_at(self) -> str | None: ...
    @property
    def voided_at(self) -> str | None: ...


def status(facts: Facts, today: date) -> Status:
    """The status that the facts give on this day of the account; never stored, so never stale."""
    if facts.voided_at:
        return "VOID"
    if not facts.sent_at:
        return "DRAFT"
    if is_settled(facts):
        return "PAID"
    if is_overdue(facts, today):
        return "OVERDUE"
    if facts.amount_paid > 0:
        return "PARTIALLY_PAID"
    return "VIEWED" if facts.viewed_at else "SENT"


def is_settled(facts: Facts) -> bool:
    """Whether nothing is due, for it was paid or credited."""
    return bool(facts.amount_paid + facts.amount_credited >= facts.total)


def is_overdue(facts: Facts, today: date) -> bool:
    """Whether money is owed after the due date has passed. Due today is not overdue."""
    is_open = bool(facts.sent_at) and not facts.voided_at and not is_settled(facts)
    return is_open and facts.due_date[:10] < today.isoformat()


def due(total: Decimal, paid: Decimal, credited: Decimal) -> Decimal:
    """The open balance. Where more was paid and credited than billed it is nothing, and the rest a refund."""
    return max(total - paid - credited, total - total)


def derived(invoice: Invoice, today: date) -> Invoice:
    """The invoice with all that follows from its facts."""
    return msgspec.structs.replace(
        invoice,
        amount_due=due(invoice.total, invoice.amount_paid, invoice.amount_credited),
        status=status(invoice, today),
        is_overdue=is_overdue(invoice, today),
    )


def record(invoice: Invoice, parties: Parties | None) -> dict[str, Any]:
    """What the ledger keeps of an invoice: all that is fixed once it is sent or void. The rest may follow."""
    return {**shapes.noun_fields(invoice, *_MAY_FOLLOW), "parties": parties}


_MAY_FOLLOW: Final = (
    *("status", "is_overdue", "updated_at", "viewed_at", "paid_at", "metadata", "revised_by"),
    *("amount_paid", "amount_credited", "amount_due"),  # payments and credit notes have entries of their own
    *("pdf_url", "hosted_url", "pdf_sha256"),
)


def refuse_if_frozen(invoice: Invoice) -> None:
    """A sent invoice is a document somebody holds: it is corrected by another document, never rewritten."""
    if invoice.voided_at:
        raise Conflict("A void invoice cannot be changed.")
    if invoice.sent_at:
        raise Conflict(
            "A sent invoice cannot be changed; void it with POST /invoices/{id}/void, "
            "or correct it with a credit note."
        )


class BatchItem(Noun, frozen=True):
    """What became of one invoice of a batch: the invoice, or the error that it alone met."""

    index: int
    status: int
    invoice: Invoice | None
    error: ErrorBody | None


class Batch(Noun, frozen=True):
    """What became of a batch, in the order of its request."""

    data: list[BatchItem]
    created: int
    failed: int
