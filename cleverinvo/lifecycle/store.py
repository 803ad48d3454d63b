"""Invoices that have become overdue and of which nobody was told yet."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, select

from cleverinvo.db import zones
from cleverinvo.db.schema import accounts, invoices
from cleverinvo.db.statements import among
from cleverinvo.db.transaction import Tx

_OVERDUE = (
    select(invoices.c.account_id, invoices.c.id)
    .select_from(invoices.join(accounts, accounts.c.id == invoices.c.account_id))
    .where(
        invoices.c.sent_at.is_not(None),
        invoices.c.voided_at.is_(None),
        invoices.c.total > invoices.c.amount_paid + invoices.c.amount_credited,
        invoices.c.overdue_told_at.is_(None),
        invoices.c.due_date < bindparam("today"),
        among(accounts.c.time_zone, "zones"),
    )
    .order_by(invoices.c.due_date, invoices.c.seq)
    .limit(bindparam("most"))
)
_TELL = (
    invoices.update()
    .where(
        invoices.c.account_id == bindparam("account"),
        invoices.c.id == bindparam("invoice"),
        invoices.c.overdue_told_at.is_(None),
    )
    .values(overdue_told_at=bindparam("now"))
)


def list_overdue(tx: Tx, most: int) -> dict[int, list[str]]:
    """By account, of all accounts: it is asked by the worker alone. Each account's today is its own zone's."""
    found: dict[int, list[str]] = {}
    for today, here in zones.by_day(tx).items():
        for account_id, invoice_id in _past_due(tx, today, here, most):
            found.setdefault(account_id, []).append(invoice_id)
    return found


def tell_once(tx: Tx, account_id: int, invoice_id: str) -> bool:
    """Note that it is told now; False where it was told before."""
    return tx.change(_TELL, account=account_id, invoice=invoice_id, now=tx.stamp) == 1


def _past_due(tx: Tx, today: date, here: Sequence[str], most: int) -> list[tuple[int, str]]:
    rows = tx.rows(_OVERDUE, today=today.isoformat(), zones=here, most=most)
    return [(row.account_id, row.id) for row in rows]
