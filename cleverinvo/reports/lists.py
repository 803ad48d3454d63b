"""A client's statement: what was owed before, what came to it and off it day by day, and what is owed then."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, func, not_, select

from cleverinvo import money
from cleverinvo.accounts import store as accounts
from cleverinvo.db.schema import credit_notes, invoices, payments
from cleverinvo.db.transaction import Tx
from cleverinvo.payments import rules as payment_rules
from cleverinvo.reports.rules import Entry, EntryKind, Statement
from cleverinvo.reports.store import paid_before, span_of_days

ENTRIES_MAX: Final = 2_000
"""Of each kind on one statement: forty pages. Whoever needs more asks for less time at once, or exports."""

_MY_INVOICES = (
    invoices.c.account_id == bindparam("account_id"),
    invoices.c.client_id == bindparam("client_id"),
    invoices.c.sent_at.is_not(None),
    invoices.c.voided_at.is_(None),
)
_MY_NOTES = (
    credit_notes.c.account_id == bindparam("account_id"),
    credit_notes.c.client_id == bindparam("client_id"),
)
_MY_PAYMENTS = (
    payments.c.account_id == bindparam("account_id"),
    invoices.c.account_id == payments.c.account_id,
    invoices.c.id == payments.c.invoice_id,
    invoices.c.client_id == bindparam("client_id"),
    payments.c.reversed_at.is_(None),
)
_SUMS: Final = (  # of each currency, before the statement begins
    (
        1,
        select(invoices.c.currency, func.sum(invoices.c.total).label("amount"))
        .where(*_MY_INVOICES, invoices.c.issue_date < bindparam("first"))
        .group_by(invoices.c.currency),
    ),
    (
        -1,
        select(credit_notes.c.currency, func.sum(credit_notes.c.total).label("amount"))
        .where(*_MY_NOTES, credit_notes.c.issue_date < bindparam("first"))
        .group_by(credit_notes.c.currency),
    ),
    (
        -1,
        select(payments.c.currency, func.sum(payments.c.amount).label("amount"))
        .where(*_MY_PAYMENTS, paid_before("first", "first_moment"))
        .group_by(payments.c.currency),
    ),
)
_INVOICES = (
    select(invoices.c.issue_date, invoices.c.number, invoices.c.id, invoices.c.currency, invoices.c.total)
    .where(*_MY_INVOICES, invoices.c.issue_date >= bindparam("first"), invoices.c.issue_date <= bindparam("last"))
    .order_by(invoices.c.issue_date, invoices.c.seq)
    .limit(ENTRIES_MAX + 1)
)
_NOTES = (
    select(
        *(credit_notes.c.issue_date, credit_notes.c.number, credit_notes.c.invoice_id),
        *(credit_notes.c.currency, credit_notes.c.total),
    )
    .where(
        *_MY_NOTES,
        credit_notes.c.issue_date >= bindparam("first"),
        credit_notes.c.issue_date <= bindparam("last"),
    )
    .order_by(credit_notes.c.issue_date, credit_notes.c.seq)
    .limit(ENTRIES_MAX + 1)
)
_PAYMENTS = (
    select(
        *(payments.c.paid_at, invoices.c.number, invoices.c.id, payments.c.currency, payments.c.amount),
    )
    .where(*_MY_PAYMENTS, not_(paid_before("first", "first_moment")), paid_before("after", "after_moment"))
    .order_by(payments.c.paid_at, payments.c.seq)
    .limit(ENTRIES_MAX + 1)
)

Found = tuple[date, EntryKind, str, str, str, int]
"""Day, kind, number, invoice, currency, and what it adds in minor units."""


def statements(tx: Tx, account_id: int, client_id: str, first: date, last: date) -> list[Statement]:
    """One statement for each currency in which something was owed or happened."""
    zone = accounts.get(tx, account_id).time_zone
    bound = {
        **{"account_id": account_id, "client_id": client_id, "last": last.isoformat()},
        **span_of_days(first, last, zone),
    }
    opening: dict[str, int] = {}
    for sign, statement in _SUMS:
        for row in tx.rows(statement, **bound):
            opening[row.currency] = opening.get(row.currency, 0) + sign * int(row.amount)
    found = sorted(_entries(tx, bound, zone), key=lambda one: one[0])  # of one day: billed, credited, paid
    currencies = dict.fromkeys([*(code for code, minor in opening.items() if minor), *(one[4] for one in found)])
    return [_statement(code, opening.get(code, 0), found) for code in currencies]


def _entries(tx: Tx, bound: dict[str, Any], zone: str) -> Iterator[Found]:
    for row in tx.rows(_INVOICES, **bound):
        yield date.fromisoformat(row.issue_date), "invoice", row.number, row.id, row.currency, row.total
    for row in tx.rows(_NOTES, **bound):
        day = date.fromisoformat(row.issue_date)
        yield day, "credit_note", row.number, row.invoice_id, row.currency, -row.total
    for row in tx.rows(_PAYMENTS, **bound):
        day = payment_rules.day_of(row.paid_at, zone)
        yield day, "payment", row.number, row.id, row.currency, -row.amount


def _statement(currency: str, opening: int, found: list[Found]) -> Statement:
    balance, entries = opening, []
    for day, kind, number, invoice_id, of_currency, minor in found:
        if of_currency == currency:
            balance += int(minor)
            entries.append(
                Entry(day, kind, number, invoice_id, _money(minor, currency), _money(balance, currency))
            )
    return Statement(currency, _money(opening, currency), entries, _money(balance, currency))


def _money(minor: int, currency: str) -> Decimal:
    return money.from_minor(int(minor), currency)
