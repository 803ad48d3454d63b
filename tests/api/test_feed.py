"""GET /events: narrowed by type, and waited for."""

import asyncio
import threading
import time
from typing import Any

import pytest

from cleverinvo.db.engine import Database
from cleverinvo.feed.follow import FOLLOWERS_MAX
from tests.conftest import Person


def types(person: Person, query: str = "") -> list[str]:
    return [event["type"] for event in person.get(f"/events?limit=100{query}").json()["data"]]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("client.*", ["client.created"]),
        ("invoice.*", ["invoice.created", "invoice.sent"]),
        ("invoice.sent", ["invoice.sent"]),
        ("invoice.sent,client.*", ["client.created", "invoice.sent"]),
        ("*", ["client.created", "invoice.created", "invoice.sent"]),
        ("payment.recorded", []),
    ],
)
def test_types_narrow_the_feed(alice: Person, filter: str, expected: list[str]) -> None:
    alice.sent_invoice()
    assert types(alice, f"&types={filter}") == expected


@pytest.mark.parametrize("filter", ["invoice", "invoice.", "in*", "invoice.*.x", "nothing.*", "", "a,,b", "**"])
def test_a_type_that_does_not_exist_is_refused(alice: Person, filter: str) -> None:
    assert alice.get(f"/events?types={filter}").status_code == 422


def test_reading_goes_on_where_it_ended_even_past_other_types(alice: Person) -> None:
    alice.sent_invoice()
    page = alice.get("/events?limit=2").json()
    assert page["pagination"] == {"limit": 2, "hasMore": True, "nextAfter": 2}
    narrowed = alice.get("/events?types=client.*").json()
    assert narrowed["pagination"] == {"limit": 20, "hasMore": False, "nextAfter": 3}
    assert alice.get("/events?after=3").json()["pagination"]["nextAfter"] == 3


def test_a_reader_who_waits_gets_the_event_at_once(alice: Person, database: Database) -> None:
    waiting: dict[str, Any] = {}

    def wait() -> None:
        waiting["page"] = alice.get("/events?after=1&types=invoice.sent&wait=20").json()
        waiting["seconds"] = time.monotonic() - started

    started = time.monotonic()
    reader = threading.Thread(target=wait)
    reader.start()
    while not database.board._of_account:  # until it waits
        time.sleep(0.01)
    alice.sent_invoice()
    reader.join()
    assert [event["type"] for event in waiting["page"]["data"]] == ["invoice.sent"]
    assert waiting["seconds"] < 5


def test_waiting_ends_with_an_empty_page(alice: Person, bob: Person) -> None:
    started = time.monotonic()
    page = alice.get("/events?after=1&wait=1").json()
    assert page == {"data": [], "pagination": {"limit": 20, "hasMore": False, "nextAfter": 1}}
    assert 0.9 < time.monotonic() - started < 5


def test_waiting_ends_when_the_server_stops(alice: Person, database: Database) -> None:
    closing = threading.Timer(0.3, lambda: alice.http.portal.call(database.board.close))  # type: ignore[union-attr]
    closing.start()
    started = time.monotonic()
    assert alice.get("/events?after=1&wait=30").json()["data"] == []
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("wait", ["-1", "31", "1.5", "x"])
def test_waiting_has_bounds(alice: Person, wait: str) -> None:
    assert alice.get(f"/events?wait={wait}").status_code == 422


def test_so_many_may_wait_at_once(alice: Person, bob: Person, database: Database) -> None:
    statuses: list[int] = []
    readers = [
        threading.Thread(target=lambda: statuses.append(alice.get("/events?after=1&wait=20").status_code))
        for _ in range(FOLLOWERS_MAX)
    ]
    for reader in readers:
        reader.start()
    while len(database.board._of_account.get(alice.account_id, ())) < FOLLOWERS_MAX:
        time.sleep(0.01)
    assert alice.get("/events?after=1&wait=20").status_code == 429
    assert alice.get("/events?after=1").status_code == 200
    assert bob.get("/events?after=0&wait=20").status_code == 200
    alice.invoice()
    for reader in readers:
        reader.join()
    assert statuses == [200] * FOLLOWERS_MAX
    assert alice.get("/events?after=2&wait=1").status_code == 200


def test_news_reaches_whoever_listens_to_all_or_to_the_account(database: Database) -> None:
    from cleverinvo.db.news import ANYTHING, Board, Notice

    async def listen() -> None:
        board, heard_all, heard_one = Board(), [], []
        with board.listening(heard_all.append), board.listening(heard_one.append, 1):
            board.post({Notice("events", 1)})
            board.post({Notice("events", 2)})
            board.tell(ANYTHING)
        board.post({Notice("events", 1)})
        assert heard_all == [Notice("events", 1), Notice("events", 2), ANYTHING]
        assert heard_one == [Notice("events", 1), ANYTHING]
        assert await board.collect() == {Notice("events", 1), Notice("events", 2)}
        assert not board._of_account

    asyncio.run(listen())
