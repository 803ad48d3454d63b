"""What is owed: read from the index of open invoices alone, however many others an account has."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, case, func, literal, literal_column, select

from cleverinvo import money
from cleverinvo.db.schema import invoices
from cleverinvo.db.transaction import Tx
from cleverinvo.reports import rules
from cleverinvo.reports.rules import Owed

# By their names: PostgreSQL takes the same expression with other bound values for another one. And by a name that
# is no column of an index first, or SQLite would read all that was ever billed to have it in the order of clients.
_BY_AGE: Any = literal_column("age")
_BY_MONTH: Any = literal_column("month")

_AGE = case(
    *((invoices.c.due_date >= bindparam(f"age_{place}"), literal(place)) for place in range(len(rules.AGE_DAYS))),
    else_=literal(len(rules.AGE_DAYS)),
).label("age")
_DUE: Final = func.sum(invoices.c.total - invoices.c.amount_paid - invoices.c.amount_credited).label("due")
_IS_MINE_AND_OPEN = (
    invoices.c.account_id == bindparam("account_id"),
    invoices.c.sent_at.is_not(None),
    invoices.c.voided_at.is_(None),
    invoices.c.total > invoices.c.amount_paid + invoices.c.amount_credited,
)
_OWED = (
    select(
        *(_AGE, invoices.c.currency, invoices.c.client_id, _DUE, func.count().label("how_many")),
        func.min(invoices.c.due_date).label("oldest_due"),
    )
    .where(*_IS_MINE_AND_OPEN)
    .group_by(_BY_AGE, invoices.c.currency, invoices.c.client_id)
)
_OWED_BY_MONTH = (
    select(func.substr(invoices.c.issue_date, 1, 7).label("month"), invoices.c.currency, _DUE)
    .where(*_IS_MINE_AND_OPEN)
    .group_by(_BY_MONTH, invoices.c.currency)
)


def owed(tx: Tx, account_id: int, today: date) -> list[Owed]:
    """What each client owes in each currency, by how long it has been due on a day."""
    ages = {f"age_{place}": bound for place, bound in enumerate(rules.age_bounds(today))}
    return [
        Owed(
            row.client_id,
            row.currency,
            row.age,
            money.from_minor(int(row.due), row.currency),
            int(row.how_many),
            row.oldest_due,
        )
        for row in tx.rows(_OWED, account_id=account_id, **ages)
    ]


def owed_by_month(tx: Tx, account_id: int) -> dict[tuple[str, str], Decimal]:
    """What is still owed of what was billed in a month, by currency and month of issue (2026-03)."""
    rows = tx.rows(_OWED_BY_MONTH, account_id=account_id)
    return {(row.currency, row.month): money.from_minor(int(row.due), row.currency) for row in rows}
