"""Numbers in the database: series, and the documents that have their numbers."""

from sqlalchemy import bindparam, select

from cleverinvo.db.schema import credit_notes, invoices, series
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.numbers.rules import Fate, Series

_SERIES = (
    select(series)
    .where(series.c.account_id == bindparam("account_id"))
    .order_by(series.c.document.desc(), series.c.year)
)
_INVOICES = select(invoices.c.number_seq, invoices.c.sent_at, invoices.c.voided_at).where(
    invoices.c.account_id == bindparam("account_id"), invoices.c.number_year == bindparam("in_year")
)
_CREDIT_NOTES = select(credit_notes.c.number_seq).where(credit_notes.c.account_id == bindparam("account_id"))
_BEGIN = insert_into(series)


def list_series(tx: Tx, account_id: int) -> list[Row]:
    return tx.rows(_SERIES, account_id=account_id)


def fates(tx: Tx, account_id: int, document: Series, year: int) -> dict[int, Fate]:
    """What became of the numbers of a series that documents have."""
    if document == "credit_note":
        return {row.number_seq: "ISSUED" for row in tx.stream(_CREDIT_NOTES, account_id=account_id)}
    rows = tx.stream(_INVOICES, account_id=account_id, in_year=year)
    return {row.number_seq: "VOID" if row.voided_at else "ISSUED" if row.sent_at else "DRAFT" for row in rows}


def begin(tx: Tx, account_id: int, document: Series, year: int, first: int) -> None:
    fields = {"account_id": account_id, "document": document, "year": year}
    tx.change(_BEGIN, **fields, first_number=first, last_number=first - 1)
