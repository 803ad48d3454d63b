"""One receiver that hangs delays nobody else."""

import json
from datetime import datetime

import pytest

from cleverinvo.webhooks.rules import STANDARD, Terms
from tests.conftest import Person, TestClient, open_account
from tests.receivers import Receiver, eventually, hang, receiving
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
