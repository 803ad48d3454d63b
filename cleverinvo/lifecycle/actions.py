"""The one verb that PATCH is: fields first, then the status."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import UNSET

from cleverinvo import events, money
from cleverinvo.credit_notes import actions as credit_notes
from cleverinvo.credit_notes.forms import IssueCreditNote
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.errors import REQUIRED, Conflict, Fault, Invalid, InvalidTransition
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.forms import ChangeInvoice
from cleverinvo.invoices.rules import Invoice, Status
from cleverinvo.lifecycle import store
from cleverinvo.payments import actions as payments


def change(tx: Tx, account_id: int, invoice_id: str, form: ChangeInvoice, if_match: str | None = None) -> Invoice:
    """Change an invoice's fields and bring about the status that is asked for; all of it, or nothing."""
    if form.amount_paid is not UNSET and form.status != "PARTIALLY_PAID":
        raise Invalid([Fault("amountPaid", "Goes with status PARTIALLY_PAID only")])
    if form.status == "PARTIALLY_PAID" and form.amount_paid is UNSET:
        raise Invalid([Fault("amountPaid", REQUIRED)])
    invoice = invoices.update(tx, account_id, invoice_id, form, if_match)
    if form.amount_paid is not UNSET:
        return _pay_in_part(tx, account_id, invoice, form.amount_paid)
    if form.status is UNSET or form.status == invoice.status:
        return invoice
    return _move(tx, account_id, invoice, form.status)


def revise(tx: Tx, account_id: int, invoice_id: str, if_match: str | None = None) -> Invoice:
    """Take back what is left of a sent invoice, and draft it anew: the draft, which may be changed."""
    before = invoice_store.get(tx, account_id, invoice_id)
    tx.expect(before, if_match)
    if before.revised_by:
        raise Conflict(f"The invoice was revised already, by {before.revised_by}.")
    credit_notes.issue(tx, account_id, invoice_id, IssueCreditNote())
    draft = invoices.duplicate(tx, account_id, invoice_id)
    return invoices.link_revision(tx, account_id, invoice_store.get(tx, account_id, invoice_id), draft)


def tell_overdue(tx: Tx, account_id: int, invoice_ids: Sequence[str]) -> None:
    """Tell of invoices that have become overdue, of each once and for ever."""
    for invoice_id in invoice_ids:
        invoice = invoice_store.get(tx, account_id, invoice_id)
        if invoice.is_overdue and store.tell_once(tx, account_id, invoice_id):
            events.emit(tx, account_id, "invoice.overdue", invoice)


def _move(tx: Tx, account_id: int, invoice: Invoice, to: Status) -> Invoice:
    match invoice.status, to:
        case "DRAFT", "SENT":
            return documents.send(tx, account_id, invoice.id)
        case "SENT" | "OVERDUE", "VIEWED":
            return invoices.view(tx, account_id, invoice.id)
        case "DRAFT" | "SENT" | "VIEWED" | "PARTIALLY_PAID" | "OVERDUE", "PAID":
            sent = documents.send(tx, account_id, invoice.id)
            return payments.settle(tx, account_id, sent, sent.amount_due) if sent.amount_due else sent
        case _, "VOID":
            return invoices.void(tx, account_id, invoice.id)
        case _:
            raise InvalidTransition(f"An invoice that is {invoice.status} cannot become {to}.")


def _pay_in_part(tx: Tx, account_id: int, invoice: Invoice, amount_paid: Decimal) -> Invoice:
    """Record the difference to what has been paid so far; `amount_paid` is all that has been paid by now."""
    if invoice.status in ("PAID", "VOID"):
        raise InvalidTransition(f"An invoice that is {invoice.status} cannot become PARTIALLY_PAID.")
    if not money.is_exact(amount_paid, invoice.currency):
        digits = money.DIGITS[invoice.currency]
        raise Invalid([Fault("amountPaid", f"{invoice.currency} has {digits} decimals")])
    most = invoice.amount_paid + invoice.amount_due
    if not invoice.amount_paid < amount_paid < most:
        between = f"{invoice.amount_paid} (paid so far) and {most} (all there is to pay)"
        raise Invalid([Fault("amountPaid", f"Must lie between {between}; for all of it use PAID")])
    sent = documents.send(tx, account_id, invoice.id)
    return payments.settle(tx, account_id, sent, amount_paid - invoice.amount_paid)
