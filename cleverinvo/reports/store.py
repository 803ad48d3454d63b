"""Sums over invoices and payments: one question each, answered from indexes where it is asked often."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import Integer, bindparam, case, cast, func, literal, literal_column, select

from cleverinvo import clock, money
from cleverinvo.db.schema import accounts, clients, counters, credit_notes, events, invoices, payments
from cleverinvo.db.statements import among
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.invoices.rules import TaxShare
from cleverinvo.reports import rules
from cleverinvo.reports.rules import Age, ClientSums, Happened, Moment, Month, OfClient, Open, Sum, TaxRow

TIMES_TO_PAY_MAX: Final = 500
"""Invoices of which the average is taken: the latest ones, so that it costs the same in every year."""

NEWS_LOOKED_AT: Final = 60
QUIET: Final = ("invoice.updated", "client.updated")

_MINE = invoices.c.account_id == bindparam("account_id")
_IS_BILLED = invoices.c.sent_at.is_not(None) & invoices.c.voided_at.is_(None)
_SETTLED = invoices.c.amount_paid + invoices.c.amount_credited
_IS_OPEN = _IS_BILLED & (invoices.c.total > _SETTLED)
_DUE = case((invoices.c.total > _SETTLED, invoices.c.total - _SETTLED), else_=0)
_IS_LATE = invoices.c.due_date < bindparam("today")
_IN_CURRENCY = invoices.c.currency == bindparam("currency")
_AGE = case(
    *((invoices.c.due_date >= bindparam(f"age_{place}"), literal(place)) for place in range(len(rules.AGE_DAYS))),
    else_=literal(len(rules.AGE_DAYS)),
).label("age")


_BY_AGE: Any = literal_column(
    "age"
)  # by its name: PostgreSQL takes the expression with other bound values for another


def _count(condition: Any) -> Any:
    return func.sum(cast(case((condition, 1), else_=0), Integer))


_OPEN = (
    select(
        invoices.c.currency,
        func.sum(_DUE).label("due"),
        func.count().label("how_many"),
        func.sum(case((_IS_LATE, _DUE), else_=0)).label("late"),
        _count(_IS_LATE).label("late_count"),
        func.min(invoices.c.due_date).label("oldest"),
    )
    .where(_MINE, _IS_OPEN)
    .group_by(invoices.c.currency)
)
_AGES = (
    select(_AGE, func.sum(_DUE).label("due"), func.count().label("how_many"))
    .where(_MINE, _IS_OPEN, _IN_CURRENCY)
    .group_by(_BY_AGE)
)
_AGES_BY_CLIENT = (
    select(invoices.c.client_id, clients.c.name, _AGE, func.sum(_DUE).label("due"))
    .select_from(invoices.join(clients, clients.c.id == invoices.c.client_id))
    .where(_MINE, _IS_OPEN, _IN_CURRENCY)
    .group_by(invoices.c.client_id, clients.c.name, _BY_AGE)
)
_OWED_BY_MONTH = (
    select(func.substr(invoices.c.issue_date, 1, 7).label("month"), func.sum(_DUE).label("due"))
    .where(_MINE, _IS_OPEN, _IN_CURRENCY, invoices.c.issue_date >= bindparam("since"))
    .group_by(literal_column("month"))
)
_RECEIVED: Any = select(func.sum(payments.c.amount).label("amount"), func.count().label("how_many")).where(
    payments.c.account_id == bindparam("account_id"),
    payments.c.currency == bindparam("currency"),
    payments.c.paid_at >= bindparam("since"),
    payments.c.paid_at < bindparam("until"),
    payments.c.reversed_at.is_(None),
)
_LATEST_PAID = (
    select(invoices.c.issue_date, invoices.c.paid_at)
    .select_from(payments.join(invoices, invoices.c.id == payments.c.invoice_id))
    .where(
        payments.c.account_id == bindparam("account_id"),
        payments.c.paid_at >= bindparam("since"),
        invoices.c.paid_at.is_not(None),
    )
    .order_by(payments.c.paid_at.desc())
    .limit(bindparam("most"))
)
_BILLED_BY_CLIENT = (
    select(
        invoices.c.client_id,
        clients.c.name,
        func.sum(invoices.c.total).label("billed"),
        func.sum(invoices.c.amount_paid).label("paid"),
    )
    .select_from(invoices.join(clients, clients.c.id == invoices.c.client_id))
    .where(
        _MINE,
        _IS_BILLED,
        _IN_CURRENCY,
        invoices.c.issue_date >= bindparam("since"),
        invoices.c.issue_date <= bindparam("until"),
    )
    .group_by(invoices.c.client_id, clients.c.name)
)
_OF_NOTES = (
    credit_notes.c.account_id == bindparam("account_id"),
    credit_notes.c.currency == bindparam("currency"),
    credit_notes.c.issue_date >= bindparam("since"),
    credit_notes.c.issue_date <= bindparam("until"),
)
_CREDITED_BY_CLIENT = (
    select(credit_notes.c.client_id, clients.c.name, func.sum(credit_notes.c.total).label("credited"))
    .select_from(credit_notes.join(clients, clients.c.id == credit_notes.c.client_id))
    .where(*_OF_NOTES)
    .group_by(credit_notes.c.client_id, clients.c.name)
)
_CREDITED_TAXES = select(credit_notes.c.tax_breakdown).where(*_OF_NOTES)
_TAXES = select(invoices.c.tax_breakdown).where(
    _MINE,
    _IS_BILLED,
    _IN_CURRENCY,
    invoices.c.issue_date >= bindparam("since"),
    invoices.c.issue_date <= bindparam("until"),
)
_OPEN_BY_CLIENT = (
    select(invoices.c.client_id, invoices.c.currency, func.sum(_DUE).label("due"), func.count().label("how_many"))
    .where(_MINE, _IS_OPEN, among(invoices.c.client_id, "client_ids"))
    .group_by(invoices.c.client_id, invoices.c.currency)
)
_OF_CLIENT = (
    select(
        invoices.c.currency,
        func.sum(invoices.c.total - invoices.c.amount_credited).label("billed"),
        func.count().label("how_many"),
        func.sum(_DUE).label("due"),
        _count(_IS_OPEN).label("open_count"),
        func.sum(case((_IS_OPEN & _IS_LATE, _DUE), else_=0)).label("late"),
        _count(_IS_OPEN & _IS_LATE).label("late_count"),
    )
    .where(_MINE, _IS_BILLED, invoices.c.client_id == bindparam("client_id"))
    .group_by(invoices.c.currency)
)
_NEWS = (
    select(events.c.type, events.c.created_at, events.c.data)
    .where(events.c.account_id == bindparam("account_id"))
    .order_by(events.c.sequence.desc())
    .limit(bindparam("most"))
)
_TIME_ZONE = select(accounts.c.time_zone).where(accounts.c.id == bindparam("account_id"))
_MOMENT = select(counters.c.event_sequence, accounts.c.time_zone).where(
    counters.c.account_id == bindparam("account_id"), accounts.c.id == bindparam("account_id")
)


def moment(tx: Tx, account_id: int) -> Moment:
    """What all sums of an account follow from."""
    row: Row = tx.row(_MOMENT, account_id=account_id)
    return Moment(int(row.event_sequence), row.time_zone, clock.today(tx.now, row.time_zone))


def open_by_currency(tx: Tx, account_id: int) -> list[Open]:
    """What is owed, most invoices first."""
    rows = tx.rows(_OPEN, account_id=account_id, today=today(tx, account_id).isoformat())
    found = [
        Open(
            row.currency,
            money.from_minor(int(row.due), row.currency),
            int(row.how_many),
            money.from_minor(int(row.late), row.currency),
            int(row.late_count),
            row.oldest,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: -one.how_many)


def ages(tx: Tx, account_id: int, currency: str) -> list[Age]:
    """What is owed in a currency, by how long it has been due."""
    found = {row.age: row for row in tx.rows(_AGES, **_in(tx, account_id, currency))}
    return [
        Age(words, money.from_minor(int(found[place].due), currency), int(found[place].how_many))
        if place in found
        else Age(words, money.from_minor(0, currency), 0)
        for place, words in enumerate(rules.AGES)
    ]


def ages_by_client(tx: Tx, account_id: int, currency: str) -> list[OfClient]:
    """Who owes what for how long, the largest debt first."""
    amounts: dict[tuple[str, str], list[int]] = {}
    for row in tx.rows(_AGES_BY_CLIENT, **_in(tx, account_id, currency)):
        amounts.setdefault((row.client_id, row.name), [0] * len(rules.AGES))[row.age] = int(row.due)
    found = [
        OfClient(client_id, name, tuple(money.from_minor(minor, currency) for minor in of_ages))
        for (client_id, name), of_ages in amounts.items()
    ]
    return sorted(found, key=lambda one: -one.total)


def months(tx: Tx, account_id: int, currency: str, how_many: int) -> list[Month]:
    """What came in during each of the last months, and what was billed in it and is still owed."""
    firsts = rules.months_back(today(tx, account_id), how_many)
    rows = tx.rows(_OWED_BY_MONTH, account_id=account_id, currency=currency, since=firsts[0].isoformat())
    owed = {row.month: int(row.due) for row in rows}
    return [
        Month(
            first,
            received(tx, account_id, currency, first, rules.month_after(first)).amount,
            money.from_minor(owed.get(first.isoformat()[:7], 0), currency),
        )
        for first in firsts
    ]


def received(tx: Tx, account_id: int, currency: str, first: date, after: date) -> Sum:
    """What came in from a day on, until before another, both in the account's time zone."""
    zone = _time_zone(tx, account_id)
    row: Row = tx.row(
        _RECEIVED,
        account_id=account_id,
        currency=currency,
        since=clock.stamp(clock.start_of(first, zone)),
        until=clock.stamp(clock.start_of(after, zone)),
    )
    return Sum(currency, money.from_minor(int(row.amount or 0), currency), int(row.how_many))


def days_to_pay(tx: Tx, account_id: int, days_back: int) -> float | None:
    """How many days invoices took from issue to the last payment, on average; None where none was paid lately."""
    zone = _time_zone(tx, account_id)
    since = clock.stamp(clock.start_of(today(tx, account_id) - timedelta(days=days_back), zone))
    rows = tx.rows(_LATEST_PAID, account_id=account_id, since=since, most=TIMES_TO_PAY_MAX)
    if not rows:
        return None
    days = [(clock.day_of(row.paid_at, zone) - date.fromisoformat(row.issue_date)).days for row in rows]
    return sum(days) / len(days)


def billed_by_client(tx: Tx, account_id: int, currency: str, first: date, last: date) -> list[OfClient]:
    """What each client was billed and credited in a span (by issue date), the difference, and what of the
    invoices is paid; the largest difference first."""
    span = _span(account_id, currency, first, last)
    billed = {(row.client_id, row.name): row for row in tx.rows(_BILLED_BY_CLIENT, **span)}
    credited = {(row.client_id, row.name): int(row.credited) for row in tx.rows(_CREDITED_BY_CLIENT, **span)}
    found = []
    for client_id, name in billed | credited:
        row = billed.get((client_id, name))
        of_invoices, paid = (int(row.billed), int(row.paid)) if row else (0, 0)
        of_notes = credited.get((client_id, name), 0)
        amounts = (of_invoices, of_notes, of_invoices - of_notes, paid)
        found.append(OfClient(client_id, name, tuple(money.from_minor(minor, currency) for minor in amounts)))
    return sorted(found, key=lambda one: -one.amounts[2])


def taxes(tx: Tx, account_id: int, currency: str, first: date, last: date) -> list[TaxRow]:
    """The tax of each rate and category in a span, by issue date: of invoices, less that of credit notes."""
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for statement, sign in ((_TAXES, 1), (_CREDITED_TAXES, -1)):
        for row in tx.stream(statement, **_span(account_id, currency, first, last)):
            for share in _breakdown.decode(row.tax_breakdown):
                of_rate = sums.setdefault((share.tax_rate, share.tax_category), [money.ZERO, money.ZERO])
                of_rate[0] += sign * share.taxable_amount
                of_rate[1] += sign * share.tax_amount
    return [TaxRow(rate, category, *amounts) for (rate, category), amounts in sorted(sums.items())]


def open_by_client(tx: Tx, account_id: int, client_ids: Sequence[str]) -> dict[str, list[Sum]]:
    """What each of the clients owes, by currency; a client that owes nothing is not there."""
    owed: dict[str, list[Sum]] = {}
    for row in tx.rows(_OPEN_BY_CLIENT, account_id=account_id, client_ids=list(client_ids)):
        owed.setdefault(row.client_id, []).append(_sum(row.currency, row.due, row.how_many))
    return owed


def sums_of_client(tx: Tx, account_id: int, client_id: str) -> ClientSums:
    """What a client was billed (less what was credited), owes, and owes too long."""
    day = today(tx, account_id).isoformat()
    rows = tx.rows(_OF_CLIENT, account_id=account_id, client_id=client_id, today=day)
    return ClientSums(
        [_sum(row.currency, row.billed, row.how_many) for row in rows],
        [_sum(row.currency, row.due, row.open_count) for row in rows if row.open_count],
        [_sum(row.currency, row.late, row.late_count) for row in rows if row.late_count],
    )


def news(tx: Tx, account_id: int, how_many: int) -> list[Happened]:
    """What happened lately, the newest first, without the small changes."""
    rows = tx.rows(_NEWS, account_id=account_id, most=NEWS_LOOKED_AT)
    told = [row for row in rows if row.type not in QUIET][:how_many]
    return [Happened(row.type, row.created_at, msgspec.json.decode(row.data)) for row in told]


def today(tx: Tx, account_id: int) -> date:
    """The account's day."""
    return clock.today(tx.now, _time_zone(tx, account_id))


def _time_zone(tx: Tx, account_id: int) -> str:
    row: Row = tx.row(_TIME_ZONE, account_id=account_id)
    return str(row.time_zone)


def _in(tx: Tx, account_id: int, currency: str) -> dict[str, Any]:
    bounds = rules.age_bounds(today(tx, account_id))
    ages = {f"age_{place}": bound for place, bound in enumerate(bounds)}
    return {"account_id": account_id, "currency": currency, **ages}


def _span(account_id: int, currency: str, first: date, last: date) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "currency": currency,
        "since": first.isoformat(),
        "until": last.isoformat(),
    }


def _sum(currency: str, minor: int, how_many: int) -> Sum:
    return Sum(currency, money.from_minor(int(minor), currency), int(how_many))


_breakdown = msgspec.json.Decoder(list[TaxShare])
