"""What is asked of the reference, and what it answers."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Final, Literal
from uuid import uuid4

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic.alias_generators import to_camel

from bench.reference_orm.tables import Account, Invoice, Payment

CENT: Final = Decimal("0.01")

Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Price = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=8)]
Quantity = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]
Rate = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Line(Shape):
    model_config = ConfigDict(extra="forbid")
    description: Description
    quantity: Quantity
    unit_price: Price
    tax_rate: Rate = Decimal(0)


class CreateInvoice(Shape):
    model_config = ConfigDict(extra="forbid")
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    currency: Currency = "USD"
    issue_date: date
    due_date: date
    line_items: Annotated[list[Line], Field(min_length=1, max_length=500)]
    notes: Annotated[str, StringConstraints(max_length=10_000)] | None = None
    terms: Annotated[str, StringConstraints(max_length=10_000)] | None = None


class PricedLine(Shape):
    description: str
    quantity: Number
    unit_price: Number
    tax_rate: Number
    amount: Number
    tax_amount: Number


class InvoiceOut(Shape):
    id: str
    invoice_number: str
    client_id: str
    currency: str
    issue_date: date
    due_date: date
    line_items: list[PricedLine]
    subtotal: Number
    tax_total: Number
    discount_total: Number
    total: Number
    status: str
    pdf_url: str
    notes: str | None
    terms: str | None
    created_at: datetime
    amount_paid: Number
    amount_due: Number
    sent_at: datetime | None
    paid_at: datetime | None


class ChangeInvoice(Shape):
    model_config = ConfigDict(extra="forbid")
    status: Literal["SENT"]


class RecordPayment(Shape):
    model_config = ConfigDict(extra="forbid")
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
    method: Literal["bank_transfer", "card", "cash"] | None = None
    reference: Annotated[str, StringConstraints(max_length=200)] | None = None


class PaymentOut(Shape):
    model_config = ConfigDict(from_attributes=True)
    id: str
    invoice_id: str
    amount: Number
    currency: str
    paid_at: datetime
    method: str | None
    reference: str | None
    created_at: datetime


def payment_of(invoice: Invoice, data: RecordPayment, cents: int) -> Payment:
    now = datetime.now(UTC)
    return Payment(
        id=f"pay_{uuid4().hex}",
        account_id=invoice.account_id,
        invoice_id=invoice.id,
        amount_cents=cents,
        currency=invoice.currency,
        method=data.method,
        reference=data.reference,
        paid_at=now,
        created_at=now,
    )


def invoice_of(account: Account, data: CreateInvoice) -> Invoice:
    lines = [_priced(line) for line in data.line_items]
    subtotal, tax_total = sum(line.amount for line in lines), sum(line.tax_amount for line in lines)
    return Invoice(
        id=f"inv_{uuid4().hex}",
        account_id=account.id,
        client_id=data.client_id,
        number=f"INV-{account.last_number:04}",
        currency=data.currency,
        issue_date=data.issue_date,
        due_date=data.due_date,
        line_items=[line.model_dump(mode="json", by_alias=True) for line in lines],
        subtotal_cents=int(subtotal * 100),
        tax_total_cents=int(tax_total * 100),
        total_cents=int((subtotal + tax_total) * 100),
        status="DRAFT",
        amount_paid_cents=0,
        notes=data.notes,
        terms=data.terms,
        created_at=datetime.now(UTC),
    )


def _priced(line: Line) -> PricedLine:
    amount = (line.quantity * line.unit_price).quantize(CENT, ROUND_HALF_UP)
    tax_amount = (amount * line.tax_rate / 100).quantize(CENT, ROUND_HALF_UP)
    return PricedLine(**line.model_dump(), amount=amount, tax_amount=tax_amount)


def answer_of(invoice: Invoice) -> InvoiceOut:
    return InvoiceOut(
        id=invoice.id,
        invoice_number=invoice.number,
        client_id=invoice.client_id,
        currency=invoice.currency,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        line_items=[PricedLine.model_validate(line) for line in invoice.line_items],
        subtotal=Decimal(invoice.subtotal_cents) / 100,
        tax_total=Decimal(invoice.tax_total_cents) / 100,
        discount_total=Decimal(0),
        total=Decimal(invoice.total_cents) / 100,
        status=invoice.status,
        pdf_url=f"/storage/invoices/{invoice.id}.pdf",
        notes=invoice.notes,
        terms=invoice.terms,
        created_at=invoice.created_at,
        amount_paid=Decimal(invoice.amount_paid_cents) / 100,
        amount_due=Decimal(invoice.total_cents - invoice.amount_paid_cents) / 100,
        sent_at=invoice.sent_at,
        paid_at=invoice.paid_at,
    )


def answered(body: str, status: int) -> Response:
    """The body as it is kept: made once for the answer, the event and the idempotency record."""
    return Response(body, status, media_type="application/json")
