"""How the sums of today compare with those of a month before, on the same day of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, func, select

from cleverinvo import money
from cleverinvo.db.schema import credit_notes, invoices
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.reports import rules, store

_BILLED = select(func.sum(invoices.c.total).label("amount")).where(
    invoices.c.account_id == bindparam("account_id"),
    invoices.c.sent_at.is_not(None),
    invoices.c.voided_at.is_(None),
    invoices.c.currency == bindparam("currency"),
    invoices.c.issue_date > bindparam("day"),
)
_CREDITED = select(func.sum(credit_notes.c.total - credit_notes.c.refund_amount).label("amount")).where(
    credit_notes.c.account_id == bindparam("account_id"),
    credit_notes.c.currency == bindparam("currency"),
    credit_notes.c.issue_date > bindparam("day"),
)


def received_by_then(tx: Tx, account_id: int, currency: str) -> Decimal:
    """What had come in during the month before this one, by the day that is today in this one."""
    day = rules.month_before(store.today(tx, account_id))
    return store.received(tx, account_id, currency, day.replace(day=1), day + timedelta(days=1)).amount


def came_on_top(tx: Tx, account_id: int, currency: str) -> Decimal:
    """By how much what is owed has grown in a month: what was billed since, less what came in and was credited.

    By the dates on the documents, as on a statement. It reads a month of them, however many there are.
    """
    today = store.today(tx, account_id)
    day = rules.month_before(today)
    billed, credited = (_sum(tx, statement, account_id, currency, day) for statement in (_BILLED, _CREDITED))
    tomorrow = today + timedelta(days=1)
    return billed - credited - store.received(tx, account_id, currency, day + timedelta(days=1), tomorrow).amount


def _sum(tx: Tx, statement: Any, account_id: int, currency: str, day: date) -> Decimal:
    row: Row = tx.row(statement, account_id=account_id, currency=currency, day=day.isoformat())
    return money.from_minor(int(row.amount or 0), currency)
