"""What made what is owed grow: billed in a span and not taken back again."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, func, select

from cleverinvo import money
from cleverinvo.db.schema import credit_notes, invoices
from cleverinvo.db.transaction import Row, Tx

_BILLED = select(func.sum(invoices.c.total).label("amount")).where(
    invoices.c.account_id == bindparam("account_id"),
    invoices.c.sent_at.is_not(None),
    invoices.c.voided_at.is_(None),
    invoices.c.currency == bindparam("currency"),
    invoices.c.issue_date >= bindparam("first"),
    invoices.c.issue_date <= bindparam("last"),
)
_APPLIED = select(func.sum(credit_notes.c.applied_amount).label("amount")).where(
    credit_notes.c.account_id == bindparam("account_id"),
    credit_notes.c.currency == bindparam("currency"),
    credit_notes.c.issue_date >= bindparam("first"),
    credit_notes.c.issue_date <= bindparam("last"),
)


def came_on_top(tx: Tx, account_id: int, currency: str, first: date, last: date) -> Decimal:
    """What was billed, less what credit notes took off what was owed; what they refund was paid, and not owed."""
    span = {"currency": currency, "first": first.isoformat(), "last": last.isoformat()}
    return _sum(tx, account_id, _BILLED, span) - _sum(tx, account_id, _APPLIED, span)


def _sum(tx: Tx, account_id: int, statement: Any, span: dict[str, str]) -> Decimal:
    row: Row = tx.row(statement, account_id=account_id, **span)
    return money.from_minor(int(row.amount or 0), span["currency"])
