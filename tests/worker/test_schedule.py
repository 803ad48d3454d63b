"""The whole schedule of a delivery, at a clock that the test moves: 75 hours, five days, ninety days."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from cleverinvo.app import App
from cleverinvo.db.engine import Database
from cleverinvo.settings import Settings
from cleverinvo.webhooks import dispatch
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient
from tests.dispatching import failure, settle, success, take_all
from tests.worker.hooks import hook, log

URL = "https://hooks.example/"
SCHEDULE = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]


@pytest.fixture
def server(settings: Settings, clock: FakeClock) -> Iterator[TestClient]:
    """The whole server without its worker, whose part the test plays."""
    app = App(settings, PUBLIC_URL, with_worker=False, clock=clock, seconds=clock.seconds)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


def next_attempt(alice: Person, webhook: dict[str, Any]) -> datetime | None:
    (delivery,) = log(alice, webhook)
    at = delivery["nextAttemptAt"]
    return None if at is None else datetime.fromisoformat(at)


def sweep(alice: Person, database: Database, days: int = 90) -> None:
    while alice.http.portal.call(database.write, dispatch.forget_old, alice.account_id, days):  # type: ignore[union-attr]
        pass


def test_a_delivery_is_tried_ten_times_over_75_hours(alice: Person, database: Database, clock: FakeClock) -> None:
    webhook = hook(alice, URL)
    alice.invoice()
    tried: list[datetime] = []
    for chance in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.5, 0.5, 0.5, 0.5):
        (parcel,) = take_all(alice, database)
        assert parcel.number == len(tried) + 1
        tried.append(clock())
        settle(alice, database, parcel, outcome=failure(clock()), chance=chance)
        due = next_attempt(alice, webhook)
        if due is not None:
            clock.moment = due - timedelta(milliseconds=1)
            assert take_all(alice, database) == []  # not before its time
            clock.moment = due
    assert due is None
    clock.advance(days=30)
    assert take_all(alice, database) == []
    (delivery,) = log(alice, webhook, "&status=FAILED")
    assert delivery["attemptCount"] == 10
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]
    factors = [wait / planned for wait, planned in zip(waits, SCHEDULE, strict=True)]
    assert factors == pytest.approx([0.8, 0.88, 0.96, 1.04, 1.12, 1.2, 1, 1, 1], abs=0.001)


def test_five_days_without_a_success_switch_an_endpoint_off(
    alice: Person, database: Database, clock: FakeClock
) -> None:
    webhook = hook(alice, URL, events=["invoice.*"])
    path = f"/webhooks/{webhook['id']}"
    for hours in range(0, 120, 20):
        alice.invoice()
        settle(alice, database, *take_all(alice, database), outcome=failure(clock()))
        assert alice.get(path).json()["isActive"] is True, hours
        clock.advance(hours=20)
    assert alice.get(path).json()["failingSince"] == "2026-03-01T10:30:00.000Z"
    before = len(alice.events())
    settle(alice, database, *take_all(alice, database), outcome=failure(clock(), 502))
    disabled = alice.get(path).json()
    assert (disabled["isActive"], disabled["disabledAt"]) == (False, "2026-03-06T10:30:00.000Z")
    assert disabled["disabledReason"] == (
        "Every delivery has failed for 5 days, the last with: The receiver answered 502."
    )
    (event,) = alice.events(before)
    assert (event["type"], event["data"]) == ("webhook.disabled", disabled)
    alice.invoice()
    assert take_all(alice, database) == []


def test_one_success_in_five_days_keeps_an_endpoint_on(
    alice: Person, database: Database, clock: FakeClock
) -> None:
    webhook = hook(alice, URL)
    for hours in range(0, 240, 20):
        alice.invoice()
        parcels = take_all(alice, database)
        outcome = success(clock()) if hours == 100 else failure(clock())
        settle(alice, database, *parcels, outcome=outcome)
        clock.advance(hours=20)
    assert alice.get(f"/webhooks/{webhook['id']}").json()["isActive"] is True


def test_after_ninety_days_events_and_their_log_are_forgotten(
    alice: Person, bob: Person, database: Database, clock: FakeClock
) -> None:
    webhook = hook(alice, URL)
    alice.invoice()
    settle(alice, database, *take_all(alice, database), outcome=success(clock()))
    clock.advance(days=60)
    alice.invoice()
    settle(alice, database, *take_all(alice, database), outcome=success(clock()))
    clock.advance(days=29)
    sweep(alice, database)
    assert [event["sequence"] for event in alice.events()] == [1, 2, 3]
    clock.advance(days=2)
    sweep(alice, database)
    assert [event["sequence"] for event in alice.events()] == [3]
    assert [delivery["eventSequence"] for delivery in log(alice, webhook)] == [3]
    alice.invoice()
    assert [event["sequence"] for event in alice.events()] == [3, 4]  # numbers go on
    assert len(bob.events()) == 1
    connection = database.driver.connect_reader()
    assert len(connection.execute("SELECT seq FROM attempts", ()).fetchall()) == 1
    connection.close()


def test_what_is_not_yet_delivered_is_never_forgotten(alice: Person, database: Database, clock: FakeClock) -> None:
    alice.invoice()
    webhook = hook(alice, URL)
    alice.invoice()
    alice.invoice()
    clock.advance(days=100)
    sweep(alice, database)
    assert [event["sequence"] for event in alice.events()] == [3, 4]  # not even fanned out
    first, second = take_all(alice, database)
    settle(alice, database, first, outcome=success(clock()))
    sweep(alice, database)
    assert [event["sequence"] for event in alice.events()] == [4]
    alice.patch(f"/webhooks/{webhook['id']}", {"isActive": False})
    sweep(alice, database)
    assert alice.events() == []  # nobody waits for it
    assert alice.get(f"/deliveries/{second.delivery_id}").status_code == 404
