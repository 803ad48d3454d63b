"""Which sent invoices have their document stored, and under which hash."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from cleverinvo.db.schema import invoices
from cleverinvo.db.transaction import Tx

_RECORD = (
    invoices.update()
    .where(
        invoices.c.account_id == bindparam("account"),
        invoices.c.id == bindparam("invoice"),
        invoices.c.pdf_sha256.is_(None),
    )
    .values(pdf_sha256=bindparam("sha256"))
)
_RECORDED = select(invoices.c.pdf_sha256).where(
    invoices.c.account_id == bindparam("account_id"), invoices.c.id == bindparam("id")
)
_UNPRINTED = (
    select(invoices.c.seq, invoices.c.account_id, invoices.c.id)
    .where(invoices.c.sent_at.is_not(None), invoices.c.pdf_sha256.is_(None), invoices.c.seq > bindparam("after"))
    .order_by(invoices.c.seq)
    .limit(bindparam("most"))
)


class Unprinted(NamedTuple):
    """A sent invoice whose document is not stored yet."""

    seq: int
    account_id: int
    invoice_id: str


def record(tx: Tx, account_id: int, invoice_id: str, sha256: str) -> str:
    """Note the hash of an invoice's document. The first one stays: where there is one already, it is that."""
    tx.change(_RECORD, account=account_id, invoice=invoice_id, sha256=sha256)
    row = tx.row(_RECORDED, account_id=account_id, id=invoice_id)
    assert row is not None
    return str(row.pdf_sha256)


def list_unprinted(tx: Tx, after: int, most: int) -> list[Unprinted]:
    """Of every account, in the order of creation; asked by the worker alone."""
    return [Unprinted(*row) for row in tx.rows(_UNPRINTED, after=after, most=most)]
