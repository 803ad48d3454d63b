"""invoice.overdue: told once, by the account's own midnight, also after days without a worker."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cleverinvo import worker
from tests.conftest import FakeClock, Person


def work(alice: Person) -> None:
    app: Any = alice.http.app
    assert alice.http.portal is not None
    alice.http.portal.call(worker.tell_overdue, app.database)


def told(alice: Person) -> list[str]:
    return [event["data"]["id"] for event in alice.events() if event["type"] == "invoice.overdue"]


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Etc/GMT+12", datetime(2026, 3, 29, 12, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 3, 28, 10, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ],
)
def test_it_is_told_once_from_local_midnight_on(
    alice: Person, bob: Person, clock: FakeClock, zone: str, midnight: datetime
) -> None:
    alice.patch("/account", {"timeZone": zone})
    invoice = alice.sent_invoice(dueDate="2026-03-28")
    other = bob.sent_invoice(dueDate="2026-04-30")
    clock.moment = midnight
    clock.advance(milliseconds=-1)
    work(alice)
    assert told(alice) == []
    clock.advance(milliseconds=1)
    work(alice)
    work(alice)
    assert told(alice) == [invoice["id"]]
    event = alice.events()[-1]
    assert event["data"] == alice.get(f"/invoices/{invoice['id']}").json()
    assert (event["data"]["status"], event["data"]["isOverdue"]) == ("OVERDUE", True)
    clock.advance(days=3)
    work(alice)
    assert (told(alice), told(bob)) == ([invoice["id"]], [])
    clock.advance(days=60)
    work(bob)
    assert told(bob) == [other["id"]]


def test_only_what_is_owed_is_overdue(alice: Person, clock: FakeClock) -> None:
    alice.invoice(dueDate="2026-03-02")
    paid, void, credited, part = (alice.sent_invoice(dueDate="2026-03-02") for _ in range(4))
    alice.patch(f"/invoices/{paid['id']}", {"status": "PAID"})
    alice.post(f"/invoices/{void['id']}/void")
    alice.post(f"/invoices/{credited['id']}/credit-notes")
    alice.post(f"/invoices/{part['id']}/payments", {"amount": 1})
    clock.advance(days=9)
    work(alice)
    assert told(alice) == [part["id"]]


def test_a_payment_that_is_reversed_later_makes_it_overdue_then(alice: Person, clock: FakeClock) -> None:
    invoice = alice.sent_invoice(dueDate="2026-03-02")
    payment = alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 100}).json()
    clock.advance(days=9)
    work(alice)
    assert told(alice) == []
    alice.delete(f"/payments/{payment['id']}")
    for _ in range(2):
        work(alice)
    assert told(alice) == [invoice["id"]]
    alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    again = alice.get(f"/invoices/{invoice['id']}/payments").json()["data"][0]
    alice.delete(f"/payments/{again['id']}")
    work(alice)
    assert told(alice) == [invoice["id"]]
