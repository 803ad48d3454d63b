"""GET /events and /events/{id}"""

from typing import Any

import pytest

from tests.api import expect
from tests.conftest import Person


def test_events_are_read_in_order_without_gaps(alice: Person) -> None:
    for _ in range(4):
        alice.sent_invoice()
    read: list[dict[str, Any]] = []
    after, has_more = 0, True
    while has_more:
        feed = alice.get(f"/events?after={after}&limit=2").json()
        read += feed["data"]
        after, has_more = feed["pagination"]["nextAfter"], feed["pagination"]["hasMore"]
    assert [event["sequence"] for event in read] == list(range(1, 10))
    assert read == alice.events()
    end = alice.get(f"/events?after={after}").json()
    assert end == {"data": [], "pagination": {"limit": 20, "hasMore": False, "nextAfter": after}}


def test_an_event_tells_what_when_and_by_which_request(alice: Person) -> None:
    answer = alice.post("/clients", {"name": "Acme"}, headers={"x-request-id": "deal-7", "idempotency-key": "k-1"})
    event = alice.events()[-1]
    assert event.pop("id").startswith("evt_")
    assert event == {
        "type": "client.created",
        "sequence": 2,
        "createdAt": "2026-03-01T10:30:00.000Z",
        "timestamp": "2026-03-01T10:30:00.000Z",
        "data": answer.json(),
        "previous": None,
        "request": {"id": "deal-7", "idempotencyKey": "k-1"},
    }


def test_an_event_keeps_the_object_as_it_was_then(alice: Person) -> None:
    invoice = alice.invoice()
    alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    told = [event["data"] for event in alice.events() if event["type"] == "invoice.created"]
    assert told == [invoice]


def test_one_event_is_read_by_its_id(alice: Person) -> None:
    for event in alice.events():
        assert alice.get(f"/events/{event['id']}").json() == event
    expect.refusal(alice.get("/events/evt_0000000000000000abcd"), "NOT_FOUND")


def test_types_narrow_the_feed(alice: Person) -> None:
    alice.sent_invoice()
    sent = alice.get("/events?types=invoice.sent").json()["data"]
    assert [event["type"] for event in sent] == ["invoice.sent"]
    both = alice.get("/events?types=invoice.sent,client.created&after=1").json()["data"]
    assert [event["type"] for event in both] == ["invoice.sent"]


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=9007199254740992", "limit=0", "types=invoice.", "types="]
)
def test_what_cannot_be_asked_is_refused(alice: Person, query: str) -> None:
    expect.refusal(alice.get(f"/events?{query}"), "VALIDATION_ERROR", query.partition("=")[0])


def test_a_refused_request_leaves_no_event(alice: Person) -> None:
    before = alice.events()
    invoice_path = f"/invoices/{alice.invoice()['id']}"
    before = alice.events()
    alice.post("/clients", {})
    alice.post("/invoices", {"clientId": "cli_0000000000000000abcd"})
    alice.patch(invoice_path, {"status": "OVERDUE"})
    alice.delete("/clients/cli_0000000000000000abcd")
    alice.patch(invoice_path, {"notes": "x"}, headers={"if-match": '"other"'})
    assert alice.events() == before
