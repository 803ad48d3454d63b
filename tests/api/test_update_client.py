"""PUT and PATCH /clients/{id}"""

from typing import Any

import pytest

from tests.api import expect
from tests.conftest import FakeClock, Person


@pytest.fixture
def path(alice: Person) -> str:
    body = {"name": "Acme", "email": "a@example.com", "phone": "1", "metadata": {"a": "1", "b": "2"}}
    return f"/clients/{alice.post('/clients', body).json()['id']}"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_only_the_fields_sent_change(alice: Person, clock: FakeClock, path: str, method: str) -> None:
    before = alice.get(path).json()
    clock.advance(minutes=1)
    after = alice.request(method, path, json={"phone": "+1-555-0200"})
    assert after.status_code == 200
    assert after.json() == {**before, "phone": "+1-555-0200", "updatedAt": "2026-03-01T10:31:00.000Z"}
    assert alice.get(path).json() == after.json()


def test_null_empties_what_may_be_empty(alice: Person, path: str) -> None:
    assert alice.patch(path, {"email": None, "phone": None}).json()["email"] is None
    expect.refusal(alice.patch(path, {"name": None, "isActive": None}), "VALIDATION_ERROR", "name", "isActive")


@pytest.mark.parametrize(
    ("change", "metadata"),
    [
        ({"c": "3"}, {"a": "1", "b": "2", "c": "3"}),
        ({"a": "9"}, {"a": "9", "b": "2"}),
        ({"a": None}, {"b": "2"}),
        ({"nowhere": None}, {"a": "1", "b": "2"}),
        ({}, {"a": "1", "b": "2"}),
        (None, {}),
    ],
)
def test_metadata_is_merged(alice: Person, path: str, change: Any, metadata: dict[str, str]) -> None:
    assert alice.patch(path, {"metadata": change}).json()["metadata"] == metadata


def test_metadata_does_not_grow_beyond_its_bound(alice: Person, path: str) -> None:
    more = {f"k{number}": "" for number in range(49)}
    expect.refusal(alice.patch(path, {"metadata": more}), "VALIDATION_ERROR", "metadata")
    assert len(alice.get(path).json()["metadata"]) == 2


def test_a_change_is_an_event_with_what_was_there_before(alice: Person, path: str) -> None:
    after = alice.patch(path, {"phone": "2", "name": "Acme"}).json()
    event = alice.events()[-1]
    assert (event["type"], event["data"], event["previous"]) == ("client.updated", after, {"phone": "1"})


def test_a_change_that_changes_nothing_is_no_event(alice: Person, clock: FakeClock, path: str) -> None:
    before, events = alice.get(path).json(), alice.events()
    clock.advance(minutes=1)
    for same in ({}, {"phone": "1"}, {"metadata": {}}):
        assert alice.patch(path, same).json() == before
    assert alice.events() == events


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": "", "email": "a\nb"}, ["name", "email"]),
        ({"externalId": "new"}, ["externalId"]),
        ({"id": "x", "createdAt": "x"}, ["id", "createdAt"]),
        ({"retainerAmount": 0.123}, ["retainerAmount"]),
        ({"phnoe": "1"}, ["phnoe"]),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    alice: Person, path: str, body: dict[str, Any], fields: list[str]
) -> None:
    before = alice.get(path).content
    expect.refusal(alice.put(path, {"phone": "7", **body}), "VALIDATION_ERROR", *fields)
    assert alice.get(path).content == before


def test_a_new_currency_must_suit_the_retainer(alice: Person, path: str) -> None:
    alice.patch(path, {"retainerAmount": "10.50"})
    expect.refusal(alice.patch(path, {"currency": "JPY"}), "VALIDATION_ERROR", "retainerAmount")
    assert '"retainerAmount":10,' in alice.patch(path, {"currency": "JPY", "retainerAmount": 10}).text


def test_an_unknown_client_cannot_be_changed(alice: Person) -> None:
    expect.refusal(alice.put("/clients/cli_0000000000000000abcd", {"name": "A"}), "NOT_FOUND")
