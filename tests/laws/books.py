"""An account on both servers beside the model's: what must come of each request, and whether the books agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.calculator import DECIMALS
from tests.conftest import FakeClock, TestClient
from tests.laws.model import Bill
from tests.laws.pair import Answer, Both, Pair, Request
from tests.reading import sha256

MOVING = {
    *("status", "updatedAt", "amountPaid", "amountDue", "amountCredited", "isOverdue", "viewedAt", "paidAt"),
    *("voidedAt", "pdfSha256", "revisedBy", "metadata"),
}
"""What may change of an invoice after it was sent."""


@dataclass
class Held:
    """An invoice of both servers, beside the model's."""

    bill: Bill
    ids: Both
    client: Both
    seller: str = ""
    pages: Both = ("", "")
    payments: list[Both] = field(default_factory=list)
    document: dict[str, Any] | None = None
    """What stood on it when it was sent."""
    files: tuple[bytes, bytes] | None = None
    revises: "Held | None" = None


class Books(RuleBasedStateMachine):
    """What is kept of an account, and the laws that are looked at after every step."""

    held: list[Held] = []
    servers: ClassVar[tuple[TestClient, TestClient]]
    clock: ClassVar[FakeClock]
    printed_max: ClassVar[int] = 1
    """Documents to set in one run: they are the dearest of all."""

    pair: Pair
    zone: str
    seller: str
    is_yearly: bool
    on_send: bool
    client: Both
    series: dict[int, int]
    """The last number of each year."""
    asked: list[tuple[Request, Answer]]
    expected: list[str]
    """Types of the events that must have come of this step."""
    sequence: int

    @invariant()
    def the_books_are_right(self) -> None:
        listed = self.pair.ask("GET", "/invoices?limit=100&sort=createdAt").bodies
        assert [one["id"] for one in listed[0]["data"]] == [held.ids[0] for held in self.held]
        for held, one, other in zip(self.held, listed[0]["data"], listed[1]["data"], strict=True):
            self.compare(held, one)
            held.pages = (one["hostedUrl"], other["hostedUrl"])
            if held.files:
                assert (one["pdfSha256"], other["pdfSha256"]) == tuple(map(sha256, held.files))
        self.compare_links(listed[0]["data"])
        if any(type.startswith("payment.") for type in self.expected):
            self.compare_payments()
        self.compare_events({one["id"]: one for one in listed[0]["data"]})

    def compare(self, held: Held, one: dict[str, Any]) -> None:
        """An invoice as the server tells of it, and as the model does."""
        bill, status = held.bill, held.bill.status(self.today)
        sums = (bill.sums.total, sum(bill.payments), bill.taken_back, bill.balance)
        fields = ("total", "amountPaid", "amountCredited", "amountDue")
        assert tuple(self.minor(bill, one[name]) for name in fields) == sums
        assert (one["status"], one["isOverdue"]) == (status, status == "OVERDUE")
        assert (one["invoiceNumber"], one["dueDate"][:10]) == (bill.number, bill.due.isoformat())
        told = {name: one[name] is not None for name in ("sentAt", "viewedAt", "paidAt", "voidedAt", "revisedBy")}
        assert list(told.values()) == [
            *(bill.is_sent, bill.is_viewed, bill.settled_on is not None, bill.is_void, bill.is_revised)
        ]
        if bill.is_sent:
            document = {name: value for name, value in one.items() if name not in MOVING}
            held.document = held.document or document
            assert document == held.document

    def compare_links(self, listed: Sequence[dict[str, Any]]) -> None:
        """An invoice and its revision name each other, and neither names one that is not there."""
        links = {(one["revises"], one["id"]) for one in listed if one["revises"]}
        assert links == {(one["id"], one["revisedBy"]) for one in listed if one["revisedBy"]}

    def compare_payments(self) -> None:
        listed = self.pair.ask("GET", "/payments?limit=100&sort=createdAt").bodies
        for held in self.held:
            mine = [
                (one, other)
                for one, other in zip(listed[0]["data"], listed[1]["data"], strict=True)
                if one["invoiceId"] == held.ids[0]
            ]
            held.payments = [(one["id"], other["id"]) for one, other in mine]
            counted = [0 if one["reversedAt"] else self.minor(held.bill, one["amount"]) for one, _ in mine]
            assert counted == held.bill.payments

    def compare_events(self, listed: dict[str, dict[str, Any]]) -> None:
        """Each change is told once, in its order, and the last word on an invoice is what it is now."""
        events = self.pair.ask("GET", f"/events?after={self.sequence}&limit=100").body["data"]
        assert [event["type"] for event in events] == self.expected
        numbers = range(self.sequence + 1, self.sequence + 1 + len(events))
        assert [event["sequence"] for event in events] == list(numbers)
        self.sequence, self.expected = self.sequence + len(events), []
        latest = {event["data"]["id"]: event["data"] for event in events}
        for id in latest.keys() & listed.keys():
            assert latest[id] | {"pdfSha256": listed[id]["pdfSha256"]} == listed[id]

    def compare_numbers(self) -> None:
        audit = self.pair.ask("GET", "/numbering/audit").body
        assert audit["isGapless"]
        last = {one["year"] or 0: one["last"] for one in audit["series"] if one["document"] == "invoice"}
        assert last == self.series

    def teardown(self) -> None:
        """In the end no number is missing, and what was printed is still the same, to the byte."""
        if not self.held:
            return
        self.compare_numbers()
        for held in self.held:
            if held.files:
                assert self.pair.files("/invoices/{}/pdf?original=true", held.ids) == held.files

    @property
    def today(self) -> date:
        return self.clock.moment.astimezone(ZoneInfo(self.zone)).date()

    @property
    def utc_day(self) -> date:
        return self.clock.moment.date()

    def ask(
        self, method: str, path: str, status: int, body: Any = None, ids: Both = ("", ""), **headers: str
    ) -> Answer:
        request = self.pair.request(method, path, ids, body, **headers)
        answer = self.pair.send(request)
        assert answer.status == status, (status, answer.status, answer.text)
        if "idempotency-key" in request.headers:
            self.asked.append((request, answer))
        return answer

    def pick(self, which: int, likely: Callable[[Bill], bool] = lambda bill: True) -> Held:
        """An invoice: three times in four one of those with which something can be done."""
        fitting = [held for held in self.held if likely(held.bill)]
        among = fitting if fitting and which % 4 != 3 else self.held
        return among[which % len(among)]

    def hold(self, bill: Bill, answer: Answer, client: Both) -> Held:
        held = Held(bill, answer.each("id"), client)
        self.held.append(held)
        if not self.on_send:
            self.number(bill)
        return held

    def number(self, bill: Bill) -> None:
        year = bill.issued.year if self.is_yearly else 0
        seq = self.series[year] = self.series.get(year, 0) + 1
        bill.number = f"{year}-{seq:03}" if self.is_yearly else f"INV-{seq:04}"

    def again(self, bill: Bill) -> Bill:
        """The draft of the same, issued today."""
        return Bill(bill.form, self.today, self.today + (bill.due - bill.issued))

    def send(self, held: Held) -> list[str]:
        if held.bill.number is None:
            self.number(held.bill)
        held.seller = self.seller
        return held.bill.send(self.utc_day)

    def moved(self, held: Held, now: str, to: str) -> tuple[int, list[str]]:
        """What comes of asking for a status."""
        bill = held.bill
        match now, to:
            case _, "PARTIALLY_PAID":
                return 422, []  # for it takes an amount
            case _ if now == to:
                return 200, []
            case "DRAFT", "SENT":
                return 200, self.send(held)
            case "SENT" | "OVERDUE", "VIEWED":
                events = [] if bill.is_viewed else ["invoice.viewed"]
                bill.is_viewed = True
                return 200, events
            case "DRAFT" | "SENT" | "VIEWED" | "PARTIALLY_PAID" | "OVERDUE", "PAID":
                events = [] if bill.is_sent else self.send(held)
                return 200, events + (bill.pay(bill.balance, self.utc_day) if bill.balance else [])
            case _, "VOID":
                return self.voided(bill)
            case _:
                return 409, []

    def voided(self, bill: Bill) -> tuple[int, list[str]]:
        if bill.is_void:
            return 200, []
        if sum(bill.payments) or bill.taken_back or bill.number is None:
            return 409, []
        bill.is_void = True
        return 200, ["invoice.voided"]

    def credited(
        self, bill: Bill, line: int | None, part: Fraction
    ) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
        """How much of which lines is taken back, and how much of each could be."""
        left = bill.left()
        return (left if line is None else {line: left.get(line, Fraction(1)) * part}), left

    def taken_back(
        self, bill: Bill, more: dict[int, Fraction], left: dict[int, Fraction]
    ) -> tuple[int, list[str]]:
        if not bill.is_sent or bill.is_void or bill.sums.total == bill.taken_back:
            return 409, []
        if any(abs(quantity) > abs(left.get(place, 0)) for place, quantity in more.items()):
            return 422, []
        if not 0 < bill.worth(more) <= bill.sums.total - bill.taken_back:
            return 422, []
        return 201, bill.credit(more, self.utc_day)

    def is_creditable(self, bill: Bill) -> bool:
        return bill.is_issued() and bill.taken_back < bill.sums.total

    def amount(self, bill: Bill, how_much: str) -> Fraction:
        due = Fraction(bill.balance)
        amounts = {"a unit": Fraction(1), "a third": Fraction(due // 3), "all": due, "nothing": Fraction(0)}
        return amounts.get(how_much, Fraction(1, 2) if how_much == "half a unit" else due + 1)

    def major(self, bill: Bill, amount: Fraction) -> str:
        return text(amount / 10 ** DECIMALS[bill.form["currency"]])

    def minor(self, bill: Bill, amount: float) -> int:
        return int(Decimal(str(amount)).scaleb(DECIMALS[bill.form["currency"]]))


def text(number: Fraction) -> str:
    return format(Decimal(number.numerator) / number.denominator, "f")
