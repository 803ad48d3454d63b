"""Spans of time and classes of age, as reports speak of them."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final, Literal, NamedTuple

from cleverinvo import money
from cleverinvo.invoices.rules import TaxCategory

AGES: Final = ("Not due", "1–30 days", "31–60", "61–90", "Over 90")
"""How long money has been owed after its due date."""

AGE_DAYS: Final = (0, 30, 60, 90)

EntryKind = Literal["invoice", "credit_note", "payment"]


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


class Owed(NamedTuple):
    """What one client owes in one currency, and has for so long."""

    client_id: str
    currency: str
    age: int
    """A place in AGES."""
    amount: Decimal
    how_many: int
    oldest_due: str


class Debt(NamedTuple):
    """What one client owes, by age."""

    client_id: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, Decimal(0))


class Billed(NamedTuple):
    """What one client was billed and credited in a span, and what it has paid of those invoices."""

    client_id: str
    billed: Decimal
    credited: Decimal
    paid: Decimal

    @property
    def net(self) -> Decimal:
        return self.billed - self.credited


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


def open_by_currency(owed: Iterable[Owed]) -> list[Open]:
    """What is owed in each currency, most invoices first."""
    found: dict[str, list[Owed]] = {}
    for one in owed:
        found.setdefault(one.currency, []).append(one)
    sums = [
        Open(
            currency,
            sum((one.amount for one in parts), Decimal(0)),
            sum(one.how_many for one in parts),
            sum((one.amount for one in parts if one.age), Decimal(0)),
            sum(one.how_many for one in parts if one.age),
            min(one.oldest_due for one in parts),
        )
        for currency, parts in found.items()
    ]
    return sorted(sums, key=lambda one: -one.how_many)


def ages(owed: Iterable[Owed], currency: str) -> list[Age]:
    """What is owed in a currency, by how long it has been due."""
    amounts, counts = [money.from_minor(0, currency)] * len(AGES), [0] * len(AGES)
    for one in owed:
        if one.currency == currency:
            amounts[one.age] += one.amount
            counts[one.age] += one.how_many
    return [Age(*of_age) for of_age in zip(AGES, amounts, counts, strict=True)]


def debts(owed: Iterable[Owed], currency: str) -> list[Debt]:
    """Who owes what in a currency for how long, the largest debt first."""
    amounts: dict[str, list[Decimal]] = {}
    for one in owed:
        if one.currency == currency:
            amounts.setdefault(one.client_id, [money.from_minor(0, currency)] * len(AGES))[one.age] += one.amount
    found = [Debt(client_id, tuple(of_ages)) for client_id, of_ages in amounts.items()]
    return sorted(found, key=lambda one: -one.total)


def owed_by_client(owed: Iterable[Owed]) -> dict[str, list[Sum]]:
    """What each client owes, by currency; a client that owes nothing is not there."""
    sums: dict[str, dict[str, Sum]] = {}
    for one in owed:
        of_client = sums.setdefault(one.client_id, {})
        before = of_client.get(one.currency, Sum(one.currency, Decimal(0), 0))
        of_client[one.currency] = Sum(one.currency, before.amount + one.amount, before.how_many + one.how_many)
    return {client_id: list(of_client.values()) for client_id, of_client in sums.items()}


def join_billed(parts: Iterable[Sequence[Billed]]) -> list[Billed]:
    """What was billed in several spans together, the largest net amount first."""
    sums: dict[str, Billed] = {}
    for one in chain.from_iterable(parts):
        before = sums.get(one.client_id)
        if before:
            one = Billed(one.client_id, *(a + b for a, b in zip(before[1:], one[1:], strict=True)))
        sums[one.client_id] = one
    return sorted(sums.values(), key=lambda one: -one.net)


def join_taxes(parts: Iterable[Sequence[TaxRow]]) -> list[TaxRow]:
    """The tax of several spans together, by rate and category."""
    sums: dict[tuple[Decimal, TaxCategory], TaxRow] = {}
    for one in chain.from_iterable(parts):
        before = sums.get(one[:2])
        sums[one[:2]] = (
            one._replace(taxable=before.taxable + one.taxable, tax=before.tax + one.tax) if before else one
        )
    return [sums[key] for key in sorted(sums)]


def months_of(first: date, last: date) -> list[tuple[date, date]]:
    """A span cut into its months, the first and the last of which may be parts of one."""
    found = []
    while first <= last:
        end = min(month_after(first.replace(day=1)) - timedelta(days=1), last)
        found.append((first, end))
        first = end + timedelta(days=1)
    return found


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
