"""POST /clients"""

from decimal import Decimal

import pytest

from tests.api import expect
from tests.conftest import Person

EVERYTHING = {
    "name": "Zürich Möbel AG",
    "email": "Rechnung@Moebel.example",
    "address": "Gasse 1\n8001 Zürich",
    "taxId": "CHE-123.456.789",
    "phone": "+41 44 000 00 00",
    "isActive": False,
    "retainerAmount": 1500.5,
    "currency": "CHF",
    "locale": "de-CH",
    "externalId": "crm-7",
    "metadata": {"segment": "furniture"},
    "street": "Gasse 1",
    "postalCode": "8001",
    "city": "Zürich",
    "countryCode": "CH",
    "electronicAddress": "0088:7612345678900",
}


def test_a_client_needs_a_name_only(alice: Person) -> None:
    client = expect.created(alice.post("/clients", {"name": "Acme"}), "clients")
    assert client["isActive"] is True
    assert client["metadata"] == {}
    left_out = set(client) - {"id", "name", "isActive", "metadata", "createdAt", "updatedAt"}
    assert {name: client[name] for name in left_out} == dict.fromkeys(left_out)


def test_every_field_is_kept(alice: Person) -> None:
    client = expect.created(alice.post("/clients", EVERYTHING), "clients")
    assert {name: client[name] for name in EVERYTHING} == {**EVERYTHING, "retainerAmount": Decimal("1500.50")}
    assert expect.exact(alice.get(f"/clients/{client['id']}")) == client


def test_creating_a_client_is_an_event(alice: Person) -> None:
    client = alice.post("/clients", EVERYTHING).json()
    event = alice.events()[-1]
    assert (event["type"], event["data"], event["previous"]) == ("client.created", client, None)


def test_two_clients_may_share_a_name_and_an_address(alice: Person) -> None:
    one, other = (alice.post("/clients", {"name": "Acme", "email": "a@example.com"}).json() for _ in range(2))
    assert one["id"] != other["id"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": " \u00a0 "}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "A\nB"}, ["name"]),
        ({"name": 7, "email": [], "isActive": "yes", "metadata": []}, ["name", "email", "isActive", "metadata"]),
        ({"name": "A", "retainerAmount": -1}, ["retainerAmount"]),
        ({"name": "A", "retainerAmount": 0.001}, ["retainerAmount"]),
        ({"name": "A", "retainerAmount": 1.5, "currency": "JPY"}, ["retainerAmount"]),
        (
            {"name": "A", "currency": "usd", "locale": "English", "countryCode": "ch"},
            ["currency", "locale", "countryCode"],
        ),
        ({"name": "A", "externalId": ""}, ["externalId"]),
        ({"name": "A", "metadata": {"k": None}}, ["metadata"]),
        ({"name": "A", "id": "cli_mine", "createdAt": "2020-01-01"}, ["id", "createdAt"]),
        ({"name": "A", "nickname": "B"}, ["nickname"]),
    ],
)
def test_what_cannot_be_a_client_is_refused_by_its_fields(alice: Person, body: object, fields: list[str]) -> None:
    before = alice.events()
    expect.refusal(alice.post("/clients", body), "VALIDATION_ERROR", *fields)
    assert alice.events() == before
    assert alice.get("/clients").json()["pagination"]["total"] == 1


def test_the_retainer_has_the_digits_of_its_currency(alice: Person) -> None:
    for currency, given, kept in (("USD", 1500, "1500.00"), ("JPY", 1500, "1500"), ("KWD", "1.5", "1.500")):
        client = alice.post("/clients", {"name": "A", "currency": currency, "retainerAmount": given})
        assert f'"retainerAmount":{kept},' in client.text
