"""POST /invoices/batch"""

from typing import Any

import pytest

from tests.api import expect
from tests.conftest import Person

LINE = {"description": "Retainer", "quantity": 1, "unitPrice": 100}


def bodies(alice: Person, how_many: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"clientId": alice.client_id, "lineItems": [LINE], **fields} for _ in range(how_many)]


@pytest.mark.parametrize("mode", ["atomic", "partial"])
def test_a_batch_takes_consecutive_numbers_in_its_order(alice: Person, mode: str) -> None:
    alice.invoice()
    invoices = [{**body, "notes": f"#{n}"} for n, body in enumerate(bodies(alice, 500))]
    batch = alice.post("/invoices/batch", {"invoices": invoices, "mode": mode})
    assert batch.status_code == 200
    found = batch.json()
    assert (found["created"], found["failed"]) == (500, 0)
    assert [item["index"] for item in found["data"]] == list(range(500))
    assert {item["status"] for item in found["data"]} == {201}
    assert [item["invoice"]["invoiceNumber"] for item in found["data"]] == [f"INV-{n:04}" for n in range(2, 502)]
    assert [item["invoice"]["notes"] for item in found["data"]] == [f"#{n}" for n in range(500)]
    assert alice.get(f"/invoices/{found['data'][-1]['invoice']['id']}").json() == found["data"][-1]["invoice"]
    assert alice.get("/invoices").json()["pagination"]["total"] == 501


def test_every_invoice_of_a_batch_has_its_event(alice: Person) -> None:
    start = len(alice.events())
    batch = alice.post("/invoices/batch", {"invoices": bodies(alice, 3)}).json()
    events = alice.events()[start:]
    assert [event["type"] for event in events] == ["invoice.created"] * 3
    assert [event["data"] for event in events] == [item["invoice"] for item in batch["data"]]


def spoilt(alice: Person) -> list[dict[str, Any]]:
    good, unknown, late, twin, other = bodies(alice, 5)
    unknown["clientId"] = "cli_0000000000000000abcd"
    late["dueDate"] = "2020-01-01"
    twin["externalId"] = other["externalId"] = "deal-1"
    other["notes"] = "Other"
    return [good, unknown, late, twin, other, *bodies(alice, 1)]


def test_an_atomic_batch_is_all_or_nothing_and_names_every_fault(alice: Person) -> None:
    before = alice.events()
    answer = alice.post("/invoices/batch", {"invoices": spoilt(alice)})
    error = expect.refusal(answer, "CONFLICT", "invoices[1].clientId", "invoices[2].dueDate", "invoices[4].notes")
    assert "deal-1" in error["message"]
    answer = alice.post("/invoices/batch", {"invoices": spoilt(alice)[:3]})
    expect.refusal(answer, "VALIDATION_ERROR", "invoices[1].clientId", "invoices[2].dueDate")
    assert alice.events() == before
    assert alice.get("/invoices").json()["pagination"]["total"] == 0
    assert alice.invoice()["invoiceNumber"] == "INV-0001"


def test_a_partial_batch_makes_what_can_be_made(alice: Person) -> None:
    found = alice.post("/invoices/batch", {"invoices": spoilt(alice), "mode": "partial"}).json()
    assert [item["status"] for item in found["data"]] == [201, 422, 422, 201, 409, 201]
    assert (found["created"], found["failed"]) == (3, 3)
    numbers = [item["invoice"]["invoiceNumber"] for item in found["data"] if item["invoice"]]
    assert numbers == ["INV-0001", "INV-0002", "INV-0003"]
    errors = [item["error"] for item in found["data"] if item["error"]]
    assert [error["code"] for error in errors] == ["VALIDATION_ERROR", "VALIDATION_ERROR", "CONFLICT"]
    assert [[fault["field"] for fault in error["details"]] for error in errors] == [
        ["clientId"],
        ["dueDate"],
        ["notes"],
    ]


def test_a_batch_that_is_run_again_gives_what_it_made(alice: Person) -> None:
    invoices = [{**body, "externalId": f"2026-03-{n}"} for n, body in enumerate(bodies(alice, 4))]
    first = alice.post("/invoices/batch", {"invoices": invoices[:3]}).json()
    again = alice.post("/invoices/batch", {"invoices": invoices}).json()
    assert [item["status"] for item in again["data"]] == [200, 200, 200, 201]
    assert (again["created"], again["failed"]) == (1, 0)
    assert [item["invoice"] for item in again["data"][:3]] == [item["invoice"] for item in first["data"]]


def test_twins_within_a_batch_are_one_invoice(alice: Person) -> None:
    found = alice.post("/invoices/batch", {"invoices": bodies(alice, 2, externalId="x")}).json()
    assert [item["status"] for item in found["data"]] == [201, 200]
    assert found["data"][0]["invoice"] == found["data"][1]["invoice"]
    assert alice.get("/invoices").json()["pagination"]["total"] == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["invoices"]),
        ({"invoices": []}, ["invoices"]),
        ({"invoices": [{}]}, ["invoices[0].clientId", "invoices[0].lineItems"]),
        ({"invoices": "all", "mode": "some"}, ["invoices", "mode"]),
    ],
)
def test_what_is_no_batch_is_refused(alice: Person, body: dict[str, Any], fields: list[str]) -> None:
    expect.refusal(alice.post("/invoices/batch", body), "VALIDATION_ERROR", *fields)


def test_a_batch_of_501_is_refused(alice: Person) -> None:
    answer = alice.post("/invoices/batch", {"invoices": bodies(alice, 501)})
    expect.refusal(answer, "VALIDATION_ERROR", "invoices")


def test_a_batch_of_faults_names_the_first_hundred(alice: Person) -> None:
    for mode in ("atomic", "partial"):
        answer = alice.post("/invoices/batch", {"invoices": bodies(alice, 200, lineItems=[]), "mode": mode})
        assert len(answer.json()["error"]["details"]) == 100
    answer = alice.post("/invoices/batch", {"invoices": bodies(alice, 200, dueDate="2020-01-01")})
    assert len(answer.json()["error"]["details"]) == 100
