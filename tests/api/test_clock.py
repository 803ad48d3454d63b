"""A clock that is set back, or runs ahead and is put right: order stays order, and nothing breaks."""

import pytest

from cleverinvo.app import App
from cleverinvo.settings import Settings
from cleverinvo.verify import everything
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient


@pytest.mark.parametrize("jumps", [[-30], [-59, 10], [60 * 24 * 400, -60 * 24 * 401]], ids=str)
def test_what_is_made_after_the_clock_was_set_back_comes_after(
    alice: Person, clock: FakeClock, jumps: list[int]
) -> None:
    made = [alice.invoice()]
    for minutes in jumps:
        clock.advance(minutes=minutes)
        made += [alice.invoice(), alice.invoice()]
    for field in ("id", "invoiceNumber"):
        values = [invoice[field] for invoice in made]
        assert values == sorted(values)
    listed = alice.get("/invoices?sort=createdAt").json()["data"]
    assert [invoice["id"] for invoice in listed] == [invoice["id"] for invoice in made]
    events = alice.events()
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))


def test_a_clock_that_is_set_back_a_little_stands_still(alice: Person, clock: FakeClock) -> None:
    before = alice.invoice()
    clock.advance(minutes=-30)
    assert alice.invoice()["createdAt"] == before["createdAt"]
    clock.advance(minutes=31)
    assert alice.invoice()["createdAt"] > before["createdAt"]


def test_a_clock_that_ran_ahead_and_was_put_right_dates_nothing_wrongly(alice: Person, clock: FakeClock) -> None:
    day = alice.invoice()["issueDate"]
    clock.advance(days=400)
    assert alice.invoice()["issueDate"] > day
    clock.advance(days=-400)
    assert alice.invoice()["issueDate"] == day


def test_a_key_is_remembered_whatever_the_clock_says(alice: Person, clock: FakeClock) -> None:
    body = {"clientId": alice.client_id, "lineItems": [{"description": "x", "quantity": 1, "unitPrice": 1}]}
    key = {"idempotency-key": "once"}
    first = alice.post("/invoices", body, headers=key)
    for jump in ({"days": -30}, {"hours": 5}, {"days": 31}):
        clock.advance(**jump)
        assert alice.post("/invoices", body, headers=key).content == first.content


def test_a_server_that_starts_with_the_clock_set_back_goes_on_counting(
    alice: Person, settings: Settings, clock: FakeClock
) -> None:
    before = [alice.invoice() for _ in range(3)]
    sequence = alice.events()[-1]["sequence"]
    clock.advance(days=-1)
    with TestClient(App(settings, PUBLIC_URL, clock=clock), base_url=PUBLIC_URL) as server:
        alice.http = server
        after = alice.invoice()
        assert after["invoiceNumber"] == "INV-0004"
        assert alice.events()[-1]["sequence"] == sequence + 1
        listed = [invoice["id"] for invoice in alice.get("/invoices").json()["data"]]
        assert listed == [after["id"], *(invoice["id"] for invoice in reversed(before))]
        assert everything.look(settings).findings == []
