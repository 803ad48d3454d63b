"""Sums over invoices, credit notes and payments: one question each, answered from indexes where asked often."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import and_, bindparam, func, not_, or_, select

from cleverinvo import clock, money
from cleverinvo.db.schema import accounts, credit_notes, events, invoices, payments
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.invoices.rules import TaxShare
from cleverinvo.payments import rules as payment_rules
from cleverinvo.reports.rules import Billed, Happened, Sum, TaxRow

TIMES_TO_PAY_MAX: Final = 500
"""Invoices of which the average is taken: the latest ones, so that it costs the same in every year."""

NEWS_LOOKED_AT: Final = 60
QUIET: Final = ("invoice.updated", "client.updated")

_IS_DAY = func.substr(payments.c.paid_at, 11) == payment_rules.MIDNIGHT


def paid_before(day: str, moment: str) -> Any:
    """Payments before a bound day: those dated by a day by that day, the others by the account's own midnight."""
    return or_(
        and_(_IS_DAY, payments.c.paid_at < bindparam(day)),
        and_(not_(_IS_DAY), payments.c.paid_at < bindparam(moment)),
    )


IS_BILLED_IN_SPAN = (
    invoices.c.account_id == bindparam("account_id"),
    invoices.c.sent_at.is_not(None),
    invoices.c.voided_at.is_(None),
    invoices.c.currency == bindparam("currency"),
    invoices.c.issue_date >= bindparam("since"),
    invoices.c.issue_date <= bindparam("until"),
)
IS_CREDITED_IN_SPAN = (
    credit_notes.c.account_id == bindparam("account_id"),
    credit_notes.c.currency == bindparam("currency"),
    credit_notes.c.issue_date >= bindparam("since"),
    credit_notes.c.issue_date <= bindparam("until"),
)
_BILLED = (
    select(
        invoices.c.client_id,
        func.sum(invoices.c.total).label("billed"),
        func.sum(invoices.c.amount_paid).label("paid"),
    )
    .where(*IS_BILLED_IN_SPAN)
    .group_by(invoices.c.client_id)
)
_CREDITED = (
    select(credit_notes.c.client_id, func.sum(credit_notes.c.total).label("credited"))
    .where(*IS_CREDITED_IN_SPAN)
    .group_by(credit_notes.c.client_id)
)
_TAXES = select(invoices.c.tax_breakdown).where(*IS_BILLED_IN_SPAN)
_CREDITED_TAXES = select(credit_notes.c.tax_breakdown).where(*IS_CREDITED_IN_SPAN)
_RECEIVED: Any = select(func.sum(payments.c.amount).label("amount"), func.count().label("how_many")).where(
    payments.c.account_id == bindparam("account_id"),
    payments.c.currency == bindparam("currency"),
    payments.c.reversed_at.is_(None),
    payments.c.paid_at >= bindparam("least"),  # what the index is read by; then to the hour
    payments.c.paid_at < bindparam("most"),
    not_(paid_before("first", "first_moment")),
    paid_before("after", "after_moment"),
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
_BILLED_TO_CLIENT = (
    select(
        invoices.c.currency,
        func.sum(invoices.c.total - invoices.c.amount_credited).label("billed"),
        func.count().label("how_many"),
    )
    .where(
        invoices.c.account_id == bindparam("account_id"),
        invoices.c.client_id == bindparam("client_id"),
        invoices.c.sent_at.is_not(None),
        invoices.c.voided_at.is_(None),
    )
    .group_by(invoices.c.currency)
)
_NEWS = (
    select(events.c.type, events.c.created_at, events.c.data)
    .where(events.c.account_id == bindparam("account_id"))
    .order_by(events.c.sequence.desc())
    .limit(bindparam("most"))
)
_TIME_ZONE = select(accounts.c.time_zone).where(accounts.c.id == bindparam("account_id"))


def received(tx: Tx, account_id: int, currency: str, first: date, last: date) -> Sum:
    """What came in from one day to another: the day that was said with a payment, or the account's own."""
    bounds = span_of_days(first, last, _time_zone(tx, account_id))
    least, most = min(bounds["first"], bounds["first_moment"]), max(bounds["after"], bounds["after_moment"])
    row: Row = tx.row(_RECEIVED, account_id=account_id, currency=currency, least=least, most=most, **bounds)
    return Sum(currency, money.from_minor(int(row.amount or 0), currency), int(row.how_many))


def span_of_days(first: date, last: date, time_zone: str) -> dict[str, str]:
    """What `paid_before` is bound to: the first day and the one after the last, each with its midnight."""
    after = last + timedelta(days=1)
    return {
        **{"first": first.isoformat(), "first_moment": clock.stamp(clock.start_of(first, time_zone))},
        **{"after": after.isoformat(), "after_moment": clock.stamp(clock.start_of(after, time_zone))},
    }


def days_to_pay(tx: Tx, account_id: int, days_back: int) -> float | None:
    """How many days invoices took from issue to the last payment, on average; None where none was paid lately."""
    zone = _time_zone(tx, account_id)
    since = clock.stamp(clock.start_of(today(tx, account_id) - timedelta(days=days_back), zone))
    rows = tx.rows(_LATEST_PAID, account_id=account_id, since=since, most=TIMES_TO_PAY_MAX)
    if not rows:
        return None
    days = [(clock.day_of(row.paid_at, zone) - date.fromisoformat(row.issue_date)).days for row in rows]
    return sum(days) / len(days)


def billed(tx: Tx, account_id: int, currency: str, first: date, last: date) -> list[Billed]:
    """What each client was billed and credited in a span, by issue date, and what of those invoices is paid."""
    span = bind_span(account_id, currency, first, last)
    of_invoices = {row.client_id: row for row in tx.rows(_BILLED, **span)}
    credited = {row.client_id: int(row.credited) for row in tx.rows(_CREDITED, **span)}
    found = []
    for client_id in of_invoices | credited:
        row = of_invoices.get(client_id)
        minor = (int(row.billed) if row else 0, credited.get(client_id, 0), int(row.paid) if row else 0)
        found.append(Billed(client_id, *(money.from_minor(amount, currency) for amount in minor)))
    return found


def taxes(tx: Tx, account_id: int, currency: str, first: date, last: date) -> list[TaxRow]:
    """The tax of each rate and category in a span, by issue date: of invoices, less that of credit notes."""
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for statement, sign in ((_TAXES, 1), (_CREDITED_TAXES, -1)):
        for row in tx.stream(statement, **bind_span(account_id, currency, first, last)):
            for share in _breakdown.decode(row.tax_breakdown):
                of_rate = sums.setdefault((share.tax_rate, share.tax_category), [money.ZERO, money.ZERO])
                of_rate[0] += sign * share.taxable_amount
                of_rate[1] += sign * share.tax_amount
    return [TaxRow(rate, category, *amounts) for (rate, category), amounts in sorted(sums.items())]


def billed_to_client(tx: Tx, account_id: int, client_id: str) -> list[Sum]:
    """What a client was ever billed, less what was credited, by currency."""
    rows = tx.rows(_BILLED_TO_CLIENT, account_id=account_id, client_id=client_id)
    return [Sum(row.currency, money.from_minor(int(row.billed), row.currency), int(row.how_many)) for row in rows]


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


def bind_span(account_id: int, currency: str, first: date, last: date) -> dict[str, Any]:
    """What the conditions of a span are bound to."""
    return {
        "account_id": account_id,
        "currency": currency,
        "since": first.isoformat(),
        "until": last.isoformat(),
    }


_breakdown = msgspec.json.Decoder(list[TaxShare])
