"""The status of an invoice follows from its facts and the day, and from nothing else."""

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

import pytest

from cleverinvo.invoices import rules

TODAY = date(2026, 3, 15)
YESTERDAY, TOMORROW = "2026-03-14", "2026-03-16"
THEN = "2026-03-01T10:30:00.000Z"


class Facts(NamedTuple):
    due_date: str = TOMORROW
    total: Any = Decimal("100.00")
    amount_paid: Any = Decimal("0.00")
    sent_at: str | None = THEN
    viewed_at: str | None = None
    voided_at: str | None = None
    amount_credited: Any = Decimal("0.00")


PART, ALL, MORE = Decimal("0.01"), Decimal("100.00"), Decimal("100.01")
NOTHING = Decimal("0.00")


@pytest.mark.parametrize(
    ("facts", "status", "is_overdue"),
    [
        (Facts(sent_at=None), "DRAFT", False),
        (Facts(sent_at=None, due_date=YESTERDAY), "DRAFT", False),
        (Facts(), "SENT", False),
        (Facts(due_date=TODAY.isoformat()), "SENT", False),
        (Facts(due_date=f"{TODAY.isoformat()}T00:00:00.000Z"), "SENT", False),
        (Facts(due_date=YESTERDAY), "OVERDUE", True),
        (Facts(due_date=f"{YESTERDAY}T00:00:00.000Z"), "OVERDUE", True),
        (Facts(viewed_at=THEN), "VIEWED", False),
        (Facts(viewed_at=THEN, due_date=YESTERDAY), "OVERDUE", True),
        (Facts(amount_paid=PART), "PARTIALLY_PAID", False),
        (Facts(amount_paid=PART, viewed_at=THEN), "PARTIALLY_PAID", False),
        (Facts(amount_paid=PART, due_date=YESTERDAY), "OVERDUE", True),
        (Facts(amount_paid=ALL), "PAID", False),
        (Facts(amount_paid=ALL, due_date=YESTERDAY), "PAID", False),
        (Facts(amount_paid=MORE), "PAID", False),
        (Facts(amount_credited=ALL), "PAID", False),
        (Facts(amount_paid=PART, amount_credited=ALL), "PAID", False),
        (Facts(amount_credited=PART), "SENT", False),
        (Facts(amount_credited=PART, due_date=YESTERDAY), "OVERDUE", True),
        (Facts(amount_paid=PART, amount_credited=ALL - PART, due_date=YESTERDAY), "PAID", False),
        (Facts(total=NOTHING), "PAID", False),
        (Facts(total=NOTHING, sent_at=None), "DRAFT", False),
        (Facts(voided_at=THEN), "VOID", False),
        (Facts(voided_at=THEN, sent_at=None), "VOID", False),
        (Facts(voided_at=THEN, due_date=YESTERDAY), "VOID", False),
    ],
)
def test_facts_give_their_status(facts: Facts, status: str, is_overdue: bool) -> None:
    assert rules.status(facts, TODAY) == status
    assert rules.is_overdue(facts, TODAY) == is_overdue


def test_rows_in_minor_units_and_nouns_in_major_ones_agree() -> None:
    amounts = [(0, NOTHING), (1, PART), (10_000, ALL)]
    dues = [YESTERDAY, TODAY.isoformat(), TOMORROW]
    for (minor, major), due, sent, viewed, voided in product(amounts, dues, *[(None, THEN)] * 3):
        row = Facts(due, 10_000, minor, sent, viewed, voided)
        noun = Facts(f"{due}T00:00:00.000Z", ALL, major, sent, viewed, voided)
        assert rules.status(row, TODAY) == rules.status(noun, TODAY)
        assert rules.is_overdue(row, TODAY) == rules.is_overdue(noun, TODAY)


def test_a_paid_invoice_stays_paid_and_a_void_one_void() -> None:
    for facts in (Facts(amount_paid=ALL), Facts(voided_at=THEN), Facts(sent_at=None)):
        statuses = {rules.status(facts, date(year, 1, 1)) for year in (2020, 2026, 2040)}
        assert len(statuses) == 1
