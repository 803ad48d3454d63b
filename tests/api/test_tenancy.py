"""The walls between accounts: to Alice, what is Bob's does not exist, wherever in a request she names it."""

import json
import re
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from cleverinvo.app import ROUTES
from cleverinvo.web.routes import Route
from tests.conftest import Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
NOBODYS = "0000000000000000abcd"

# A body that the route accepts, by its name; whoever adds a route with an {id} and a body adds it here.
BODIES: dict[str, Any] = {
    "PUT /api/v1/clients/{id}": {"phone": "1"},
    "PATCH /api/v1/clients/{id}": {"phone": "1"},
    "PATCH /api/v1/invoices/{id}": {"status": "PAID"},
    "POST /api/v1/invoices/{id}/void": {},
    "POST /api/v1/invoices/{id}/duplicate": {},
    "POST /api/v1/invoices/{id}/payments": {"amount": 1},
    "POST /api/v1/invoices/{id}/credit-notes": {},
    "POST /api/v1/invoices/{id}/revise": {},
    "POST /api/v1/invoices/{id}/send": {"to": "ap@example.com"},
    "POST /api/v1/invoices/{id}/late-fee": {},
    "POST /api/v1/invoices/{id}/remind": {"to": "ap@example.com"},
    "POST /api/v1/invoices/{id}/reminders/pause": {},
    "POST /api/v1/invoices/{id}/reminders/resume": {},
    "POST /api/v1/mails/{id}/retry": {},
    "POST /api/v1/invoices/{id}/page/rotate": {},
    "PUT /api/v1/webhooks/{id}": {"description": "x"},
    "PATCH /api/v1/webhooks/{id}": {"description": "x"},
    "POST /api/v1/webhooks/{id}/rotate-secret": {},
    "POST /api/v1/webhooks/{id}/test": {},
    "POST /api/v1/webhooks/{id}/replay": {},
    "POST /api/v1/deliveries/{id}/retry": {},
}

# Routes that do something with a sent invoice only.
NEED_SENT = {
    "POST /api/v1/invoices/{id}/payments",
    "POST /api/v1/invoices/{id}/credit-notes",
    "POST /api/v1/invoices/{id}/revise",
    "POST /api/v1/invoices/{id}/page/rotate",
    "POST /api/v1/invoices/{id}/remind",
}

# Routes that do something with an invoice only that is late, where lateness costs something.
NEED_LATE = {"POST /api/v1/invoices/{id}/late-fee"}

# What a route's {id} is, by the first segment of its path.
OWNED: dict[str, Callable[[Person], str]] = {
    "clients": lambda bob: bob.client_id,
    "invoices": lambda bob: bob.get("/invoices").json()["data"][0]["id"],
    "events": lambda bob: bob.events()[0]["id"],
    "payments": lambda bob: payment_of(bob),
    "credit-notes": lambda bob: credit_note_of(bob),
    "mails": lambda bob: mail_of(bob),
    "ledger": lambda bob: entry_of(bob),
    "webhooks": lambda bob: webhook_of(bob),
    "deliveries": lambda bob: bob.post(f"/webhooks/{webhook_of(bob)}/test").json()["id"],
}


def payment_of(person: Person) -> str:
    return str(person.post(f"/invoices/{person.sent_invoice()['id']}/payments", {"amount": 1}).json()["id"])


def credit_note_of(person: Person) -> str:
    return str(person.post(f"/invoices/{person.sent_invoice()['id']}/credit-notes").json()["id"])


def entry_of(person: Person) -> str:
    person.sent_invoice()
    return str(person.get("/ledger").json()["data"][0]["id"])


def mail_of(person: Person) -> str:
    invoice = OWNED["invoices"](person)
    person.post(f"/invoices/{invoice}/send", {"to": "ap@example.com"})
    return str(person.get(f"/invoices/{invoice}/mails").json()["data"][0]["id"])


WITH_ID = [route for route in ROUTES if "{id}" in route.path]


@pytest.fixture
def bob(bob: Person) -> Person:
    """Bob, with invoices, words and ids that nobody else may ever see."""
    bob.patch(f"/clients/{bob.client_id}", {"name": "Canary Ltd", "email": "canary@example.com"})
    bob.sent_invoice(notes="canary", externalId="canary-1", metadata={"canary": "canary"})
    return bob


def answer_to(alice: Person, method: str, path: str, body: Any = None) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers without what differs between any two requests."""
    options = {} if body is None else {"json": body}
    answer = alice.request(method, path, headers={"x-request-id": "same"}, **options)
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("ratelimit")}
    return answer.status_code, answer.text, headers


def same_with_nobodys(alice: Person, method: str, path: str, owned: str, body: Any = None) -> int:
    """The status for Bob's id, after comparing the whole answer with that for an id that nobody has."""
    nobodys = owned.partition("_")[0] + "_" + NOBODYS
    foreign = answer_to(alice, method, path.replace("{id}", owned), body)
    other_body = None if body is None else json.loads(json.dumps(body).replace(owned, nobodys))
    unknown = answer_to(alice, method, path.replace("{id}", nobodys), other_body)
    assert foreign == unknown
    assert owned not in foreign[1]
    return foreign[0]


@pytest.mark.parametrize("route", WITH_ID, ids=[route.name for route in WITH_ID])
def test_to_alice_bobs_things_are_not_there(alice: Person, bob: Person, route: Route) -> None:
    owned = OWNED[route.path.split("/")[1]](bob)
    body = BODIES[route.name] if route.method in ("POST", "PUT", "PATCH") else None
    before = bob.events()
    assert same_with_nobodys(alice, route.method, route.path, owned, body) == 404
    assert bob.events() == before
    mine = OWNED[route.path.split("/")[1]](
        with_late_invoice(alice)
        if route.name in NEED_LATE
        else with_invoice(alice, is_sent=route.name in NEED_SENT)
    )
    assert answer_to(alice, route.method, route.path.replace("{id}", mine), body)[0] in (200, 201, 204)


def webhook_of(person: Person) -> str:
    """A webhook of this person's, to an address where nobody listens."""
    return str(person.post("/webhooks", {"url": "https://127.0.0.1.invalid/"}).json()["id"])


def with_invoice(alice: Person, *, is_sent: bool) -> Person:
    """Alice, with an invoice that can be an e-invoice."""
    alice.patch("/account", {"countryCode": "US", "legalRegistrationId": "12-3456789"})
    alice.patch(f"/clients/{alice.client_id}", {"countryCode": "US"})
    invoice = alice.invoice()
    if is_sent:
        alice.patch(f"/invoices/{invoice['id']}", {"status": "SENT"})
    return alice


def with_late_invoice(alice: Person) -> Person:
    alice.put("/account/late-fees", {"monthlyRate": 1.5})
    alice.sent_invoice(issueDate="2026-01-01", dueDate="2026-01-31")
    return alice


# Ids that stand elsewhere than in the path: in bodies and in queries, by route and field.
ELSEWHERE: dict[str, Callable[[Person], tuple[str, str, Any, int]]] = {
    "POST /api/v1/invoices clientId": lambda bob: (
        *("POST", "/invoices", {"clientId": bob.client_id, "lineItems": [LINE]}, 422),
    ),
    "POST /api/v1/invoices/preview clientId": lambda bob: (
        *("POST", "/invoices/preview", {"clientId": bob.client_id, "lineItems": [LINE]}, 422),
    ),
    "POST /api/v1/invoices/batch clientId": lambda bob: (
        *("POST", "/invoices/batch", {"invoices": [{"clientId": bob.client_id, "lineItems": [LINE]}]}, 422),
    ),
    "POST /api/v1/invoices/batch clientId, in part": lambda bob: (
        "POST",
        "/invoices/batch",
        {"invoices": [{"clientId": bob.client_id, "lineItems": [LINE]}], "mode": "partial"},
        200,
    ),
    "GET /api/v1/invoices clientId": lambda bob: ("GET", f"/invoices?clientId={bob.client_id}", None, 200),
    "GET /api/v1/invoices/export.zip clientId": lambda bob: (
        *("GET", f"/invoices/export.zip?clientId={bob.client_id}", None, 200),
    ),
    "GET /api/v1/invoices/export.zip cursor": lambda bob: (
        *("GET", f"/invoices/export.zip?cursor={OWNED['invoices'](bob)}", None, 422),
    ),
    "GET /api/v1/clients cursor": lambda bob: ("GET", f"/clients?cursor={bob.client_id}", None, 422),
    "GET /api/v1/webhooks cursor": lambda bob: ("GET", f"/webhooks?cursor={OWNED['webhooks'](bob)}", None, 422),
    "GET /api/v1/invoices cursor": lambda bob: (
        *("GET", f"/invoices?cursor={OWNED['invoices'](bob)}", None, 422),
    ),
    "GET /api/v1/payments cursor": lambda bob: ("GET", f"/payments?cursor={payment_of(bob)}", None, 422),
    "GET /api/v1/payments invoiceId": lambda bob: (
        *("GET", f"/payments?invoiceId={OWNED['invoices'](bob)}", None, 200),
    ),
    "GET /api/v1/credit-notes cursor": lambda bob: (
        *("GET", f"/credit-notes?cursor={credit_note_of(bob)}", None, 422),
    ),
    "GET /api/v1/credit-notes invoiceId": lambda bob: (
        *("GET", f"/credit-notes?invoiceId={OWNED['invoices'](bob)}", None, 200),
    ),
    "GET /api/v1/credit-notes clientId": lambda bob: (
        *("GET", f"/credit-notes?clientId={bob.client_id}", None, 200),
    ),
    "GET /api/v1/mails cursor": lambda bob: ("GET", f"/mails?cursor={mail_of(bob)}", None, 422),
    "GET /api/v1/ledger cursor": lambda bob: ("GET", f"/ledger?cursor={entry_of(bob)}", None, 422),
    "GET /api/v1/ledger objectId": lambda bob: (
        *("GET", f"/ledger?objectId={OWNED['invoices'](bob)}", None, 200),
    ),
}


@pytest.mark.parametrize("place", ELSEWHERE)
def test_bobs_ids_are_worth_nothing_elsewhere_either(alice: Person, bob: Person, place: str) -> None:
    method, path, body, status = ELSEWHERE[place](bob)
    owned = re.split("(?:cursor|invoiceId|objectId)=", path)[1:] or [bob.client_id]
    path = path.replace(owned[0], "{id}")
    assert same_with_nobodys(alice, method, path, owned[0], body) == status
    assert alice.get("/invoices").json()["pagination"]["total"] == 0


def test_a_draft_cannot_be_moved_to_bobs_client(alice: Person, bob: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    assert same_with_nobodys(alice, "PATCH", path, bob.client_id, {"clientId": bob.client_id}) == 422


def test_nothing_of_bobs_is_found_or_counted_by_alice(alice: Person, bob: Person) -> None:
    alice.invoice()
    queries = ["?q=canary", "?externalId=canary-1", "?status=SENT", "?limit=100&sort=createdAt"]
    for path in [
        *(route.path for route in ROUTES if route.method == "GET" and "{" not in route.path),
        *(f"/invoices{query}" for query in queries),
        "/clients?q=canary",
        "/clients?email=canary@example.com",
    ]:
        text = alice.get(path).text
        assert "canary" not in text.lower(), path
        for foreign in (bob.client_id, bob.public_id, OWNED["invoices"](bob)):
            assert foreign not in text, path
    assert alice.get("/invoices").json()["pagination"]["total"] == 1
    assert alice.get("/clients").json()["pagination"]["total"] == 1


def test_bobs_external_ids_are_free_for_alice(alice: Person, bob: Person) -> None:
    assert alice.invoice(externalId="canary-1")["invoiceNumber"] == "INV-0001"


def test_every_route_with_an_id_has_its_case() -> None:
    """Whoever adds a route says here what its {id} is, and what body it takes."""
    for route in WITH_ID:
        assert route.path.split("/")[1] in OWNED, route.name
        assert route.method in ("GET", "DELETE") or route.name in BODIES, route.name
    assert {route.name for route in WITH_ID} >= set(BODIES)


NOT_OURS = {"external_id", "tax_id", "legal_registration_id", "upi_id"}
"""Names and numbers that others gave; nothing is found by them but the account's own."""


def named_ids(kind: Any) -> Iterator[str]:
    """The fields of a form, and of the forms in it, that name something by its id."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            if field.name == "cursor" or (field.name.endswith("_id") and field.name not in NOT_OURS):
                yield field.encode_name
            yield from named_ids(field.type)
    for part in typing.get_args(kind):
        yield from named_ids(part)


def test_bobs_delivery_is_no_place_in_alices_log(alice: Person, bob: Person) -> None:
    path = f"/webhooks/{webhook_of(alice)}/deliveries?cursor="
    assert same_with_nobodys(alice, "GET", f"{path}{{id}}", OWNED["deliveries"](bob)) == 422


OF_INVOICE = {"payments": payment_of, "credit-notes": credit_note_of, "mails": mail_of}


@pytest.mark.parametrize("what", OF_INVOICE)
def test_what_bobs_invoices_have_is_no_place_in_the_lists_of_alices(alice: Person, bob: Person, what: str) -> None:
    path = f"/invoices/{alice.invoice()['id']}/{what}?cursor="
    assert same_with_nobodys(alice, "GET", f"{path}{{id}}", OF_INVOICE[what](bob)) == 422


def test_every_field_that_takes_an_id_has_its_case() -> None:
    """Whoever adds a field that names something adds a case in which it names what is Bob's."""
    fields = {
        f"{route.name} {name}"
        for route in ROUTES
        for form in (route.takes, route.query)
        for name in named_ids(form)
    }
    fields.discard("PATCH /api/v1/invoices/{id} clientId")  # in test_a_draft_cannot_be_moved_to_bobs_client
    for what in OF_INVOICE:  # in test_what_bobs_invoices_have_is_no_place_in_the_lists_of_alices
        fields.discard(f"GET /api/v1/invoices/{{id}}/{what} cursor")
    fields.discard(
        "GET /api/v1/webhooks/{id}/deliveries cursor"
    )  # in test_bobs_delivery_is_no_place_in_alices_log
    assert fields == {place.partition(",")[0] for place in ELSEWHERE}
