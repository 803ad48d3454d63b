"""The receipt of a payment, as a document like the others."""

from cleverinvo import money
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.documents.rules import Document, Received
from cleverinvo.invoices import store as invoices
from cleverinvo.payments import store


def find(tx: Tx, account_id: int, payment_id: str) -> Document:
    """Says what came in and what is open now, with the parties of the invoice. A reversed payment's is void."""
    payment = store.get(tx, account_id, payment_id)
    invoice = invoices.get(tx, account_id, payment.invoice_id)
    billed = documents.of_invoice(tx, account_id, invoice)
    return billed._replace(
        kind="receipt",
        id=payment.id,
        issue_date=payment.paid_at[:10],
        lines=(),
        groups=(),
        total=payment.amount,
        paid=money.from_minor(0, payment.currency),
        notes=payment.note,
        terms=None,
        stamp="VOID" if payment.reversed_at else None,
        is_frozen=False,
        sha256=None,
        received=Received(payment.method, payment.reference, invoice.total, invoice.amount_due),
    )
