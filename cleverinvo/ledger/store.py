"""The ledger in the database: rows in, nouns out; nothing is ever changed."""

import msgspec
from sqlalchemy import bindparam, select

from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import ledger
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.ledger.forms import ListLedger
from cleverinvo.ledger.rules import BEGINNING, LedgerEntry
from cleverinvo.paging import Page

_MINE = ledger.c.account_id == bindparam("account_id")
_BY_ID = select(ledger).where(_MINE, ledger.c.id == bindparam("id"))
_NEWEST = select(ledger.c.sequence, ledger.c.hash).where(_MINE).order_by(ledger.c.sequence.desc()).limit(1)
_INSERT = insert_into(ledger)


def find_newest(tx: Tx, account_id: int) -> tuple[int, str]:
    """Sequence number and hash of the newest entry, after which the next one follows."""
    newest: tuple[int, str] | None = tx.known.get((LedgerEntry, account_id))
    if newest is None:
        row = tx.row(_NEWEST, account_id=account_id)
        newest = tx.known[LedgerEntry, account_id] = (int(row.sequence), row.hash) if row else (0, BEGINNING)
    return newest


def insert(tx: Tx, account_id: int, entry: LedgerEntry) -> None:
    fields = {name: getattr(entry, name) for name in entry.__struct_fields__}
    tx.append(_INSERT, [{"account_id": account_id, **fields, "record": bytes(entry.record).decode()}])
    tx.known[LedgerEntry, account_id] = (entry.sequence, entry.hash)


def get(tx: Tx, account_id: int, entry_id: str) -> LedgerEntry:
    row = tx.row(_BY_ID, account_id=account_id, id=entry_id)
    if row is None:
        raise NotFound("No such entry.")
    return to_noun(tx, row)


def list_page(tx: Tx, account_id: int, form: ListLedger) -> Page[LedgerEntry]:
    filters = {"object_id": form.object_id, "type": form.type}
    return _LISTING.page(tx, account_id, form, filters, {}, find_newest(tx, account_id)[0])


def to_noun(_: Tx, row: Row) -> LedgerEntry:
    fields = {name: getattr(row, name) for name in LedgerEntry.__struct_fields__}
    return LedgerEntry(**{**fields, "record": msgspec.Raw(row.record.encode())})


_CLAUSES = {
    "object_id": ledger.c.object_id == bindparam("object_id"),
    "type": ledger.c.type == bindparam("type"),
}
_LISTING = Listing(ledger, clause=_CLAUSES.__getitem__, sorts={"sequence": None}, noun=to_noun)
