"""Late fees: worked examples to the cent, and laws that hold for any days, payments and rates."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo import money
from cleverinvo.late_fees import rules
from cleverinvo.late_fees.rules import Income, LateFeePolicy, Span
from cleverinvo.late_fees.store import NO_POLICY

DUE = date(2026, 3, 31)


def policy(**fields: Any) -> LateFeePolicy:
    given_fields = {"monthly_rate": Decimal("1.5"), **fields}
    return msgspec.structs.replace(NO_POLICY, **given_fields)


def late(total: str = "11800.00", due: date = DUE, currency: str = "USD", credited: str = "0") -> Any:
    """What the rules look at of an invoice; the guide's unless told otherwise."""
    return SimpleNamespace(
        total=Decimal(total), currency=currency, due_date=f"{due}T00:00:00.000Z", amount_credited=Decimal(credited)
    )


def fee(invoice: Any, first: str, last: str, rate: str = "1.5", *incomes: tuple[str, str]) -> str:
    days = Span(date.fromisoformat(first), date.fromisoformat(last))
    came_in = [Income(date.fromisoformat(day), Decimal(amount)) for day, amount in incomes]
    found = rules.stretches(invoice, days, came_in)
    return str(rules.interest(Decimal(rate), found, invoice.currency))


@pytest.mark.parametrize(
    ("invoice", "first", "last", "rate", "incomes", "amount"),
    [
        # The guide's invoice, a whole month late: 1.5% of 11,800.
        (late(), "2026-04-01", "2026-04-30", "1.5", [], "177.00"),
        # May has 31 days, and costs the same.
        (late(), "2026-05-01", "2026-05-31", "1.5", [], "177.00"),
        # Ten days of April: a third of the month.
        (late(), "2026-04-01", "2026-04-10", "1.5", [], "59.00"),
        # Half of it was paid on the 16th: fifteen days of 11,800 and fifteen of 5,900.
        (late(), "2026-04-01", "2026-04-30", "1.5", [("2026-04-16", "5900")], "132.75"),
        # Paid before it was due, it counts on every day.
        (late(), "2026-04-01", "2026-04-30", "1.5", [("2026-03-05", "1800")], "150.00"),
        # All of it was paid on the 2nd: one day, 11,800 × 1.5% / 30.
        (late(), "2026-04-01", "2026-04-30", "1.5", [("2026-04-02", "11800")], "5.90"),
        # Due on 30 January, its first fee month is the 29 days to 28 February.
        (late("100.00", date(2026, 1, 30)), "2026-01-31", "2026-02-28", "2", [], "2.00"),
        (late("100.00", date(2026, 1, 30)), "2026-01-31", "2026-01-31", "2", [], "0.07"),
        # Two months and ten days of the third (30 days in June): 1% + 1% + 1/3%.
        (late("900.00"), "2026-04-01", "2026-06-10", "1", [], "21.00"),
        # Half a cent is rounded up, once: 1.5% of 1.00 is 0.015.
        (late("1.00"), "2026-04-01", "2026-04-30", "1.5", [], "0.02"),
        # Three days that are each 0.005 are 0.015, not three times 0.01.
        (late("10.00"), "2026-04-01", "2026-04-03", "1.5", [], "0.02"),
        # Currencies of no and of three decimals.
        (late("10000", currency="JPY"), "2026-04-01", "2026-04-10", "1.5", [], "50"),
        (late("10.000", currency="KWD"), "2026-04-01", "2026-04-10", "1.5", [], "0.050"),
        # What was credited was never owed.
        (late(credited="1800.00"), "2026-04-01", "2026-04-30", "1.5", [], "150.00"),
        # The last days of the calendar.
        (late("100.00", date(9999, 12, 30)), "9999-12-31", "9999-12-31", "1.5", [], "1.50"),
    ],
)
def test_a_worked_example(invoice: Any, first: str, last: str, rate: str, incomes: Any, amount: str) -> None:
    assert fee(invoice, first, last, rate, *incomes) == amount


days_late = st.integers(1, 800)
rates = st.decimals("0.0001", "100", places=4)
totals = st.decimals("0.01", "9999999.99", places=2)
incomes = st.lists(
    st.tuples(st.integers(-40, 900), st.decimals("0.01", "5000000", places=2)),
    max_size=5,
)
dues = st.dates(date(2019, 12, 1), date(2025, 3, 1))


@given(dues, totals, rates, incomes, days_late)
def test_the_stretches_are_every_day_on_which_something_was_open(
    due: date, total: Decimal, rate: Decimal, came: list[tuple[int, Decimal]], days: int
) -> None:
    """The same, added up day by day by whoever checks it: each day's month asked for anew."""
    invoice = late(str(total), due)
    paid = [Income(due + timedelta(days=after), amount) for after, amount in came]
    first, last = due + timedelta(days=1), due + timedelta(days=days)
    found = rules.stretches(invoice, Span(first, last), paid)
    by_day = {
        date.fromisoformat(one.from_day) + timedelta(days=place): one for one in found for place in range(one.days)
    }
    assert sum(one.days for one in found) == len(by_day)
    exact = Decimal(0)
    for place in range(days):
        day = first + timedelta(days=place)
        balance = max(total - sum((one.amount for one in paid if one.day <= day), Decimal(0)), Decimal(0))
        assert (by_day[day].balance if day in by_day else 0) == balance
        exact += balance * rate / 100 / (by_day[day].month_days if day in by_day else 30)
    assert abs(rules.interest(rate, found, "USD") - exact) <= Decimal("0.005000001")


@given(dues, totals, rates, st.integers(1, 30))
def test_whole_months_cost_the_rate_whatever_their_length(
    due: date, total: Decimal, rate: Decimal, months: int
) -> None:
    invoice = late(str(total), due)
    days = Span(due + timedelta(days=1), rules.add_months(due, months))
    exact = total * rate * months / 100
    assert rules.interest(rate, rules.stretches(invoice, days, []), "USD") == money.from_minor(
        money.to_minor(exact, "USD"), "USD"
    )


@given(dues, st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(0, 60))
def test_bills_follow_one_another_and_share_no_day(due: date, waits: list[int], grace: int) -> None:
    invoice, terms = late("100.00", due), policy(grace_days=grace)
    today, billed, seen = due, None, []
    for wait in waits:
        today += timedelta(days=wait)
        days = rules.span(terms, invoice, billed, None, today)
        if isinstance(days, Span):
            assert days.last < today
            seen.append(days)
            billed = days.last
    if seen:
        assert seen[0].first == due + timedelta(days=1)
        assert all(then.first == first.last + timedelta(days=1) for first, then in itertools.pairwise(seen))


@pytest.mark.parametrize(
    ("fields", "billed", "settled", "today", "found"),
    [
        ({}, None, None, "2026-03-31", "not_overdue"),
        ({}, None, None, "2026-04-01", "not_overdue"),
        ({}, None, None, "2026-04-02", ("2026-04-01", "2026-04-01")),
        ({"grace_days": 5}, None, None, "2026-04-05", "grace"),
        ({"grace_days": 5}, None, None, "2026-04-06", ("2026-04-01", "2026-04-05")),
        ({"grace_days": 5}, None, "2026-04-05", "2026-08-01", "grace"),
        ({}, None, "2026-04-11", "2026-08-01", ("2026-04-01", "2026-04-10")),
        ({}, "2026-04-10", None, "2026-04-11", "billed"),
        ({}, "2026-04-10", None, "2026-04-13", ("2026-04-11", "2026-04-12")),
        ({"monthly_rate": None, "amount": Decimal(40)}, "2026-04-01", None, "2026-06-01", "billed"),
    ],
)
def test_the_days_of_a_bill(fields: Any, billed: str | None, settled: str | None, today: str, found: Any) -> None:
    days = [None if one is None else date.fromisoformat(one) for one in (billed, settled)]
    got = rules.span(policy(**fields), late(), *days, date.fromisoformat(today))
    assert (got if isinstance(got, str) else tuple(day.isoformat() for day in got)) == found


@pytest.mark.parametrize(
    ("today", "since", "billed", "found"),
    [
        ("2026-04-30", "2026-03-01", None, "billed"),  # the month is not over
        ("2026-05-01", "2026-03-01", None, ("2026-04-01", "2026-04-30")),
        ("2026-06-15", "2026-03-01", None, ("2026-04-01", "2026-05-31")),
        ("2026-06-15", "2026-03-01", "2026-04-30", ("2026-05-01", "2026-05-31")),
        ("2026-06-15", "2026-05-20", None, ("2026-05-01", "2026-05-31")),  # the month that ran when it was set
        ("2036-06-15", "2036-05-20", None, ("2036-05-01", "2036-05-31")),  # and nothing of ten years before
    ],
)
def test_what_is_billed_by_itself(today: str, since: str, billed: str | None, found: Any) -> None:
    until = None if billed is None else date.fromisoformat(billed)
    got = rules.span(policy(), late(), until, None, date.fromisoformat(today), date.fromisoformat(since))
    assert (got if isinstance(got, str) else tuple(day.isoformat() for day in got)) == found


@pytest.mark.parametrize(
    ("amount", "billed", "maximum", "left"),
    [("177.00", "0.00", "5", "177.00"), ("177.00", "500.00", "5", "90.00"), ("177.00", "600.00", "5", "0.00")],
)
def test_all_fees_of_an_invoice_stay_within_the_maximum(amount: str, billed: str, maximum: str, left: str) -> None:
    terms = policy(maximum_rate=Decimal(maximum))
    assert str(rules.capped(terms, late(), Decimal(amount), Decimal(billed))) == left


@pytest.mark.parametrize(
    ("stamp", "zone", "day"),
    [
        ("2026-04-10T00:00:00.000Z", "America/New_York", "2026-04-10"),  # given as a day
        ("2026-04-10T00:00:01.000Z", "America/New_York", "2026-04-09"),
        ("2026-04-09T23:00:00.000Z", "Europe/Berlin", "2026-04-10"),
    ],
)
def test_a_payment_came_on_a_day_of_the_account(stamp: str, zone: str, day: str) -> None:
    assert rules.came_on(stamp, zone).isoformat() == day
