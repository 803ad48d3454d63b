"""What made what is owed grow: billed in a span and not taken back again."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from cleverinvo import money
from cleverinvo.db.schema import credit_notes, invoices
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.reports.store import IS_BILLED_IN_SPAN, IS_CREDITED_IN_SPAN, bind_span

_BILLED = select(func.sum(invoices.c.total).label("amount")).where(*IS_BILLED_IN_SPAN)
_APPLIED = select(func.sum(credit_notes.c.applied_amount).label("amount")).where(*IS_CREDITED_IN_SPAN)


def came_on_top(tx: Tx, account_id: int, currency: str, first: date, last: date) -> Decimal:
    """What was billed, less what credit notes took off what was owed; what they refund was paid, and not owed."""
    span = bind_span(account_id, currency, first, last)
    return _sum(tx, _BILLED, span) - _sum(tx, _APPLIED, span)


def _sum(tx: Tx, statement: Any, span: dict[str, Any]) -> Decimal:
    row: Row = tx.row(statement, **span)
    return money.from_minor(int(row.amount or 0), span["currency"])
