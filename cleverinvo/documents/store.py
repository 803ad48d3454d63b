"""Which documents are stored, and under which hash."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Table, Update, bindparam, select

from cleverinvo.db.schema import credit_notes, invoices
from cleverinvo.db.statements import among
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.rules import Kind
from cleverinvo.errors import NotFound

TABLES: Final[Mapping[Kind, Table]] = {"invoice": invoices, "credit_note": credit_notes}
"""Where the documents stand that are kept; a receipt is not."""


def _recording(table: Table) -> Update:
    mine = (table.c.account_id == bindparam("account"), table.c.id == bindparam("document"))
    return table.update().where(*mine, table.c.pdf_sha256.is_(None)).values(pdf_sha256=bindparam("sha256"))


def _recorded(table: Table) -> Select[Any]:
    mine = (table.c.account_id == bindparam("account_id"), table.c.id == bindparam("id"))
    return select(table.c.pdf_sha256).where(*mine)


def _recorded_of_account(table: Table) -> Select[Any]:
    return select(table.c.pdf_sha256).where(
        table.c.account_id == bindparam("account_id"), table.c.pdf_sha256.is_not(None)
    )


def _recorded_among(table: Table) -> Select[Any]:
    return select(table.c.pdf_sha256).where(among(table.c.pdf_sha256, "hashes"))


def _unprinted(table: Table) -> Select[Any]:
    is_sent = [table.c.sent_at.is_not(None)] if "sent_at" in table.c else []
    return (
        select(table.c.seq, table.c.account_id, table.c.id)
        .where(*is_sent, table.c.pdf_sha256.is_(None), table.c.seq > bindparam("after"))
        .order_by(table.c.seq)
        .limit(bindparam("most"))
    )


_RECORD = {kind: _recording(table) for kind, table in TABLES.items()}
_RECORDED = {kind: _recorded(table) for kind, table in TABLES.items()}
_ALL_RECORDED = [_recorded_of_account(table) for table in TABLES.values()]
_USED = [_recorded_among(table) for table in TABLES.values()]
_UNPRINTED = {kind: _unprinted(table) for kind, table in TABLES.items()}


class Unprinted(NamedTuple):
    """Something sent or issued whose document is not stored yet."""

    seq: int
    account_id: int
    id: str


def record(tx: Tx, account_id: int, kind: Kind, id: str, sha256: str) -> bool:
    """Note the hash of a document; False where there is one already, which stays."""
    return tx.change(_RECORD[kind], account=account_id, document=id, sha256=sha256) == 1


def find_recorded(tx: Tx, account_id: int, kind: Kind, id: str) -> str:
    """The hash of a document that is stored."""
    row = tx.row(_RECORDED[kind], account_id=account_id, id=id)
    if row is None:
        raise NotFound("There is no such document any more.")
    return str(row.pdf_sha256)


def list_recorded(tx: Tx, account_id: int) -> list[str]:
    """The hashes of all that is stored for an account."""
    return [row.pdf_sha256 for statement in _ALL_RECORDED for row in tx.rows(statement, account_id=account_id)]


def find_used(tx: Tx, hashes: Sequence[str]) -> set[str]:
    """Which documents are some account's, of those with these hashes. It reads every row, and is asked rarely."""
    return {row.pdf_sha256 for kind in _USED for row in tx.rows(kind, hashes=list(hashes))}


def list_unprinted(tx: Tx, kind: Kind, after: int, most: int) -> list[Unprinted]:
    """Of every account, in the order of creation; asked by the worker alone."""
    return [Unprinted(*row) for row in tx.rows(_UNPRINTED[kind], after=after, most=most)]
