"""Payments in the database: rows in, nouns out."""

from sqlalchemy import bindparam, select

from cleverinvo import money
from cleverinvo.db.schema import payments
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.payments.rules import Payment

_INSERT = insert_into(payments)
_OF_INVOICE = (
    select(payments)
    .where(payments.c.account_id == bindparam("account_id"), payments.c.invoice_id == bindparam("invoice_id"))
    .order_by(payments.c.seq)
)


def list_of_invoice(tx: Tx, account_id: int, invoice_id: str) -> list[Payment]:
    """What came in for an invoice, the oldest first."""
    found = []
    for row in tx.rows(_OF_INVOICE, account_id=account_id, invoice_id=invoice_id):
        fields = {name: getattr(row, name) for name in Payment.__struct_fields__}
        found.append(Payment(**{**fields, "amount": money.from_minor(row.amount, row.currency)}))
    return found


def insert(tx: Tx, account_id: int, payment: Payment) -> None:
    fields = {name: getattr(payment, name) for name in payment.__struct_fields__}
    amount = money.to_minor(payment.amount, payment.currency)
    tx.change(_INSERT, account_id=account_id, **{**fields, "amount": amount})
