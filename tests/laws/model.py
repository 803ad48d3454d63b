"""What becomes of an invoice, once more: the lifecycle in a hundred lines. Amounts are whole minor units.

A verb gives the types of the events that tell of it; whether it is allowed is asked before.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.calculator import Calculator, Sum

PAGE_DAYS = 30


@dataclass
class Bill:
    """One invoice: what was asked for, and what has happened to it since."""

    form: dict[str, Any]
    issued: date
    due: date
    number: str | None = None
    is_sent: bool = False
    is_viewed: bool = False
    is_void: bool = False
    is_told: bool = False
    is_revised: bool = False
    payments: list[int] = field(default_factory=list)
    credited: dict[int, Fraction] = field(default_factory=dict)
    taken_back: int = 0
    settled_on: date | None = None

    @property
    def sums(self) -> Sum:
        return Calculator().sum(self.form)

    @property
    def balance(self) -> int:
        return max(self.sums.total - sum(self.payments) - self.taken_back, 0)

    def status(self, today: date) -> str:
        if self.is_void or not self.is_sent:
            return "VOID" if self.is_void else "DRAFT"
        if not self.balance:
            return "PAID"
        if self.due < today:
            return "OVERDUE"
        return "PARTIALLY_PAID" if any(self.payments) else "VIEWED" if self.is_viewed else "SENT"

    def is_draft(self) -> bool:
        return not self.is_sent and not self.is_void

    def is_issued(self) -> bool:
        return self.is_sent and not self.is_void

    def is_open(self) -> bool:
        return self.is_issued() and self.balance > 0

    def is_closed(self, today: date) -> bool:
        """Whether its public page can be opened no more."""
        return max(self.due, self.settled_on or self.due) + timedelta(PAGE_DAYS) < today

    def left(self) -> dict[int, Fraction]:
        """What of each line's quantity can still be credited."""
        lines = enumerate(self.form["lineItems"])
        left = {place: Fraction(line["quantity"]) - self.credited.get(place, 0) for place, line in lines}
        return {place: quantity for place, quantity in left.items() if quantity}

    def worth(self, more: dict[int, Fraction]) -> int:
        """What so much of each line comes to: its share of all that is then credited, less what was before."""
        sums, rounded, worth = self.sums, Calculator().rounded, 0
        for place, quantity in more.items():
            net = sums.amounts[place] - sums.line_discounts[place]
            parts = (sums.amounts[place], -sums.line_discounts[place], sums.taxables[place] - net)
            start, whole = self.credited.get(place, 0), Fraction(self.form["lineItems"][place]["quantity"])
            for part in (*parts, sums.taxes.get(place, 0)):
                worth += rounded(part * (start + quantity) / whole) - rounded(part * start / whole)
        return worth

    def send(self, day: date) -> list[str]:
        self.is_sent, self.settled_on = True, None if self.balance else day
        return ["invoice.sent"] if self.balance else ["invoice.sent", "invoice.paid"]

    def pay(self, amount: int, day: date) -> list[str]:
        self.payments.append(amount)
        self.settled_on = None if self.balance else day
        return ["payment.recorded", "invoice.partially_paid" if self.balance else "invoice.paid"]

    def reverse(self, place: int) -> list[str]:
        self.payments[place] = 0
        self.settled_on = None if self.balance else self.settled_on
        return ["payment.reversed", "invoice.updated"]

    def credit(self, more: dict[int, Fraction], day: date) -> list[str]:
        was_open, self.taken_back = self.balance > 0, self.taken_back + self.worth(more)
        self.credited |= {place: self.credited.get(place, 0) + quantity for place, quantity in more.items()}
        is_settled = was_open and not self.balance
        self.settled_on = day if is_settled else self.settled_on
        return ["credit_note.issued", "invoice.paid" if is_settled else "invoice.updated"]
