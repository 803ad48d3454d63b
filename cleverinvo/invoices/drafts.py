"""Forms made into drafts: defaults filled in, lines priced, faults named. Pure: the caller brings time and ids."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from cleverinvo import clock, money
from cleverinvo.accounts.rules import Account
from cleverinvo.clients.rules import Client, merge_metadata
from cleverinvo.errors import Fault, Invalid
from cleverinvo.invoices import totals
from cleverinvo.invoices.forms import DESCRIPTIONS_MAX, ChangeInvoice, CreateInvoice
from cleverinvo.invoices.rules import Invoice, LineItem
from cleverinvo.scalars import Day, midnight
from cleverinvo.shapes import fill, given

_NOT_YET: Final[Any] = dict.fromkeys(
    (
        "sent_at",
        "viewed_at",
        "paid_at",
        "voided_at",
        "pdf_sha256",
        "revises",
        "revised_by",
        "fee_for",
        "hosted_url",
    )
)
"""What an invoice has only after it was sent."""

UNKNOWN_CLIENT = Fault("clientId", "No such client")


def make(
    account: Account,
    known: Mapping[str, Client],
    form: CreateInvoice,
    *,
    id: str,
    today: date,
    stamp: str,
    pdf_url: str,
) -> Invoice:
    """The draft that a form comes to, not yet numbered.

    `known` are clients of the account, among them the form's if it exists. Raises Invalid with every fault.
    """
    client = known.get(form.client_id)
    currency = form.currency or (client and client.currency) or account.currency
    issue_date = form.issue_date or today.isoformat()
    due_date = form.due_date or _days_after(issue_date, account.payment_terms_days)
    faults = list(_faults(form, issue_date, due_date, is_known=client is not None))
    try:
        priced = totals.price(currency, form.line_items, form.discount_rate, form.discount_amount)
    except Invalid as invalid:
        raise Invalid([*faults, *invalid.details]) from None
    if faults:
        raise Invalid(faults)
    return Invoice(
        **priced._asdict(),
        **_NOT_YET,
        id=id,
        invoice_number=None,
        client_id=form.client_id,
        currency=currency,
        issue_date=midnight(issue_date),
        due_date=midnight(due_date),
        status="DRAFT",
        pdf_url=pdf_url,
        created_at=stamp,
        updated_at=stamp,
        amount_paid=money.from_minor(0, currency),
        amount_due=priced.total,
        discount_rate=form.discount_rate,
        discount_amount=form.discount_amount,
        notes=form.notes,
        terms=form.terms,
        purchase_order=form.purchase_order,
        locale=form.locale,
        external_id=form.external_id,
        metadata=form.metadata,
        is_overdue=False,
        buyer_reference=form.buyer_reference,
        delivery_date=midnight(form.delivery_date) if form.delivery_date else None,
        tax_exemption_reason=form.tax_exemption_reason,
        amount_credited=money.from_minor(0, currency),
    )


def _faults(form: CreateInvoice, issue_date: str, due_date: str, *, is_known: bool) -> Iterator[Fault]:
    """What is wrong with a form apart from its amounts."""
    if not is_known:
        yield UNKNOWN_CLIENT
    if due_date < issue_date:
        yield Fault("dueDate", "Must not be before issueDate")
    if sum(len(line.description) for line in form.line_items) > DESCRIPTIONS_MAX:
        yield Fault("lineItems", f"The descriptions have at most {DESCRIPTIONS_MAX:,} characters together")


def form_of(invoice: Invoice) -> CreateInvoice:
    """The form that would make the same invoice again, under no external id."""
    return fill(
        CreateInvoice,
        {
            "clientId": invoice.client_id,
            "lineItems": [_line_of(item) for item in invoice.line_items],
            "currency": invoice.currency,
            "issueDate": invoice.issue_date,
            "dueDate": invoice.due_date,
            "discountRate": invoice.discount_rate,
            "discountAmount": invoice.discount_amount,
            "notes": invoice.notes,
            "terms": invoice.terms,
            "purchaseOrder": invoice.purchase_order,
            "buyerReference": invoice.buyer_reference,
            "deliveryDate": invoice.delivery_date,
            "taxExemptionReason": invoice.tax_exemption_reason,
            "locale": invoice.locale,
            "metadata": invoice.metadata,
        },
    )


def form_of_duplicate(invoice: Invoice, today: date) -> CreateInvoice:
    """The form of the same invoice issued today, due in as many days, delivered on a day still to be told."""
    form = form_of(invoice)
    days = date.fromisoformat(invoice.due_date[:10]) - date.fromisoformat(invoice.issue_date[:10])
    due_date = Day(_days_after(today.isoformat(), days.days))
    return msgspec.structs.replace(form, issue_date=Day(today.isoformat()), due_date=due_date, delivery_date=None)


def changed_form(invoice: Invoice, change: ChangeInvoice) -> CreateInvoice:
    """The form that would make the invoice as it is to be after the change."""
    changes = given(change)
    for name in ("status", "amount_paid"):
        changes.pop(name, None)
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(invoice.metadata, changes["metadata"])
    for name, other in (("discount_rate", "discount_amount"), ("discount_amount", "discount_rate")):
        if changes.get(name) is not None:
            changes.setdefault(other, None)  # the new discount replaces the old one of the other kind
    return msgspec.structs.replace(form_of(invoice), **changes)


def _line_of(item: LineItem) -> dict[str, Any]:
    return {
        "description": item.description,
        "quantity": item.quantity,
        "unitPrice": item.unit_price,
        "unit": item.unit,
        "discountRate": item.discount_rate,
        "discountAmount": item.discount_amount if item.discount_rate is None else None,
        "taxRate": item.tax_rate,
        "taxCategory": item.tax_category,
    }


def _days_after(day: str, days: int) -> str:
    return clock.days_after(date.fromisoformat(day), days).isoformat()
