"""The pages of invoices in the database: which token opens which, and how often that was done."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from cleverinvo.db.schema import accounts, invoices
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import NotFound


class Page(NamedTuple):
    """What is stored of a page."""

    version: int
    sha256: str | None
    extended_to: str | None
    view_count: int
    last_viewed_at: str | None
    days: int


_MINE = (invoices.c.account_id == bindparam("account_id"), invoices.c.id == bindparam("id"))
_CHANGED = (invoices.c.account_id == bindparam("account"), invoices.c.id == bindparam("invoice"))
_GET = (
    select(
        invoices.c.page_version,
        invoices.c.page_sha256,
        invoices.c.page_extended_to,
        invoices.c.view_count,
        invoices.c.last_viewed_at,
        accounts.c.hosted_page_days,
    )
    .select_from(invoices.join(accounts, accounts.c.id == invoices.c.account_id))
    .where(*_MINE)
)
_OWNER = select(invoices.c.account_id, invoices.c.id).where(invoices.c.page_sha256 == bindparam("sha256"))
_OPEN = (
    invoices.update()
    .where(*_CHANGED)
    .values(
        page_version=bindparam("version"),
        page_sha256=bindparam("sha256"),
        page_extended_to=bindparam("extended_to"),
    )
)
_COUNT = (
    invoices.update()
    .where(*_CHANGED)
    .values(view_count=invoices.c.view_count + 1, last_viewed_at=bindparam("now"))
)


def get(tx: Tx, account_id: int, invoice_id: str) -> Page:
    row = tx.row(_GET, account_id=account_id, id=invoice_id)
    if row is None:
        raise NotFound("No such invoice.")
    return Page(*row)


def find_owner(tx: Tx, sha256: str) -> tuple[int, str] | None:
    """The account and the invoice that a token opens, by its hash."""
    row = tx.row(_OWNER, sha256=sha256)
    return None if row is None else (int(row.account_id), str(row.id))


def open_page(
    tx: Tx, account_id: int, invoice_id: str, version: int, sha256: str | None, extended_to: str | None
) -> None:
    """Let another token open the page from now on, or none."""
    tx.change(
        _OPEN, account=account_id, invoice=invoice_id, version=version, sha256=sha256, extended_to=extended_to
    )


def count_view(tx: Tx, account_id: int, invoice_id: str) -> None:
    tx.change(_COUNT, account=account_id, invoice=invoice_id, now=tx.stamp)
