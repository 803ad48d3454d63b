"""Payments in the database: rows in, nouns out."""

from cleverinvo import money
from cleverinvo.db.schema import payments
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.payments.rules import Payment

_INSERT = insert_into(payments)


def insert(tx: Tx, account_id: int, payment: Payment) -> None:
    fields = {name: getattr(payment, name) for name in payment.__struct_fields__}
    amount = money.to_minor(payment.amount, payment.currency)
    tx.change(_INSERT, account_id=account_id, **{**fields, "amount": amount})
