"""External ids: the same create again gives what is there, for ever."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api import expect
from tests.conftest import FakeClock, Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}


@pytest.fixture(params=["clients", "invoices"])
def collection(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def body(alice: Person, collection: str, **fields: Any) -> dict[str, Any]:
    own = {"name": "Acme"} if collection == "clients" else {"clientId": alice.client_id, "lineItems": [LINE]}
    return {**own, "externalId": "crm-1", **fields}


def test_the_same_create_again_gives_the_object_as_it_is_now(
    alice: Person, collection: str, clock: FakeClock
) -> None:
    made = expect.created(alice.post(f"/{collection}", body(alice, collection)), collection)
    change = {"phone": "1"} if collection == "clients" else {"status": "SENT"}
    now = alice.patch(f"/{collection}/{made['id']}", change)
    events = alice.events()
    clock.advance(days=400)
    again = alice.post(f"/{collection}", body(alice, collection))
    assert again.status_code == 200
    assert again.headers["etag"]
    read = alice.get(f"/{collection}/{made['id']}")
    assert again.content == read.content
    assert again.json()["updatedAt"] == now.json()["updatedAt"]
    assert alice.events() == events


def test_other_content_is_a_conflict_that_names_what_differs(alice: Person, collection: str) -> None:
    made = alice.post(f"/{collection}", body(alice, collection)).json()
    other = (
        {"name": "Other", "phone": "1"} if collection == "clients" else {"notes": "x", "lineItems": [LINE, LINE]}
    )
    names = ["name", "phone"] if collection == "clients" else ["lineItems", "notes"]
    error = expect.refusal(alice.post(f"/{collection}", body(alice, collection, **other)), "CONFLICT", *names)
    assert made["id"] in error["message"]
    assert alice.get(f"/{collection}/{made['id']}").json() == made


def test_the_same_amount_written_otherwise_is_the_same(alice: Person) -> None:
    first = alice.post("/invoices", body(alice, "invoices"))
    same = {"unitPrice": "100.00", "description": "Consulting", "quantity": "1.0"}
    again = alice.post("/invoices", body(alice, "invoices", lineItems=[same]))
    assert (again.status_code, again.content) == (200, first.content)


FRACTIONS = {
    "clients": {"name": "Acme", "retainerAmount": 2400.5, "currency": "USD"},
    "invoices": {
        "lineItems": [{"description": "Hours", "quantity": 0.1, "unitPrice": 12.35, "taxRate": 5.5}],
        "discountRate": 2.5,
    },
}


def test_the_same_create_with_fractions_is_the_same(alice: Person, collection: str) -> None:
    form = body(alice, collection, externalId="crm-1", **FRACTIONS[collection])
    made = alice.post(f"/{collection}", form)
    again = alice.post(f"/{collection}", form)
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == made.json()


def test_an_external_id_is_not_given_twice_not_even_after_deletion(alice: Person) -> None:
    made = alice.post("/clients", body(alice, "clients")).json()
    alice.delete(f"/clients/{made['id']}")
    expect.refusal(alice.post("/clients", body(alice, "clients")), "CONFLICT")
    invoice = alice.post("/invoices", body(alice, "invoices")).json()
    alice.delete(f"/invoices/{invoice['id']}")
    again = alice.post("/invoices", body(alice, "invoices"))
    assert (again.status_code, again.json()["status"]) == (200, "VOID")


def test_clients_and_invoices_and_accounts_have_ids_of_their_own(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        for collection in ("clients", "invoices"):
            assert person.post(f"/{collection}", body(person, collection)).status_code == 201


def test_a_refused_create_does_not_take_the_external_id(alice: Person, collection: str) -> None:
    assert alice.post(f"/{collection}", body(alice, collection, currency="ABC")).status_code == 422
    assert alice.post(f"/{collection}", body(alice, collection)).status_code == 201


def test_of_many_copies_at_once_one_is_made(alice: Person, collection: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: alice.post(f"/{collection}", body(alice, collection)), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.content for answer in answers}) == 1
    assert alice.get(f"/{collection}?externalId=crm-1").json()["pagination"]["total"] == 1
