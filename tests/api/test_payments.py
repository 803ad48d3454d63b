"""Payments: recorded, listed, reversed, and never more than is due."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api import expect
from tests.conftest import FakeClock, Person
from tests.reading import words_of


def pay(alice: Person, invoice: dict[str, Any], amount: Any, **fields: Any) -> dict[str, Any]:
    answer = alice.post(f"/invoices/{invoice['id']}/payments", {"amount": amount, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def facts(alice: Person, invoice: dict[str, Any]) -> tuple[str, float, float, str | None]:
    now = alice.get(f"/invoices/{invoice['id']}").json()
    return now["status"], now["amountPaid"], now["amountDue"], now["paidAt"]


def test_payments_add_up_until_nothing_is_due(alice: Person, clock: FakeClock) -> None:
    invoice = alice.sent_invoice()
    first = pay(alice, invoice, 40, method="bank_transfer", reference="EREF 7", note="half of it")
    assert first == {
        "id": first["id"],
        "invoiceId": invoice["id"],
        "amount": 40.0,
        "currency": "USD",
        "paidAt": "2026-03-01T10:30:00.000Z",
        "method": "bank_transfer",
        "reference": "EREF 7",
        "note": "half of it",
        "createdAt": "2026-03-01T10:30:00.000Z",
        "reversedAt": None,
    }
    assert facts(alice, invoice) == ("PARTIALLY_PAID", 40, 60, None)
    clock.advance(days=3)
    pay(alice, invoice, "60.00", paidAt="2026-03-03")
    assert facts(alice, invoice) == ("PAID", 100, 0, "2026-03-03T00:00:00.000Z")
    assert [event["type"] for event in alice.events()[-4:]] == [
        *("payment.recorded", "invoice.partially_paid", "payment.recorded", "invoice.paid"),
    ]


def test_a_payment_is_found_where_its_location_says(alice: Person) -> None:
    answer = alice.post(f"/invoices/{alice.sent_invoice()['id']}/payments", {"amount": 1})
    assert answer.headers["location"] == f"/api/v1/payments/{answer.json()['id']}"
    assert alice.get(f"/payments/{answer.json()['id']}").json() == answer.json()
    expect.refusal(alice.get("/payments/pay_0000000000000000abcd"), "NOT_FOUND")


def test_no_more_than_the_balance_can_be_paid_and_the_refusal_names_it(alice: Person) -> None:
    invoice = alice.sent_invoice()
    pay(alice, invoice, "39.99")
    events = alice.events()
    refusal = alice.post(f"/invoices/{invoice['id']}/payments", {"amount": "60.02"})
    expect.refusal(refusal, "VALIDATION_ERROR", "amount")
    assert "60.01 USD" in refusal.json()["error"]["message"]
    assert alice.events() == events
    pay(alice, invoice, "60.01")
    expect.refusal(
        alice.post(f"/invoices/{invoice['id']}/payments", {"amount": "0.01"}), "VALIDATION_ERROR", "amount"
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": 1, "paidAt": "2026-03-02"}, "paidAt"),
        ({"amount": 1, "paidAt": "2026-03-01T10:30:00.001Z"}, "paidAt"),
        ({"amount": 1, "paidAt": "yesterday"}, "paidAt"),
        ({"amount": 1, "paidAt": "0001-01-01T00:00:00+14:00"}, "paidAt"),
        ({"amount": 1, "method": "barter"}, "method"),
        ({"amount": 1, "reference": "a\nb"}, "reference"),
        ({"amount": 1, "currency": "EUR"}, "currency"),
    ],
)
def test_what_cannot_be_a_payment_is_refused(alice: Person, fields: dict[str, Any], field: str) -> None:
    invoice = alice.sent_invoice()
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/payments", fields), "VALIDATION_ERROR", field)
    assert facts(alice, invoice) == ("SENT", 0, 100, None)


def test_a_moment_is_kept_in_utc_and_today_is_the_accounts_own(alice: Person) -> None:
    alice.patch("/account", {"timeZone": "Pacific/Kiritimati"})  # UTC+14, where it is 2 March already
    invoice = alice.sent_invoice()
    assert pay(alice, invoice, 1, paidAt="2026-03-01T10:30:00+02:00")["paidAt"] == "2026-03-01T08:30:00.000Z"
    assert pay(alice, invoice, 1, paidAt="2026-03-02")["paidAt"] == "2026-03-02T00:00:00.000Z"


@pytest.mark.parametrize("status", ["DRAFT", "VOID"])
def test_only_what_was_sent_takes_money(alice: Person, status: str) -> None:
    invoice = alice.invoice()
    alice.patch(f"/invoices/{invoice['id']}", {"status": status})
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1}), "INVALID_TRANSITION")


def test_a_reversed_payment_stays_on_file_and_is_due_again(alice: Person, clock: FakeClock) -> None:
    invoice = alice.sent_invoice()
    payment = pay(alice, invoice, 100)
    clock.advance(minutes=1)
    answer = alice.delete(f"/payments/{payment['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert facts(alice, invoice) == ("SENT", 0, 100, None)
    reversed_payment = {**payment, "reversedAt": "2026-03-01T10:31:00.000Z"}
    assert alice.get(f"/payments/{payment['id']}").json() == reversed_payment
    one, two = alice.events()[-2:]
    assert (one["type"], one["data"], one["previous"]) == (
        "payment.reversed",
        reversed_payment,
        {"reversedAt": None},
    )
    assert (two["type"], two["previous"]["status"], two["data"]["status"]) == ("invoice.updated", "PAID", "SENT")


def test_reversing_twice_is_reversing_once(alice: Person) -> None:
    payment = pay(alice, alice.sent_invoice(), 1)
    alice.delete(f"/payments/{payment['id']}")
    events = alice.events()
    assert alice.delete(f"/payments/{payment['id']}").status_code == 204
    assert alice.events() == events


def test_once_its_payments_are_reversed_an_invoice_can_be_voided(alice: Person) -> None:
    invoice = alice.sent_invoice()
    payment = pay(alice, invoice, 1)
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/void"), "INVALID_TRANSITION")
    alice.delete(f"/payments/{payment['id']}")
    assert alice.post(f"/invoices/{invoice['id']}/void").json()["status"] == "VOID"


def test_payments_are_listed_and_filtered(alice: Person, bob: Person) -> None:
    invoice, other = alice.sent_invoice(), alice.sent_invoice()
    pay(bob, bob.sent_invoice(), 1)
    made = [
        pay(alice, invoice, 1, method="card", paidAt="2026-02-01"),
        pay(alice, other, 2, method="cash", paidAt="2026-02-28T23:59:59.999Z"),
        pay(alice, invoice, 3, method="cash"),
    ]
    alice.delete(f"/payments/{made[0]['id']}")
    found = {
        "/payments": [3, 2, 1],
        "/payments?sort=createdAt": [1, 2, 3],
        "/payments?method=cash": [3, 2],
        f"/payments?invoiceId={invoice['id']}": [3, 1],
        f"/invoices/{invoice['id']}/payments": [3, 1],
        "/payments?paidAt[gte]=2026-02-02&paidAt[lte]=2026-02-28": [2],
        "/payments?limit=1&page=2": [2],
    }
    for path, amounts in found.items():
        assert [one["amount"] for one in alice.get(path).json()["data"]] == amounts, path
    assert alice.get("/payments").json()["pagination"]["total"] == 3
    assert alice.get(f"/invoices/{invoice['id']}/payments").json()["pagination"]["total"] == 2


def test_marking_as_paid_records_the_payment_that_the_list_shows(alice: Person) -> None:
    invoice = alice.invoice()
    alice.patch(f"/invoices/{invoice['id']}", {"status": "PARTIALLY_PAID", "amountPaid": 30})
    alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    listed = alice.get(f"/invoices/{invoice['id']}/payments").json()["data"]
    assert [one["amount"] for one in listed] == [70, 30]


def test_payments_at_once_never_exceed_the_balance(alice: Person) -> None:
    invoice = alice.sent_invoice()
    path = f"/invoices/{invoice['id']}/payments"
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: alice.post(path, {"amount": 7}).status_code, range(40)))
    assert sorted(set(answers)) == [201, 422]
    assert answers.count(201) == 14
    assert facts(alice, invoice) == ("PARTIALLY_PAID", 98, 2, None)


def test_the_same_request_again_is_not_a_second_payment(alice: Person) -> None:
    invoice = alice.sent_invoice()
    path = f"/invoices/{invoice['id']}/payments"
    first, again = [alice.post(path, {"amount": 7}, headers={"idempotency-key": "k"}) for _ in range(2)]
    assert first.content == again.content
    assert facts(alice, invoice)[1] == 7


def test_a_receipt_says_who_paid_what_and_what_is_open(alice: Person) -> None:
    alice.patch("/account", {"locale": "de-DE", "currency": "EUR"})
    invoice = alice.sent_invoice()
    payment = pay(alice, invoice, "40.50", method="cash", reference="Kasse 3")
    answer = alice.get(f"/payments/{payment['id']}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="receipt-INV-0001.pdf"'
    text = words_of(answer.content)
    for word in ("Quittung", "40,50 €", "59,50 €", "1. März 2026", "Bar", "Kasse 3", "Alice's client", "INV-0001"):
        assert word in text, (word, text)
    assert alice.get(f"/payments/{payment['id']}/pdf").content == answer.content
    alice.delete(f"/payments/{payment['id']}")
    assert "UNGÜLTIG" in words_of(alice.get(f"/payments/{payment['id']}/pdf").content).upper()
