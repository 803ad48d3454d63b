"""PATCH /invoices/{id}"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

import pytest

from cleverinvo.invoices.rules import Status
from tests.api import expect
from tests.conftest import FakeClock, Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
STATUSES = get_args(Status)

# What asking for a status makes of an invoice that has another: the status afterwards, or why not.
AFTERWARDS = {
    "DRAFT": {"DRAFT": "DRAFT", "SENT": "SENT", "PAID": "PAID", "VOID": "VOID"},
    "SENT": {"SENT": "SENT", "VIEWED": "VIEWED", "PAID": "PAID", "VOID": "VOID"},
    "VIEWED": {"VIEWED": "VIEWED", "PAID": "PAID", "VOID": "VOID"},
    "PARTIALLY_PAID": {"PAID": "PAID"},
    "PAID": {"PAID": "PAID"},
    "OVERDUE": {"OVERDUE": "OVERDUE", "VIEWED": "OVERDUE", "PAID": "PAID", "VOID": "VOID"},
    "VOID": {"VOID": "VOID"},
}


def in_status(alice: Person, status: str) -> str:
    """The path of a new invoice of this status; the clock stands past the due date of the overdue one."""
    due = "2026-02-28" if status == "OVERDUE" else "2026-03-31"
    path = f"/invoices/{alice.invoice(issueDate='2026-02-01', dueDate=due)['id']}"
    steps: dict[str, list[dict[str, Any]]] = {
        "DRAFT": [],
        "VIEWED": [{"status": "SENT"}, {"status": "VIEWED"}],
        "PARTIALLY_PAID": [{"status": "PARTIALLY_PAID", "amountPaid": 40}],
        "OVERDUE": [{"status": "SENT"}],
    }
    for step in steps.get(status, [{"status": status}]):
        assert alice.patch(path, step).status_code == 200
    assert alice.get(path).json()["status"] == status
    return path


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_moves_forwards_only(alice: Person, status: str) -> None:
    for asked in STATUSES:
        if asked == "PARTIALLY_PAID":
            continue
        path = in_status(alice, status)
        before = alice.get(path).json()
        answer = alice.patch(path, {"status": asked})
        if asked in AFTERWARDS[status]:
            assert answer.json()["status"] == AFTERWARDS[status][asked], (status, asked)
        else:
            expect.refusal(answer, "INVALID_TRANSITION")
            assert alice.get(path).json() == before, (status, asked)


@pytest.mark.parametrize("status", STATUSES)
def test_a_part_is_paid_where_something_is_due(alice: Person, status: str) -> None:
    path = in_status(alice, status)
    answer = alice.patch(path, {"status": "PARTIALLY_PAID", "amountPaid": "60.00"})
    if status in ("PAID", "VOID"):
        expect.refusal(answer, "INVALID_TRANSITION")
        return
    invoice = expect.exact(answer)
    assert (invoice["amountPaid"], invoice["amountDue"]) == (Decimal("60.00"), Decimal("40.00"))
    assert invoice["status"] == ("OVERDUE" if status == "OVERDUE" else "PARTIALLY_PAID")
    assert invoice["sentAt"]
    paid = expect.exact(alice.patch(path, {"status": "PAID"}))
    assert (paid["status"], paid["amountPaid"], paid["amountDue"]) == ("PAID", Decimal("100.00"), 0)


@pytest.mark.parametrize("amount", [0, "40.00", "39.99", 100, "100.01", "60.001", -1, "NaN"])
def test_a_part_lies_between_what_was_paid_and_the_total(alice: Person, amount: Any) -> None:
    path = in_status(alice, "PARTIALLY_PAID")
    before = alice.get(path).content
    answer = alice.patch(path, {"status": "PARTIALLY_PAID", "amountPaid": amount})
    expect.refusal(answer, "VALIDATION_ERROR", "amountPaid")
    assert alice.get(path).content == before


def test_an_amount_goes_with_a_part_and_a_part_with_an_amount(alice: Person) -> None:
    path = in_status(alice, "SENT")
    expect.refusal(alice.patch(path, {"amountPaid": 1}), "VALIDATION_ERROR", "amountPaid")
    expect.refusal(alice.patch(path, {"status": "PAID", "amountPaid": 1}), "VALIDATION_ERROR", "amountPaid")
    expect.refusal(alice.patch(path, {"status": "PARTIALLY_PAID"}), "VALIDATION_ERROR", "amountPaid")


def test_each_step_has_its_moment_and_its_event(alice: Person, clock: FakeClock) -> None:
    invoice = alice.invoice()
    path, start = f"/invoices/{invoice['id']}", len(alice.events())
    steps: list[dict[str, Any]] = [
        {"status": "SENT"},
        {"status": "VIEWED"},
        {"status": "PARTIALLY_PAID", "amountPaid": 1},
        {"status": "PAID"},
    ]
    for step in steps:
        clock.advance(minutes=1)
        alice.patch(path, step)
    read = alice.get(path).json()
    moments = [read[name] for name in ("sentAt", "viewedAt", "paidAt", "updatedAt")]
    assert moments == [f"2026-03-01T10:{minute}:00.000Z" for minute in (31, 32, 34, 34)]
    events = alice.events()[start:]
    assert [event["type"] for event in events] == [
        *("invoice.sent", "invoice.viewed", "payment.recorded", "invoice.partially_paid"),
        *("payment.recorded", "invoice.paid"),
    ]
    assert [float(event["data"]["amount"]) for event in events if event["type"] == "payment.recorded"] == [1, 99]
    assert events[-1]["data"] == read


def test_paying_a_draft_sends_it_first(alice: Person) -> None:
    start = len(alice.events())
    paid = alice.patch(f"/invoices/{alice.invoice()['id']}", {"status": "PAID"}).json()
    assert paid["sentAt"] == paid["paidAt"] == "2026-03-01T10:30:00.000Z"
    types = [event["type"] for event in alice.events()[start:]]
    assert types == ["invoice.created", "invoice.sent", "payment.recorded", "invoice.paid"]


def test_an_invoice_of_nothing_is_paid_when_it_is_sent(alice: Person) -> None:
    free = alice.invoice(lineItems=[{**LINE, "quantity": 0}])
    sent = alice.patch(f"/invoices/{free['id']}", {"status": "SENT"}).json()
    assert (sent["status"], sent["paidAt"]) == ("PAID", "2026-03-01T10:30:00.000Z")
    assert [event["type"] for event in alice.events()[-2:]] == ["invoice.sent", "invoice.paid"]


FIELDS: dict[str, Callable[[Person], Any]] = {
    "clientId": lambda alice: alice.post("/clients", {"name": "Other"}).json()["id"],
    "lineItems": lambda _: [{"description": "Other", "quantity": 2, "unitPrice": 5}],
    "currency": lambda _: "EUR",
    "issueDate": lambda _: "2026-03-02",
    "dueDate": lambda _: "2026-05-01",
    "discountRate": lambda _: 10,
    "discountAmount": lambda _: 10,
    "notes": lambda _: "Other",
    "terms": lambda _: "Other",
    "purchaseOrder": lambda _: "Other",
    "locale": lambda _: "de",
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_changes_on_a_draft_and_never_again(alice: Person, field: str) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    change = {field: FIELDS[field](alice)}
    before = alice.get(path).json()
    after = alice.patch(path, change).json()
    assert after[field] != before[field]
    assert alice.get(path).json() == after
    assert (after["id"], after["invoiceNumber"]) == (before["id"], before["invoiceNumber"])
    for status in ("SENT", "PAID"):
        alice.patch(path, {"status": status})
        frozen = alice.get(path).content
        expect.refusal(alice.patch(path, {field: FIELDS[field](alice)}), "CONFLICT")
        assert alice.get(path).content == frozen


def test_what_follows_from_the_lines_follows_the_change(alice: Person) -> None:
    path = f"/invoices/{alice.invoice(discountRate=10)['id']}"
    line = {**LINE, "quantity": 3, "taxRate": 20}
    after = expect.exact(alice.patch(path, {"lineItems": [line]}))
    assert (after["subtotal"], after["discountTotal"], after["taxTotal"]) == (300, 30, 54)
    assert (after["total"], after["amountDue"]) == (324, 324)
    assert len(after["taxBreakdown"]) == 1


def test_a_new_discount_replaces_one_of_the_other_kind(alice: Person) -> None:
    path = f"/invoices/{alice.invoice(discountRate=10)['id']}"
    after = alice.patch(path, {"discountAmount": 5}).json()
    assert (after["discountRate"], after["discountAmount"], after["total"]) == (None, 5, 95)
    after = alice.patch(path, {"discountRate": 20}).json()
    assert (after["discountRate"], after["discountAmount"], after["total"]) == (20, None, 80)
    after = alice.patch(path, {"discountRate": None}).json()
    assert (after["discountTotal"], after["total"]) == (0, 100)


def test_fields_and_status_change_together_or_not_at_all(alice: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    before = alice.get(path).content
    expect.refusal(alice.patch(path, {"notes": "Thanks", "status": "OVERDUE"}), "INVALID_TRANSITION")
    expect.refusal(alice.patch(path, {"notes": "Thanks", "dueDate": "2020-01-01"}), "VALIDATION_ERROR", "dueDate")
    assert alice.get(path).content == before
    after = alice.patch(path, {"notes": "Thanks", "status": "SENT"}).json()
    assert (after["notes"], after["status"]) == ("Thanks", "SENT")


def test_metadata_stays_free(alice: Person) -> None:
    for status in STATUSES:
        path = in_status(alice, status)
        assert alice.patch(path, {"metadata": {"a": "1", "b": "2"}}).json()["metadata"] == {"a": "1", "b": "2"}
        after = alice.patch(path, {"metadata": {"a": None}}).json()
        assert (after["metadata"], after["status"]) == ({"b": "2"}, status)


def test_a_change_is_an_event_with_what_was_there_before(alice: Person) -> None:
    path = f"/invoices/{alice.invoice(notes='Before')['id']}"
    after = alice.patch(path, {"notes": "After", "terms": None}).json()
    event = alice.events()[-1]
    assert (event["type"], event["data"], event["previous"]) == ("invoice.updated", after, {"notes": "Before"})
    alice.patch(path, {"notes": "After"})
    assert alice.events()[-1] == event


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"lineItems": []}, ["lineItems"]),
        ({"lineItems": None, "currency": None}, ["lineItems", "currency"]),
        ({"clientId": "cli_0000000000000000abcd"}, ["clientId"]),
        ({"externalId": "x"}, ["externalId"]),
        ({"total": 1, "sentAt": "2020-01-01", "pdfUrl": ""}, ["total", "sentAt", "pdfUrl"]),
        ({"currency": "JPY", "discountAmount": "0.5"}, ["discountAmount"]),
        ({"status": "sent"}, ["status"]),
        ({"stauts": "SENT"}, ["stauts"]),
    ],
)
def test_what_cannot_be_is_refused_by_its_fields(alice: Person, body: dict[str, Any], fields: list[str]) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    before = alice.get(path).content
    expect.refusal(alice.patch(path, body), "VALIDATION_ERROR", *fields)
    assert alice.get(path).content == before
