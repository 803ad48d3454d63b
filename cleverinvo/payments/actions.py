"""The verbs of payments: record, and reverse."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from cleverinvo import clock, events, ids, money, shapes
from cleverinvo.accounts import store as accounts
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Fault, Invalid
from cleverinvo.events import Happened
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.rules import Invoice
from cleverinvo.ledger import actions as ledger
from cleverinvo.money import Amount
from cleverinvo.payments import store
from cleverinvo.payments.forms import RecordPayment
from cleverinvo.payments.rules import Payment
from cleverinvo.scalars import midnight


def record(tx: Tx, account_id: int, invoice_id: str, form: RecordPayment) -> Payment:
    """Record money that came in. Raises Invalid where it is more than the open balance, and names the balance."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    faults = list(_faults(tx, account_id, invoice, form))
    if faults:
        raise Invalid(faults)
    invoices.refuse_money(invoice, form.amount)
    payment = Payment(
        id=ids.new("pay", tx.now),
        invoice_id=invoice.id,
        amount=money.with_digits(form.amount, invoice.currency),
        currency=invoice.currency,
        paid_at=form.paid_at or tx.stamp,
        method=form.method,
        reference=form.reference,
        note=form.note,
        created_at=tx.stamp,
        reversed_at=None,
    )
    store.insert(tx, account_id, payment)
    ledger.enter(tx, account_id, "payment.recorded", payment.id, shapes.noun_fields(payment))
    recorded = Happened("payment.recorded", payment, tx.origin)
    invoices.receive(tx, account_id, invoice, payment.amount, payment.paid_at, recorded)
    return payment


def settle(tx: Tx, account_id: int, invoice: Invoice, amount: Decimal) -> Invoice:
    """Record that this amount came in just now, and see what became of the invoice."""
    record(tx, account_id, invoice.id, RecordPayment(amount=Amount(amount)))
    return invoice_store.get(tx, account_id, invoice.id)


def reverse(tx: Tx, account_id: int, payment_id: str, if_match: str | None = None) -> None:
    """Let a payment count no more. It stays on file, and its amount is due again."""
    before = store.get(tx, account_id, payment_id)
    tx.expect(before, if_match)
    if before.reversed_at:
        return
    store.reverse(tx, account_id, payment_id)
    payment = msgspec.structs.replace(before, reversed_at=tx.stamp)
    events.emit(tx, account_id, "payment.reversed", payment, events.difference(before, payment))
    ledger.enter(tx, account_id, "payment.reversed", payment.id, shapes.noun_fields(payment))
    invoices.give_back(tx, account_id, payment.invoice_id, payment.amount)


def _faults(tx: Tx, account_id: int, invoice: Invoice, form: RecordPayment) -> Iterator[Fault]:
    if not form.amount:
        yield Fault("amount", "Must be more than 0")
    if not money.is_exact(form.amount, invoice.currency):
        yield Fault("amount", f"{invoice.currency} has {money.DIGITS[invoice.currency]} decimals")
    if form.paid_at and form.paid_at > tx.stamp:
        # A day is its midnight in UTC: it may lie ahead though it is that day already where the account is.
        today = clock.today(tx.now, accounts.get(tx, account_id).time_zone).isoformat()
        if form.paid_at > midnight(today):
            yield Fault("paidAt", "Must not lie in the future")
