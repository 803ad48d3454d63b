"""How much a late invoice costs: by the day, on what was open that day, rounded once.

A fee month begins on the day after the due date, or so many months later. Each day of it that has passed costs
its share of the monthly rate on the balance that was open on that day: a whole month at 1.5% costs exactly 1.5%,
ten days of a month of thirty a third of that. Money counts from the day on which it came in; what was credited was
never owed.
"""

import calendar
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, NamedTuple

import msgspec

from cleverinvo import clock, money
from cleverinvo.invoices import rules as invoices
from cleverinvo.invoices.rules import Invoice, Status
from cleverinvo.shapes import Noun

DAYS_MAX: Final = 3 * 366
"""Of one fee; what is older still is billed by the next."""

Reason = Literal[
    "off", "not_sent", "void", "is_fee", "not_overdue", "grace", "billed", "maximum", "other_currency", "nothing"
]
"""Why there is no fee."""

MEANINGS: Final[dict[Reason, str]] = {
    "off": "The account charges no late fees; set them up with PUT /account/late-fees.",
    "not_sent": "A draft is not late.",
    "void": "A void invoice is not late.",
    "is_fee": "There is no fee on a fee.",
    "not_overdue": "No whole day has passed since the due date.",
    "grace": "It is paid, or can still be paid, within the days of grace.",
    "billed": "Everything up to yesterday is billed already.",
    "maximum": "The fees have reached the most that the account charges.",
    "other_currency": "The account's fee is in another currency than the invoice.",
    "nothing": "What was open for so long comes to nothing.",
}


class LateFeePolicy(Noun, frozen=True):
    """What lateness costs: a rate for each month, or an amount once; neither where it costs nothing."""

    monthly_rate: Decimal | None
    amount: Decimal | None
    currency: str | None
    """Of the amount; invoices in others cost nothing."""
    grace_days: int
    maximum_rate: Decimal | None
    """The most that all fees of an invoice come to, in percent of its total."""
    is_automatic: bool
    """Whether a fee is drafted by itself when a month is over, or the days of grace are."""
    updated_at: str | None


class Stretch(Noun, frozen=True):
    """Days of one fee month on which the same balance was open."""

    from_day: str = msgspec.field(name="from")
    until_day: str = msgspec.field(name="until")
    days: int
    month_days: int
    """Of the whole month: the rate is for so many."""
    balance: Decimal


class Fee(Noun, frozen=True):
    """A fee that was billed. Its days are not billed again, also where its invoice was voided or deleted."""

    invoice_id: str
    invoice_number: str | None
    status: Status | None
    """Of its invoice; null where that was deleted as a draft."""
    from_day: str = msgspec.field(name="from")
    until_day: str = msgspec.field(name="until")
    amount: Decimal


class LateFee(Noun, frozen=True):
    """What an invoice's lateness has cost since it was last billed, and how that was worked out."""

    invoice_id: str
    currency: str
    amount: Decimal
    reason: Reason | None
    """Why it is nothing."""
    from_day: str | None = msgspec.field(name="from")
    until_day: str | None = msgspec.field(name="until")
    monthly_rate: Decimal | None
    stretches: list[Stretch]
    fees: list[Fee]


class Span(NamedTuple):
    """Days from the first to the last."""

    first: date
    last: date


class Income(NamedTuple):
    """Money that came in on a day."""

    day: date
    amount: Decimal


def refusal(policy: LateFeePolicy, invoice: Invoice) -> Reason | None:
    """Why an invoice costs no fee, however late it is."""
    if policy.monthly_rate is None and policy.amount is None:
        return "off"
    if invoice.voided_at or not invoice.sent_at:
        return "void" if invoice.voided_at else "not_sent"
    if invoice.fee_for:
        return "is_fee"
    is_other = policy.amount is not None and policy.currency != invoice.currency
    return "other_currency" if is_other else None


def span(
    policy: LateFeePolicy,
    invoice: Invoice,
    billed_until: date | None,
    settled_on: date | None,
    today: date,
    since: date | None = None,
) -> Span | Reason:
    """The days that are still to be billed: up to yesterday, or to the day before the invoice was settled.

    With `since`, the whole months that may be billed by themselves from that day on.
    """
    due = date.fromisoformat(invoice.due_date[:10])
    end = min(today, settled_on or today)
    if end <= clock.days_after(due, 1):
        return "not_overdue"
    if (end - due).days <= policy.grace_days:
        return "grace"
    if billed_until and policy.amount is not None:
        return "billed"
    first = clock.days_after(billed_until or due, 1)
    last = clock.days_after(end, -1)
    if since:
        first, last = by_itself(policy, due, Span(first, last), since)
    if first > last:
        return "billed"
    return Span(first, min(last, clock.days_after(first, DAYS_MAX - 1)))


def by_itself(policy: LateFeePolicy, due: date, days: Span, since: date) -> Span:
    """What of the days is billed without being asked for, perhaps nothing: whole months, and nothing of old.

    The first month is the one that ran on the day `since`; an amount is billed where the grace ended later.
    """
    if policy.amount is not None:
        return days if clock.days_after(due, policy.grace_days) >= since else Span(days.last, days.first)
    begun = clock.days_after(add_months(due, month_of(due, since)), 1) if since > due else days.first
    ended = add_months(due, month_of(due, clock.days_after(days.last, 1)))
    return Span(max(days.first, begun), ended)


def stretches(invoice: Invoice, days: Span, incomes: Sequence[Income]) -> list[Stretch]:
    """The days cut where a fee month ends and where money came in, without those on which nothing was open."""
    due = date.fromisoformat(invoice.due_date[:10])
    owed = invoice.total - invoice.amount_credited
    found = []
    for first, last, month in _pieces(due, days, incomes):
        paid = sum((income.amount for income in incomes if income.day <= first), money.ZERO)
        balance = invoices.due(owed, paid, money.ZERO)
        if balance:
            found.append(
                Stretch(
                    from_day=first.isoformat(),
                    until_day=last.isoformat(),
                    days=(last - first).days + 1,
                    month_days=(add_months(due, month + 1) - add_months(due, month)).days,
                    balance=balance,
                )
            )
    return found


def interest(rate: Decimal, found: Sequence[Stretch], currency: str) -> Decimal:
    """What the stretches cost at a monthly rate in percent: exact to the end, then rounded half up once."""
    exact = sum(
        (Fraction(one.balance) * Fraction(rate) * one.days / (100 * one.month_days) for one in found), Fraction()
    )
    minor = exact * 10 ** money.DIGITS[currency]
    return money.from_minor((2 * minor.numerator + minor.denominator) // (2 * minor.denominator), currency)


def capped(policy: LateFeePolicy, invoice: Invoice, amount: Decimal, billed: Decimal) -> Decimal:
    """The fee as far as all fees of the invoice stay within what the account charges at most."""
    if policy.maximum_rate is None:
        return amount
    exact = money.EXACT.scaleb(money.EXACT.multiply(invoice.total, policy.maximum_rate), -2)
    most = money.from_minor(money.to_minor(exact, invoice.currency), invoice.currency)
    return min(amount, max(most - billed, most - most))


def came_on(paid_at: str, time_zone: str) -> date:
    """The day of a payment. One that was given as a day is stored as its midnight in UTC, and stays that day."""
    if paid_at.endswith("T00:00:00.000Z"):
        return date.fromisoformat(paid_at[:10])
    return clock.day_of(paid_at, time_zone)


def month_of(due: date, day: date) -> int:
    """In which fee month, from 0, a day after the due date lies."""
    month = max((day.year - due.year) * 12 + day.month - due.month - 1, 0)
    while add_months(due, month + 1) < day:
        month += 1
    return month


def add_months(day: date, months: int) -> date:
    """So many months later: the 31st is the last day of a shorter month, and the calendar ends in 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _pieces(due: date, days: Span, incomes: Sequence[Income]) -> Iterator[tuple[date, date, int]]:
    """Each piece with its first day, its last, and its fee month."""
    first = days.first
    while first <= days.last:
        month = month_of(due, first)
        changes = [clock.days_after(income.day, -1) for income in incomes if income.day > first]
        last = min([days.last, add_months(due, month + 1), *changes])
        yield first, last, month
        first = clock.days_after(last, 1)
        if first == last:  # the calendar ends here
            return
