"""A customer who tries everything: each step asks both servers for the same, and the model for what must come."""

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.calculator import Calculator
from tests.laws.books import Books, Held, text
from tests.laws.model import Bill
from tests.laws.pair import Pair, Request
from tests.reading import words_of

STARTS = ("2026-03-27T21:30Z", "2026-10-24T10:00Z", "2026-12-30T12:00Z", "2028-02-27T23:15Z")
"""Shortly before clocks go forward and back, before a new year, and before a leap day."""

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Cairo")
STATUSES = ("DRAFT", "SENT", "VIEWED", "PARTIALLY_PAID", "PAID", "OVERDUE", "VOID")
KEPT = (200, 201, 404, 409, 412)
"""Statuses whose answers an Idempotency-Key brings back."""

WORK = {"description": "Work", "quantity": "3", "unitPrice": "33.3333", "taxRate": 19}
DAYS = st.sampled_from([0, 1, 2, 30])
AMOUNTS = st.sampled_from(["a third", "a unit", "a third", "all", "a unit too much", "half a unit", "nothing"])
WHICH = st.integers(0, 50)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "description": st.just("Work"),
            "quantity": st.sampled_from(["1", "2", "3", "1.5", "-1"]),
            "unitPrice": st.sampled_from(["0", "0.05", "19.99", "33.3333", "100"]),
        },
        optional={"taxRate": st.sampled_from([7, 19]), "discountRate": st.sampled_from([10, 50])},
    ),
    min_size=1,
    max_size=3,
)


class Lifecycle(Books):
    """From draft to paid and back, on both databases."""

    @initialize(
        start=st.sampled_from(STARTS), zone=st.sampled_from(ZONES), is_yearly=st.booleans(), on_send=st.booleans()
    )
    def open(self, start: str, zone: str, is_yearly: bool, on_send: bool) -> None:
        self.pair = Pair(self.servers, self.clock, datetime.fromisoformat(start))
        self.zone, self.is_yearly, self.on_send, self.seller = zone, is_yearly, on_send, "Alice"
        self.client = (self.pair.people[0].client_id, self.pair.people[1].client_id)
        self.held, self.series, self.asked = [], {}, []
        self.expected = ["client.created"]
        self.sequence = self.printed = 0
        number_format = "{year}-{seq:03}" if is_yearly else "INV-{seq:04}"
        self.ask("PATCH", "/account", 200, {"timeZone": zone, "numberFormat": number_format})
        self.on_send = on_send
        self.settle("numbering")
        self.create([WORK], "USD", 1, 0, "SENT")

    # What one asks for ------------------------------------------------------------------------------------------

    @rule(
        lines=LINES,
        currency=st.sampled_from(["USD", "JPY", "KWD"]),
        days=DAYS,
        off=st.sampled_from([0, 10]),
        status=st.sampled_from(["DRAFT", "SENT", "PAID"]),
    )
    def create(self, lines: list[dict[str, Any]], currency: str, days: int, off: int, status: str) -> None:
        form = {"currency": currency, "lineItems": lines, "discountRate": off}
        due = self.today + timedelta(days)
        whole = {**form, "clientId": self.client, "dueDate": due.isoformat()}
        if Calculator().sum(form).total < 0:
            self.ask("POST", "/invoices", 422, whole)
            return
        answer = self.ask("POST", "/invoices", 201, whole)
        held = self.hold(Bill(form, self.today, due), answer, self.client)
        self.expected.append("invoice.created")
        if status != "DRAFT":
            self.ask("PATCH", "/invoices/{}", 200, {"status": status}, held.ids)
            self.expected += self.moved(held, "DRAFT", status)[1]

    @precondition(lambda self: self.held)
    @rule(which=WHICH, lines=LINES, days=DAYS, is_stale=st.booleans())
    def change(self, which: int, lines: list[dict[str, Any]], days: int, is_stale: bool) -> None:
        held = self.pick(which, Bill.is_draft)
        bill, form = held.bill, {**held.bill.form, "lineItems": lines}
        due = bill.issued + timedelta(days)
        body = {"lineItems": lines, "dueDate": due.isoformat(), "notes": f"Step {len(self.asked)}"}
        if is_stale:
            self.ask("PATCH", "/invoices/{}", 412, body, held.ids, if_match='"stale"')
        elif bill.is_sent or bill.is_void:
            self.ask("PATCH", "/invoices/{}", 409, body, held.ids)
        elif Calculator().sum(form).total < 0:
            self.ask("PATCH", "/invoices/{}", 422, body, held.ids)
        else:
            self.ask("PATCH", "/invoices/{}", 200, body, held.ids)
            bill.form, bill.due = form, due
            self.expected.append("invoice.updated")

    @precondition(lambda self: self.held)
    @rule(which=WHICH, now=st.sampled_from(STATUSES), to=st.sampled_from(STATUSES))
    def move(self, which: int, now: str, to: str) -> None:
        self.ask_for(self.pick(which, lambda bill: bill.status(self.today) == now), to)

    def ask_for(self, held: Held, to: str) -> None:
        status, events = self.moved(held, held.bill.status(self.today), to)
        self.ask("PATCH", "/invoices/{}", status, {"status": to}, held.ids)
        self.expected += events

    @precondition(lambda self: self.held)
    @rule(which=WHICH, how_much=AMOUNTS)
    def pay_so_far(self, which: int, how_much: str) -> None:
        self.ask_for_part(self.pick(which, Bill.is_open), how_much)

    def ask_for_part(self, held: Held, how_much: str) -> None:
        """PATCH PARTIALLY_PAID, whose amount is all that was paid by now."""
        bill = held.bill
        more = self.amount(bill, how_much)
        body = {"status": "PARTIALLY_PAID", "amountPaid": self.major(bill, sum(bill.payments) + more)}
        if bill.status(self.today) in ("PAID", "VOID"):
            self.ask("PATCH", "/invoices/{}", 409, body, held.ids)
        elif more.denominator > 1 or not 0 < more < bill.balance:
            self.ask("PATCH", "/invoices/{}", 422, body, held.ids)
        else:
            self.expected += [] if bill.is_sent else self.send(held)
            self.expected += bill.pay(int(more), self.utc_day)
            self.ask("PATCH", "/invoices/{}", 200, body, held.ids)

    @precondition(lambda self: self.held)
    @rule(which=WHICH, how_much=AMOUNTS)
    def pay(self, which: int, how_much: str) -> None:
        held = self.pick(which, Bill.is_open)
        bill = held.bill
        amount = self.amount(bill, how_much)
        body = {"amount": self.major(bill, amount)}
        if not amount or amount.denominator > 1:
            self.ask("POST", "/invoices/{}/payments", 422, body, held.ids)
        elif bill.is_void or not bill.is_sent:
            self.ask("POST", "/invoices/{}/payments", 409, body, held.ids)
        elif amount > bill.balance:
            self.ask("POST", "/invoices/{}/payments", 422, body, held.ids)
        else:
            self.ask("POST", "/invoices/{}/payments", 201, body, held.ids)
            self.expected += bill.pay(int(amount), self.utc_day)

    @precondition(lambda self: any(held.payments for held in self.held))
    @rule(which=WHICH)
    def reverse(self, which: int) -> None:
        payments = [(held, place) for held in self.held for place in range(len(held.payments))]
        held, place = payments[which % len(payments)]
        self.ask("DELETE", "/payments/{}", 204, ids=held.payments[place])
        if held.bill.payments[place]:
            self.expected += held.bill.reverse(place)

    @precondition(lambda self: self.held)
    @rule(
        which=WHICH,
        line=st.none() | st.integers(0, 2),
        part=st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(2)]),
    )
    def credit(self, which: int, line: int | None, part: Fraction) -> None:
        held = self.pick(which, Bill.is_issued)
        more, left = self.credited(held.bill, line, part)
        body = {} if line is None else {"lines": [{"index": line, "quantity": text(more[line])}]}
        status, events = self.taken_back(held.bill, more, left)
        self.ask("POST", "/invoices/{}/credit-notes", status, body, held.ids)
        self.expected += events

    @precondition(lambda self: self.held)
    @rule(which=WHICH)
    def revise(self, which: int) -> None:
        held = self.pick(which, Bill.is_issued)
        bill = held.bill
        is_open_to = not bill.is_revised and (held.client == self.client or not self.is_creditable(bill))
        if not is_open_to:
            self.ask("POST", "/invoices/{}/revise", 409 if bill.is_revised else 422, ids=held.ids)
            return
        status, events = self.taken_back(bill, bill.left(), bill.left())
        answer = self.ask("POST", "/invoices/{}/revise", status, ids=held.ids)
        if status == 201:
            bill.is_revised = True
            self.hold(self.again(bill), answer, held.client).revises = held
            self.expected += [*events, "invoice.created", "invoice.updated", "invoice.updated"]

    @precondition(lambda self: self.held)
    @rule(which=WHICH)
    def duplicate(self, which: int) -> None:
        held = self.pick(which)
        if held.client != self.client:
            self.ask("POST", "/invoices/{}/duplicate", 422, ids=held.ids)
            return
        answer = self.ask("POST", "/invoices/{}/duplicate", 201, ids=held.ids)
        self.hold(self.again(held.bill), answer, held.client)
        self.expected.append("invoice.created")

    @precondition(lambda self: self.held)
    @rule(which=WHICH)
    def void(self, which: int) -> None:
        held = self.pick(which)
        status, events = self.voided(held.bill)
        self.ask("POST", "/invoices/{}/void", status, ids=held.ids)
        self.expected += events

    @precondition(lambda self: self.held)
    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        held = self.pick(which, Bill.is_draft)
        if held.bill.is_sent:
            self.ask("DELETE", "/invoices/{}", 409, ids=held.ids)
            return
        self.ask("DELETE", "/invoices/{}", 204, ids=held.ids)
        if held.bill.number is None:
            self.held.remove(held)
            self.expected.append("invoice.deleted")
            if held.revises:
                held.revises.bill.is_revised = False
                self.expected.append("invoice.updated")
        else:
            self.expected += self.voided(held.bill)[1]

    @precondition(lambda self: any(held.bill.is_sent for held in self.held))
    @rule(which=WHICH)
    def look(self, which: int) -> None:
        sent = [held for held in self.held if held.bill.is_sent]
        held = sent[which % len(sent)]
        assert self.pair.look(held.pages).status == 204
        bill = held.bill
        if not (bill.is_void or bill.is_viewed or bill.is_closed(self.today)):
            bill.is_viewed = True
            self.expected.append("invoice.viewed")

    @precondition(lambda self: self.printed < self.printed_max and any(held.bill.is_sent for held in self.held))
    @rule(which=WHICH)
    def print(self, which: int) -> None:
        sent = [held for held in self.held if held.bill.is_sent]
        held = sent[which % len(sent)]
        held.files = self.pair.files("/invoices/{}/pdf?original=true", held.ids)
        self.printed += 1
        for file in held.files:
            assert f"{held.seller}\n" in words_of(file)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, is_other=st.booleans())
    def repeat(self, which: int, is_other: bool) -> None:
        request, answer = self.asked[-1 - which % min(len(self.asked), 5)]
        if is_other:
            other = Request(
                request.method, request.path, request.ids, {"status": "DRAFT", "x": 1}, request.headers
            )
            assert self.pair.send(other).status == 422
        elif answer.status in KEPT:
            again = self.pair.send(request)
            assert (again.status, again.text, again.is_replayed) == (answer.status, answer.text, True)

    # What happens besides ---------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 7, 24, 25 * 24, 40 * 24]))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @rule(minutes=st.sampled_from([-1, 0]))
    def wait_for_midnight(self, minutes: int) -> None:
        midnight = datetime.combine(self.today + timedelta(1), time.min, ZoneInfo(self.zone)).astimezone(UTC)
        self.clock.moment = max(self.clock.moment, midnight + timedelta(minutes=minutes))

    @rule(what=st.sampled_from(["zone", "numbering", "name", "client"]), zone=st.sampled_from(ZONES))
    def settle(self, what: str, zone: str = "UTC") -> None:
        """The account is set up otherwise, or its client is exchanged for another."""
        match what:
            case "zone":
                self.ask("PATCH", "/account", 200, {"timeZone": zone})
                self.zone = zone
            case "numbering":
                self.on_send = not self.on_send
                self.ask("PATCH", "/account", 200, {"numbering": "onSend" if self.on_send else "onCreate"})
            case "name":
                self.seller = f"Alice {len(self.asked)}"
                self.ask("PATCH", "/account", 200, {"name": self.seller})
            case "client":
                self.ask("DELETE", "/clients/{}", 204, ids=self.client)
                self.client = self.ask("POST", "/clients", 201, {"name": "Another client"}).each("id")
                self.expected += ["client.deleted", "client.created"]

    @rule()
    def work(self) -> None:
        self.pair.work()
        untold = [held.bill for held in self.held if held.bill.status(self.today) == "OVERDUE"]
        for bill in untold:
            self.expected += [] if bill.is_told else ["invoice.overdue"]
            bill.is_told = True
