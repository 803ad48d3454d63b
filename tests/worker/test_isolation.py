"""One receiver that hangs delays nobody else."""

import asyncio
import json
from datetime import datetime

import pytest

from cleverinvo.webhooks.rules import STANDARD, Terms
from tests.conftest import Person, TestClient, open_account
from tests.receivers import Received, Receiver, answering, eventually, hang, receiving
from tests.worker.hooks import hook

ACCOUNTS = 5
ENDPOINTS = 20
EVENTS = 4


@pytest.fixture
def terms() -> Terms:
    """In earnest: an attempt may take 20 seconds."""
    return STANDARD


def delays(receivers: list[Receiver]) -> list[float]:
    """Seconds from commit to arrival, ascending."""
    arrived = [one for receiver in receivers for one in receiver.received]
    return sorted(
        one.at - datetime.fromisoformat(json.loads(one.body)["createdAt"]).timestamp() for one in arrived
    )


def test_of_a_hundred_endpoints_one_hangs_for_ever_and_the_others_do_not_wait(
    server: TestClient, receiver: Receiver
) -> None:
    people: list[Person] = [open_account(server, f"P{number}") for number in range(ACCOUNTS)]
    with receiving(hang) as hanging:
        for person in people:
            for number in range(ENDPOINTS):
                url = hanging.url if (person, number) == (people[0], 0) else receiver.url
                hook(person, url, events=["invoice.created"])
        for _ in range(EVENTS):
            for person in people:
                person.invoice()
        expected = (ACCOUNTS * ENDPOINTS - 1) * EVENTS
        eventually(lambda: len(receiver.received) >= expected)
    measured = delays([receiver])
    assert len(measured) == expected
    assert measured[int(len(measured) * 0.99)] < 5
    assert 1 <= len(hanging.received) <= 2  # of what hangs, little is under way


class Crowd:
    """A receiver's behaviour that notes how many requests are under way whenever one comes in."""

    def __init__(self, status: int) -> None:
        self._answer = answering(status)
        self._now = 0
        self.noted: list[int] = []

    async def behave(self, received: Received, writer: asyncio.StreamWriter) -> None:
        self._now += 1
        self.noted.append(self._now)
        await asyncio.sleep(0.05)
        self._now -= 1
        await self._answer(received, writer)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_endpoint_that_does_well_gets_more_at_a_time_and_one_that_fails_a_single_request(alice: Person) -> None:
    well, failing = Crowd(200), Crowd(500)
    invoice = {"clientId": alice.client_id, "lineItems": [{"description": "x", "quantity": 1, "unitPrice": 1}]}
    with receiving(well.behave) as one, receiving(failing.behave) as other:
        for receiver in (one, other):
            hook(alice, receiver.url, events=["invoice.*"])
        alice.post("/invoices/batch", {"invoices": [invoice] * 200})
        eventually(lambda: len(one.received) >= 200 and len(other.received) >= 12, seconds=20)
    assert well.noted[0] == 1
    assert max(well.noted) == 16
    assert set(failing.noted[4:12]) == {1}
