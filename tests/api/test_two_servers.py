"""Two servers on one database: nothing is done twice, nothing is lost, and no number is missing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from cleverinvo.app import App
from cleverinvo.settings import Settings
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}


@pytest.fixture
def twin(alice: Person, settings: Settings, clock: FakeClock) -> Iterator[Person]:
    """Alice at the other server."""
    with TestClient(App(settings, PUBLIC_URL, clock=clock), base_url=PUBLIC_URL) as server:
        yield replace(alice, http=server)


def at_once(work: Any, *arguments: Any) -> list[Any]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(work, *arguments))


def test_copies_of_a_request_on_both_are_done_once(alice: Person, twin: Person) -> None:
    body = {"clientId": alice.client_id, "lineItems": [LINE]}

    def send(number: int) -> tuple[int, Any]:
        person, key = (alice, twin)[number % 2], f"key-{number // 4}"
        while True:
            answer = person.post("/invoices", body, headers={"idempotency-key": key})
            if answer.status_code != 409:
                return number // 4, answer

    answers = at_once(send, range(120))
    assert {answer.status_code for _, answer in answers} == {201}
    assert len({(key, answer.content) for key, answer in answers}) == 30
    assert twin.get("/invoices").json()["pagination"]["total"] == 30


def test_an_external_id_is_taken_once(alice: Person, twin: Person) -> None:
    def send(number: int) -> Any:
        person, external_id = (alice, twin)[number % 2], f"crm-{number // 4}"
        return person.post("/clients", {"name": "Acme", "externalId": external_id})

    answers = at_once(send, range(80))
    assert sorted(answer.status_code for answer in answers) == [200] * 60 + [201] * 20
    assert len({answer.json()["id"] for answer in answers}) == 20


def test_a_series_that_both_begin_has_each_number_once(alice: Person, twin: Person) -> None:
    alice.patch("/account", {"numberFormat": "{year}-{seq:05}"})

    def create(number: int) -> str:
        person, year = (alice, twin)[number % 2], 2030 + number // 8
        return str(person.invoice(issueDate=f"{year}-01-01")["invoiceNumber"])

    numbers = at_once(create, range(80))
    assert sorted(numbers) == [f"{year}-{seq:05}" for year in range(2030, 2040) for seq in range(1, 9)]
    sequences = [event["sequence"] for event in alice.events()]
    assert sequences == list(range(1, len(sequences) + 1))


def test_no_change_undoes_another(alice: Person, twin: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}"

    def change(number: int) -> int:
        person = (alice, twin)[number % 2]
        body: dict[str, Any] = {"metadata": {f"k{number}": "x"}}
        if number == 20:
            body["status"] = "SENT"
        status: int = person.patch(path, body).status_code
        return status

    assert set(at_once(change, range(40))) == {200}
    read = alice.get(path).json()
    assert len(read["metadata"]) == 40
    assert read["status"] == "SENT"
    assert len([event for event in alice.events() if event["type"] == "invoice.updated"]) >= 39


def test_a_payment_is_counted_once(alice: Person, twin: Person) -> None:
    for _ in range(10):
        path = f"/invoices/{alice.sent_invoice()['id']}"
        answers = at_once(lambda person, path=path: person.patch(path, {"status": "PAID"}), [alice, twin] * 2)
        assert {answer.json()["status"] for answer in answers} == {"PAID"}
        assert alice.get(path).json()["amountDue"] == 0
    assert len([event for event in alice.events() if event["type"] == "payment.recorded"]) == 10
