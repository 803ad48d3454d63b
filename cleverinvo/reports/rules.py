"""Spans of time and classes of age, as reports speak of them."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from cleverinvo.invoices.rules import TaxCategory

AGES: Final = ("Not due", "1–30 days", "31–60", "61–90", "Over 90")
"""How long money has been owed after its due date."""

AGE_DAYS: Final = (0, 30, 60, 90)

EntryKind = Literal["invoice", "credit_note", "payment"]


class Moment(NamedTuple):
    """Where an account stands: its newest event, and its day. As long as it is the same, so is every sum."""

    event_sequence: int
    time_zone: str
    today: date


class Sum(NamedTuple):
    """So many invoices, and what they come to in one currency."""

    currency: str
    amount: Decimal
    how_many: int


class ClientSums(NamedTuple):
    """What one client was billed and owes, by currency."""

    billed: list[Sum]
    open: list[Sum]
    overdue: list[Sum]


class Open(NamedTuple):
    """What is owed in one currency."""

    currency: str
    amount: Decimal
    how_many: int
    overdue: Decimal
    overdue_count: int
    oldest_due: str


class Month(NamedTuple):
    """What came in during a month, and what was billed in it and is still owed."""

    first: date
    received: Decimal
    owed: Decimal


class Age(NamedTuple):
    """What has been owed for so long."""

    words: str
    amount: Decimal
    how_many: int


class OfClient(NamedTuple):
    """What one client was billed and credited in a span and has paid, or what it owes now, by age."""

    client_id: str
    name: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, Decimal(0))


class TaxRow(NamedTuple):
    """The tax of one rate in a span (by issue date), less what was credited."""

    rate: Decimal
    category: TaxCategory
    taxable: Decimal
    tax: Decimal


class Entry(NamedTuple):
    """One line of a statement: an invoice, a credit note or a payment, with what was owed after it."""

    day: date
    kind: EntryKind
    words: str
    invoice_id: str
    amount: Decimal
    """What is added to what the client owes; below zero for what is taken off."""
    balance: Decimal


class Statement(NamedTuple):
    """What one client was billed, credited and has paid in a span, in one currency."""

    currency: str
    opening: Decimal
    entries: list[Entry]
    closing: Decimal

    def total(self, kind: EntryKind) -> Decimal:
        return sum((one.amount for one in self.entries if one.kind == kind), Decimal(0))


class Happened(NamedTuple):
    """One event, as much of it as a line of news needs."""

    type: str
    at: str
    data: Mapping[str, object]


def months_back(today: date, how_many: int) -> list[date]:
    """The first days of so many months, this one the last."""
    months, first = [], today.replace(day=1)
    for _ in range(how_many):
        months.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return months[::-1]


def month_before(day: date) -> date:
    """The same day of the month before, or its last where it has none such."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def month_after(first: date) -> date:
    return first + timedelta(days=monthrange(first.year, first.month)[1])


def age_bounds(today: date) -> list[str]:
    """The due dates from which on money is not due, owed up to 30, 60 and 90 days."""
    return [(today - timedelta(days=days)).isoformat() for days in AGE_DAYS]
