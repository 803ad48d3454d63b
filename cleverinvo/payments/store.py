"""Payments in the database: rows in, nouns out."""

from sqlalchemy import bindparam, func, select

from cleverinvo import money
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import payments
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.paging import Page, Window
from cleverinvo.payments.forms import ListPayments
from cleverinvo.payments.rules import Payment

_MINE = payments.c.account_id == bindparam("account_id")
_BY_ID = select(payments).where(_MINE, payments.c.id == bindparam("id"))
_OF_INVOICE = (
    select(payments).where(_MINE, payments.c.invoice_id == bindparam("invoice_id")).order_by(payments.c.seq)
)
_COUNT = select(func.count().label("count")).select_from(payments).where(_MINE)
_INSERT = insert_into(payments)
_REVERSE = (
    payments.update()
    .where(payments.c.account_id == bindparam("account"), payments.c.id == bindparam("payment"))
    .values(reversed_at=bindparam("now"))
)


def get(tx: Tx, account_id: int, payment_id: str) -> Payment:
    row = tx.row(_BY_ID, account_id=account_id, id=payment_id)
    if row is None:
        raise NotFound("No such payment.")
    return to_noun(tx, row)


def list_page(tx: Tx, account_id: int, form: ListPayments) -> Page[Payment]:
    """The page of payments that the form asks for."""
    filters = {
        "invoice_id": form.invoice_id,
        "method": form.method,
        "paid_at_gte": form.paid_at_gte,
        "paid_at_lte": form.paid_at_lte and f"{form.paid_at_lte}T~",  # behind every moment of that day
    }
    counted = tx.row(_COUNT, account_id=account_id)
    assert counted is not None
    return _LISTING.page(tx, account_id, form, filters, {}, int(counted.count))


def list_page_of_invoice(tx: Tx, account_id: int, invoice_id: str, window: Window) -> Page[Payment]:
    return _LISTING.page(tx, account_id, window, {"invoice_id": invoice_id}, {}, 0)


def list_of_invoice(tx: Tx, account_id: int, invoice_id: str) -> list[Payment]:
    """What came in for an invoice, reversed payments as well, in the order of recording."""
    return [to_noun(tx, row) for row in tx.rows(_OF_INVOICE, account_id=account_id, invoice_id=invoice_id)]


def insert(tx: Tx, account_id: int, payment: Payment) -> None:
    fields = {name: getattr(payment, name) for name in payment.__struct_fields__}
    amount = money.to_minor(payment.amount, payment.currency)
    tx.change(_INSERT, account_id=account_id, **{**fields, "amount": amount})


def reverse(tx: Tx, account_id: int, payment_id: str) -> None:
    tx.change(_REVERSE, account=account_id, payment=payment_id, now=tx.stamp)


def to_noun(_: Tx, row: Row) -> Payment:
    fields = {name: getattr(row, name) for name in Payment.__struct_fields__}
    return Payment(**{**fields, "amount": money.from_minor(row.amount, row.currency)})


_CLAUSES = {
    "invoice_id": payments.c.invoice_id == bindparam("invoice_id"),
    "method": payments.c.method == bindparam("method"),
    "paid_at_gte": payments.c.paid_at >= bindparam("paid_at_gte"),
    "paid_at_lte": payments.c.paid_at <= bindparam("paid_at_lte"),
}
_LISTING = Listing(payments, clause=_CLAUSES.__getitem__, sorts={"createdAt": None}, noun=to_noun)
