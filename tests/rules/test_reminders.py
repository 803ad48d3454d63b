"""Reminders: which steps an invoice has reached, why one is not sent, and what a text may hold."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo.reminders import rules
from cleverinvo.reminders.rules import ReminderStep, Today


def invoice(due: str = "2026-03-20", **fields: Any) -> Any:
    """What the rules look at of an open invoice."""
    facts = {"due_date": f"{due}T00:00:00.000Z", "sent_at": "x", "voided_at": None, "amount_due": 1}
    return SimpleNamespace(**{**facts, **fields})


def today(day: str, since: str = "", sent_on: str = "2026-03-01") -> Today:
    return Today(date.fromisoformat(day), since, sent_on)


@pytest.mark.parametrize(
    ("days", "now", "reason"),
    [
        (-3, today("2026-03-17"), None),
        (-3, today("2026-03-20"), None),  # three days late, but still before it is due
        (-3, today("2026-03-21"), "missed"),
        (-30, today("2026-03-10", sent_on="2026-01-01"), "missed"),  # its day was 18 February
        (0, today("2026-03-27"), None),
        (0, today("2026-03-28"), "missed"),
        (7, today("2026-04-03"), None),
        (7, today("2026-04-04"), "missed"),
        (7, today("2026-03-27", since="2026-03-27"), None),
        (7, today("2026-03-28", since="2026-03-28"), "before_policy"),
        (0, today("2026-03-20", sent_on="2026-03-20"), "before_sending"),
        (1, today("2026-03-21", sent_on="2026-03-20"), None),
        (365, today("2026-03-01"), None),
    ],
)
def test_a_step_is_sent_on_its_day_or_a_week_after(days: int, now: Today, reason: str | None) -> None:
    assert rules.objection(invoice(), days, now) == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"sent_at": None}, "not_sent"),
        ({"voided_at": "x"}, "void"),
        ({"voided_at": "x", "sent_at": None}, "void"),
        ({"amount_due": 0}, "settled"),
        ({}, None),
    ],
)
def test_what_is_no_debt_has_no_reminder(fields: Any, reason: str | None) -> None:
    assert rules.objection(invoice(**fields), 0, today("2026-03-20")) == reason


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_too(due: str) -> None:
    steps = [ReminderStep(days=days, texts=[]) for days in (-60, 0, 365)]
    assert isinstance(rules.reached(invoice(due), steps, [], date(2026, 3, 1)), list)
    assert rules.objection(invoice(due), 365, today("2026-03-01")) in (None, "missed", "before_sending")


@pytest.mark.parametrize(("hour", "is_open"), [(8, False), (9, True), (17, True), (18, False), (0, False)])
def test_nobody_is_reminded_early_or_late_in_the_day(hour: int, is_open: bool) -> None:
    assert rules.is_open_hour(hour) is is_open


NAMES = {name: f"<{name}>" for name in rules.PLACEHOLDERS}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{number} over {amount}", "<number> over <amount>"),
        ("{{number}} {days}", "{number} <days>"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_placeholders_are_filled(text: str, filled: str) -> None:
    assert rules.complaint(text) is None
    assert rules.fill(text, NAMES) == filled


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{amout}",
        "{}",
        "{0}",
        "{number.__class__}",
        "{number[0]}",
        "{number!r}",
        "{number:>99}",
        "{ number }",
    ],
)
def test_what_is_no_placeholder_is_told(text: str) -> None:
    assert rules.complaint(text)


@given(st.text(alphabet="{}!:.ab nmuer[]0", max_size=30))
def test_a_text_without_complaint_can_be_sent(text: str) -> None:
    if rules.complaint(text) is None:
        rules.fill(text, NAMES)


@given(st.dictionaries(st.sampled_from(sorted(rules.PLACEHOLDERS)), st.text(alphabet="{}number", max_size=9)))
def test_what_is_filled_in_is_not_read_again(given_names: dict[str, str]) -> None:
    names = {**NAMES, **given_names}
    text = " ".join(f"{{{name}}}" for name in rules.PLACEHOLDERS)
    assert rules.fill(text, names) == " ".join(names[name] for name in rules.PLACEHOLDERS)
