"""The verbs of payments."""

from decimal import Decimal

from cleverinvo import events, ids
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices.rules import Invoice
from cleverinvo.payments import store
from cleverinvo.payments.rules import Payment


def record(tx: Tx, account_id: int, invoice: Invoice, amount: Decimal) -> Invoice:
    """Record money that came in now. Raises Invalid where it is more than the invoice's open balance."""
    payment = Payment(
        id=ids.new("pay", tx.now),
        invoice_id=invoice.id,
        amount=amount,
        currency=invoice.currency,
        paid_at=tx.stamp,
        method=None,
        reference=None,
        note=None,
        created_at=tx.stamp,
        reversed_at=None,
    )
    store.insert(tx, account_id, payment)
    events.emit(tx, account_id, "payment.recorded", payment)
    return invoices.receive(tx, account_id, invoice.id, amount)
