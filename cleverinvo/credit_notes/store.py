"""Credit notes in the database: rows in, nouns out."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from cleverinvo import money, shapes
from cleverinvo.credit_notes.forms import ListCreditNotes
from cleverinvo.credit_notes.rules import CreditedLine, CreditNote
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import credit_notes
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.invoices.rules import TaxShare
from cleverinvo.paging import Page, Window
from cleverinvo.scalars import midnight

_MINE = credit_notes.c.account_id == bindparam("account_id")
_BY_ID = select(credit_notes).where(_MINE, credit_notes.c.id == bindparam("id"))
_OF_INVOICE = (
    select(credit_notes)
    .where(_MINE, credit_notes.c.invoice_id == bindparam("invoice_id"))
    .order_by(credit_notes.c.seq)
)
_COUNT = select(func.count().label("count")).select_from(credit_notes).where(_MINE)
_INSERT = insert_into(credit_notes)

_AMOUNTS = ("subtotal", "tax_total", "discount_total", "total", "applied_amount", "refund_amount")


def get(tx: Tx, account_id: int, credit_note_id: str) -> CreditNote:
    row = tx.row(_BY_ID, account_id=account_id, id=credit_note_id)
    if row is None:
        raise NotFound("No such credit note.")
    return to_noun(tx, row)


def list_of_invoice(tx: Tx, account_id: int, invoice_id: str) -> list[CreditNote]:
    """All that was credited of an invoice, in the order of issue."""
    return [to_noun(tx, row) for row in tx.rows(_OF_INVOICE, account_id=account_id, invoice_id=invoice_id)]


def list_page(tx: Tx, account_id: int, form: ListCreditNotes) -> Page[CreditNote]:
    counted = tx.row(_COUNT, account_id=account_id)
    assert counted is not None
    filters = {"invoice_id": form.invoice_id, "client_id": form.client_id}
    return _LISTING.page(tx, account_id, form, filters, {}, int(counted.count))


def list_page_of_invoice(tx: Tx, account_id: int, invoice_id: str, window: Window) -> Page[CreditNote]:
    return _LISTING.page(tx, account_id, window, {"invoice_id": invoice_id}, {}, 0)


def insert(tx: Tx, account_id: int, note: CreditNote, number_seq: int) -> None:
    amounts = {name: money.to_minor(getattr(note, name), note.currency) for name in _AMOUNTS}
    tx.change(
        _INSERT,
        account_id=account_id,
        id=note.id,
        number=note.credit_note_number,
        number_seq=number_seq,
        invoice_id=note.invoice_id,
        invoice_number=note.invoice_number,
        client_id=note.client_id,
        currency=note.currency,
        issue_date=note.issue_date[:10],
        line_items=shapes.encode(note.line_items).decode(),
        tax_breakdown=shapes.encode(note.tax_breakdown).decode(),
        reason=note.reason,
        pdf_sha256=None,
        created_at=note.created_at,
        **amounts,
    )


def to_noun(_: Tx, row: Row) -> CreditNote:
    amounts: dict[str, Any] = {name: money.from_minor(getattr(row, name), row.currency) for name in _AMOUNTS}
    return CreditNote(
        id=row.id,
        credit_note_number=row.number,
        invoice_id=row.invoice_id,
        invoice_number=row.invoice_number,
        client_id=row.client_id,
        currency=row.currency,
        issue_date=midnight(row.issue_date),
        line_items=_line_items.decode(row.line_items),
        tax_breakdown=_tax_breakdown.decode(row.tax_breakdown),
        reason=row.reason,
        created_at=row.created_at,
        pdf_sha256=row.pdf_sha256,
        **amounts,
    )


_CLAUSES = {
    "invoice_id": credit_notes.c.invoice_id == bindparam("invoice_id"),
    "client_id": credit_notes.c.client_id == bindparam("client_id"),
}
_LISTING = Listing(credit_notes, clause=_CLAUSES.__getitem__, sorts={"createdAt": None}, noun=to_noun)
_line_items = msgspec.json.Decoder(list[CreditedLine])
_tax_breakdown = msgspec.json.Decoder(list[TaxShare])
