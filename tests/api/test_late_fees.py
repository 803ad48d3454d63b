"""Late fees over HTTP and by the worker: proposed, drafted once for each day, never on the invoice itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cleverinvo import worker
from tests.api import expect
from tests.conftest import FakeClock, Person

DUE = "2026-03-31"


@pytest.fixture
def alice(alice: Person) -> Person:
    """Alice, who charges what the guide's terms say."""
    charge(alice, monthlyRate=1.5)
    return alice


def charge(person: Person, **policy: Any) -> None:
    answer = person.put("/account/late-fees", policy)
    assert answer.status_code == 200, answer.text


def guides(person: Person, **fields: Any) -> dict[str, Any]:
    """The guide's invoice over 11,800.00, sent."""
    line = {"description": "Website redesign", "quantity": 1, "unitPrice": 11_800}
    return person.sent_invoice(**{"lineItems": [line], "dueDate": DUE, "issueDate": "2026-03-01", **fields})


def at(clock: FakeClock, day: str, hour: int = 12) -> None:
    clock.moment = datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def work(person: Person) -> None:
    app: Any = person.http.app
    assert person.http.portal is not None
    person.http.portal.call(worker.bill_late, app.database)


def fees_of(person: Person, invoice: dict[str, Any]) -> list[tuple[str, str, float]]:
    found = person.get(f"/invoices/{invoice['id']}/late-fee").json()["fees"]
    return [(fee["from"], fee["until"], fee["amount"]) for fee in found]


def test_a_fee_is_proposed_with_how_it_was_worked_out(alice: Person, clock: FakeClock) -> None:
    invoice = guides(alice)
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1800, "paidAt": "2026-03-01"})
    at(clock, "2026-04-16")
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 5000, "paidAt": "2026-04-16"})
    at(clock, "2026-05-01")
    before = alice.get(f"/invoices/{invoice['id']}").json()
    assert alice.get(f"/invoices/{invoice['id']}/late-fee").json() == {
        "invoiceId": invoice["id"],
        "currency": "USD",
        "amount": 112.5,
        "reason": None,
        "from": "2026-04-01",
        "until": "2026-04-30",
        "monthlyRate": 1.5,
        "stretches": [
            {"from": "2026-04-01", "until": "2026-04-15", "days": 15, "monthDays": 30, "balance": 10000.0},
            {"from": "2026-04-16", "until": "2026-04-30", "days": 15, "monthDays": 30, "balance": 5000.0},
        ],
        "fees": [],
    }
    assert alice.get(f"/invoices/{invoice['id']}").json() == before


def test_it_is_billed_by_a_draft_of_its_own_and_no_day_twice(alice: Person, clock: FakeClock) -> None:
    invoice = guides(alice, locale="de-DE", purchaseOrder="PO-1")
    path = f"/invoices/{invoice['id']}/late-fee"
    at(clock, "2026-04-11")
    answer = alice.post(path, headers={"idempotency-key": "once"})
    draft = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1/invoices/{draft['id']}")
    assert (draft["status"], draft["total"], draft["feeFor"]) == ("DRAFT", 59.0, invoice["id"])
    assert (draft["clientId"], draft["purchaseOrder"], draft["locale"]) == (invoice["clientId"], "PO-1", "de-DE")
    assert draft["lineItems"][0]["description"] == (
        "Verzugskosten zu Rechnung INV-0001, fällig am 31. März 2026\n"
        "1,5\xa0% pro Monat auf den offenen Betrag, 1. April 2026 – 10. April 2026"
    )
    assert alice.post(path, headers={"idempotency-key": "once"}).json() == draft
    expect.refusal(alice.post(path), "CONFLICT")
    assert alice.get("/invoices").json()["pagination"]["total"] == 2
    at(clock, "2026-05-01")
    assert alice.post(path).json()["total"] == 118.0
    found = [("2026-04-01", "2026-04-10", 59.0), ("2026-04-11", "2026-04-30", 118.0)]
    assert fees_of(alice, invoice) == found
    alice.delete(f"/invoices/{draft['id']}")
    assert alice.get(path).json()["fees"][0]["status"] == "VOID"
    expect.refusal(alice.post(path), "CONFLICT")  # what was given up stays given up
    events = [event["type"] for event in alice.events() if event["data"].get("feeFor")]
    assert events == ["invoice.updated", "invoice.updated", "invoice.voided"]


def test_a_draft_that_disappears_leaves_its_days_billed(alice: Person, clock: FakeClock) -> None:
    alice.patch("/account", {"numbering": "onSend"})
    invoice = guides(alice)
    at(clock, "2026-05-01")
    draft = alice.post(f"/invoices/{invoice['id']}/late-fee").json()
    alice.patch(f"/invoices/{draft['id']}", {"notes": "Kindly"})
    assert alice.get(f"/invoices/{draft['id']}").json()["feeFor"] == invoice["id"]
    alice.delete(f"/invoices/{draft['id']}")
    (fee,) = alice.get(f"/invoices/{invoice['id']}/late-fee").json()["fees"]
    assert (fee["invoiceId"], fee["status"], fee["invoiceNumber"]) == (draft["id"], None, None)
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/late-fee"), "CONFLICT")


def test_what_costs_nothing_says_why(alice: Person, clock: FakeClock) -> None:
    draft, euro = alice.invoice(), guides(alice, currency="EUR")
    void, paid, late = (guides(alice) for _ in range(3))
    alice.post(f"/invoices/{void['id']}/void")
    alice.patch(f"/invoices/{paid['id']}", {"status": "PAID"})
    at(clock, "2026-05-01")
    fee = alice.post(f"/invoices/{late['id']}/late-fee").json()
    alice.patch(f"/invoices/{fee['id']}", {"issueDate": "2026-05-01", "dueDate": "2026-05-01", "status": "SENT"})
    at(clock, "2026-06-01")

    def reason(invoice: dict[str, Any], code: str) -> str:
        found = alice.get(f"/invoices/{invoice['id']}/late-fee").json()
        assert (found["amount"], found["from"], found["stretches"]) == (0, None, [])
        expect.refusal(alice.post(f"/invoices/{invoice['id']}/late-fee"), code)
        return str(found["reason"])

    assert reason(draft, "INVALID_TRANSITION") == "not_sent"
    assert reason(void, "INVALID_TRANSITION") == "void"
    assert reason(paid, "CONFLICT") == "not_overdue"
    assert reason(fee, "CONFLICT") == "is_fee"
    charge(alice, monthlyRate=1.5, maximumRate=1.5)
    assert reason(late, "CONFLICT") == "maximum"
    charge(alice, amount=40)
    assert reason(euro, "CONFLICT") == "other_currency"
    charge(alice)
    assert reason(late, "CONFLICT") == "off"
    charge(alice, monthlyRate=1.5)
    alice.delete(f"/clients/{alice.client_id}")
    expect.refusal(alice.post(f"/invoices/{late['id']}/late-fee"), "CONFLICT")


def test_an_amount_is_billed_once(alice: Person, clock: FakeClock) -> None:
    charge(alice, amount=40, graceDays=5)
    invoice = guides(alice)
    at(clock, "2026-04-05")
    assert alice.get(f"/invoices/{invoice['id']}/late-fee").json()["reason"] == "grace"
    at(clock, "2026-04-06")
    draft = alice.post(f"/invoices/{invoice['id']}/late-fee").json()
    assert (draft["total"], draft["lineItems"][0]["description"]) == (
        40.0,
        "Late fee for invoice INV-0001, due on March 31, 2026",
    )
    at(clock, "2026-08-01")
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/late-fee"), "CONFLICT")
    charge(alice, monthlyRate=3)
    assert alice.get(f"/invoices/{invoice['id']}/late-fee").json()["from"] == "2026-04-06"


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"monthlyRate": 0}, "monthlyRate"),
        ({"monthlyRate": 101}, "monthlyRate"),
        ({"monthlyRate": 1, "amount": 1}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 1.001}, "amount"),
        ({"monthlyRate": 1, "currency": "EUR"}, "currency"),
        ({"isAutomatic": True}, "isAutomatic"),
        ({"monthlyRate": 1, "graceDays": 366}, "graceDays"),
    ],
)
def test_what_is_no_fee_is_refused(alice: Person, policy: Any, field: str) -> None:
    expect.refusal(alice.put("/account/late-fees", policy), "VALIDATION_ERROR", field)
    assert alice.get("/account/late-fees").json()["monthlyRate"] == 1.5


def test_months_that_are_over_are_drafted_by_themselves(
    alice: Person, bob: Person, clock: FakeClock, monkeypatch: Any
) -> None:
    monkeypatch.setattr(worker, "LATE_FEE_BATCH", 2)
    alice.patch("/account", {"timeZone": "Pacific/Kiritimati"})
    old, *found = (guides(alice, dueDate=due) for due in ("2026-03-02", DUE, DUE, DUE, "2026-04-30"))
    others = guides(bob)
    charge(alice, monthlyRate=1.5, isAutomatic=True)
    at(clock, "2026-04-30", 9)  # it is still the last day of the month there
    clock.advance(minutes=59)
    work(alice)
    assert [len(fees_of(alice, one)) for one in found] == [0, 0, 0, 0]
    assert fees_of(alice, old) == [("2026-03-03", "2026-04-02", 177.0)]
    clock.advance(minutes=1)
    alice.delete(f"/clients/{alice.client_id}")
    work(alice)
    assert [len(fees_of(alice, one)) for one in found] == [0, 0, 0, 0]  # nobody to bill, and nothing breaks
    clock.advance(days=1)
    work(alice)
    assert fees_of(alice, old) == [("2026-03-03", "2026-04-02", 177.0)]
    assert alice.get(f"/invoices/{found[0]['id']}/late-fee").json()["amount"] == 182.71
    assert fees_of(bob, others) == []


def test_a_worker_that_was_away_drafts_each_month_once(alice: Person, clock: FakeClock) -> None:
    charge(alice, monthlyRate=1.5, isAutomatic=True, graceDays=10)
    invoice = guides(alice)
    paid = guides(alice)
    for day in ("2026-04-30", "2026-05-10", "2026-08-15", "2026-08-15", "2026-08-31", "2026-09-01"):
        at(clock, day)
        if day == "2026-05-10":
            alice.patch(f"/invoices/{paid['id']}", {"status": "PAID"})
        work(alice)
        work(alice)
    assert fees_of(alice, paid) == []
    assert fees_of(alice, invoice) == [
        ("2026-04-01", "2026-04-30", 177.0),
        ("2026-05-01", "2026-07-31", 531.0),
        ("2026-08-01", "2026-08-31", 177.0),
    ]
    charge(alice, monthlyRate=1.5)
    at(clock, "2026-12-01")
    work(alice)
    assert len(fees_of(alice, invoice)) == 3
