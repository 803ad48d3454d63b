"""Invoice numbers: 1, 2, 3 … per account in commit order; no gap, none freed, none given twice."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cleverinvo.db.engine import Database
from tests.api import expect
from tests.conftest import Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}


def numbers(person: Person) -> list[str]:
    """All numbers of an account in order of creation."""
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": 100, "sort": "createdAt", **({"cursor": cursor} if cursor else {})}
        page = person.get("/invoices", params=params).json()
        found += [invoice["invoiceNumber"] for invoice in page["data"]]
        cursor = page["pagination"]["nextCursor"]
        if cursor is None:
            return found


def in_sequence(how_many: int) -> list[str]:
    return [f"INV-{number:04}" for number in range(1, how_many + 1)]


def test_numbers_have_no_gap_however_many_create_at_once(alice: Person, bob: Person) -> None:
    """Two accounts, sixteen threads; a quarter of all requests is refused, some create several, some void."""
    dice = random.Random(7)
    works = [
        (dice.choice([alice, bob]), dice.choice(["good", "good", "bad", "batch", "void"])) for _ in range(200)
    ]

    def work(job: tuple[Person, str]) -> None:
        person, kind = job
        body: dict[str, Any] = {"clientId": person.client_id, "lineItems": [LINE]}
        match kind:
            case "good":
                assert person.post("/invoices", body).status_code == 201
            case "bad":
                assert person.post("/invoices", {**body, "dueDate": "2020-01-01"}).status_code == 422
            case "batch":
                batch = {"invoices": [body, {**body, "clientId": "cli_x"}, body], "mode": "partial"}
                found = person.post("/invoices/batch", batch).json()
                first, _, second = (item["invoice"] for item in found["data"])
                assert int(second["invoiceNumber"][4:]) == int(first["invoiceNumber"][4:]) + 1
            case "void":
                assert person.delete(f"/invoices/{person.invoice()['id']}").status_code == 204

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, works))
    for person in (alice, bob):
        worth = {"good": 1, "bad": 0, "batch": 2, "void": 1}
        expected = in_sequence(sum(worth[kind] for one, kind in works if one is person))
        assert numbers(person) == expected
        told = [event for event in _all_events(person) if event["type"] == "invoice.created"]
        assert [event["data"]["invoiceNumber"] for event in told] == expected


def _all_events(person: Person) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while more := person.events(after=len(events)):
        events += more
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    return events


def test_a_refused_request_takes_no_number(alice: Person) -> None:
    body = {"clientId": alice.client_id, "lineItems": [LINE]}
    for bad in ({"clientId": "cli_x"}, {"lineItems": []}, {"dueDate": "2020-01-01"}, {"currency": "ABC"}):
        assert alice.post("/invoices", {**body, **bad}).status_code == 422
        assert alice.post("/invoices/batch", {"invoices": [body, {**body, **bad}]}).status_code == 422
    assert alice.invoice()["invoiceNumber"] == "INV-0001"


def test_a_number_is_never_freed(alice: Person, database: Database) -> None:
    draft, sent = alice.invoice(), alice.sent_invoice()
    alice.delete(f"/invoices/{draft['id']}")
    alice.post(f"/invoices/{sent['id']}/void")
    alice.delete(f"/clients/{alice.client_id}")
    alice.client_id = alice.post("/clients", {"name": "Other"}).json()["id"]
    assert alice.invoice()["invoiceNumber"] == "INV-0003"
    assert numbers(alice) == in_sequence(3)


@pytest.mark.parametrize("where", ["number = 'INV-0001'", "1 = 1", "voided_at IS NOT NULL"])
def test_the_database_itself_refuses_to_delete_a_number(alice: Person, database: Database, where: str) -> None:
    void = alice.invoice()
    alice.delete(f"/invoices/{void['id']}")
    alice.invoice()
    connection = database.driver.connect()
    with pytest.raises(Exception, match="an invoice with a number is never deleted"):
        connection.execute(f"DELETE FROM invoices WHERE {where}")
    connection.close()
    assert numbers(alice) == in_sequence(2)


def test_the_database_itself_refuses_a_number_twice(alice: Person, database: Database) -> None:
    first, second = alice.invoice(), alice.invoice()
    connection = database.driver.connect()
    with pytest.raises(Exception, match=re.compile("unique", re.IGNORECASE)):
        connection.execute(f"UPDATE invoices SET number = '{first['invoiceNumber']}' WHERE id = '{second['id']}'")
    connection.close()


def test_drafts_may_stay_without_a_number_until_they_are_sent(alice: Person) -> None:
    alice.patch("/account", {"numbering": "onSend"})
    drafts = [alice.invoice() for _ in range(4)]
    assert [draft["invoiceNumber"] for draft in drafts] == [None] * 4
    alice.delete(f"/invoices/{drafts[1]['id']}")
    order = [drafts[3], drafts[0], drafts[2]]
    sent = [alice.patch(f"/invoices/{draft['id']}", {"status": "SENT"}).json() for draft in order]
    assert [invoice["invoiceNumber"] for invoice in sent] == in_sequence(3)
    assert alice.get("/invoices", params={"q": "INV-0002"}).json()["data"][0]["id"] == drafts[0]["id"]
    paid = alice.patch(f"/invoices/{alice.invoice()['id']}", {"status": "PAID"}).json()
    assert paid["invoiceNumber"] == "INV-0004"


def test_a_refused_sending_takes_no_number(alice: Person) -> None:
    alice.patch("/account", {"numbering": "onSend"})
    path = f"/invoices/{alice.invoice()['id']}"
    expect.refusal(alice.patch(path, {"status": "OVERDUE"}), "INVALID_TRANSITION")
    body = {"status": "PARTIALLY_PAID", "amountPaid": 1000}
    expect.refusal(alice.patch(path, body), "VALIDATION_ERROR", "amountPaid")
    assert alice.patch(path, {"status": "SENT"}).json()["invoiceNumber"] == "INV-0001"


def test_each_year_may_have_its_own_series(alice: Person) -> None:
    alice.patch("/account", {"numberFormat": "{year}-{seq:05}"})
    days = ["2026-03-01", "2027-01-01", "2026-12-31", "2027-06-01", "2026-01-01"]
    made = [alice.invoice(issueDate=day)["invoiceNumber"] for day in days]
    assert made == ["2026-00001", "2027-00001", "2026-00002", "2027-00002", "2026-00003"]
    body = [{"clientId": alice.client_id, "lineItems": [LINE], "issueDate": day} for day in days]
    batch = alice.post("/invoices/batch", {"invoices": body}).json()["data"]
    assert [item["invoice"]["invoiceNumber"] for item in batch] == [
        *("2026-00004", "2027-00003", "2026-00005", "2027-00004", "2026-00006")
    ]


def test_a_number_once_given_stays_when_format_or_date_change(alice: Person) -> None:
    draft = alice.invoice()
    alice.patch("/account", {"numberFormat": "{year}/{seq}"})
    changed = alice.patch(f"/invoices/{draft['id']}", {"issueDate": "2030-01-01", "dueDate": "2030-02-01"}).json()
    assert changed["invoiceNumber"] == "INV-0001"
    assert alice.invoice()["invoiceNumber"] == "2026/1"
    alice.patch("/account", {"numberFormat": "R{seq}"})
    assert alice.invoice()["invoiceNumber"] == "R2"  # the unbroken series goes on


def test_a_format_that_would_repeat_numbers_is_refused(alice: Person) -> None:
    alice.patch("/account", {"numberFormat": "{year}-{seq}"})
    for _ in range(3):
        alice.invoice()
    expect.refusal(alice.patch("/account", {"numberFormat": "2026-{seq}"}), "VALIDATION_ERROR", "numberFormat")
    for fine in ("B-{seq}", "{year}-{seq:03}", "2026-A{seq}", "{year}-{seq}"):
        assert alice.patch("/account", {"numberFormat": fine}).status_code == 200, fine
        alice.invoice()
    assert alice.patch("/account", {"numbering": "onSend", "numberFormat": "INV-{seq:04}"}).status_code == 200
