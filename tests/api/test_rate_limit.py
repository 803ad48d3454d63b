"""The rate limit as the caller meets it: so many requests in any 60 seconds, and told on every answer."""

import dataclasses
from typing import Any

import pytest

from cleverinvo.app import App
from cleverinvo.settings import Rate, Settings
from tests.api import expect
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient, open_account

QUOTA = 5
POLICY = f'"business";q={QUOTA};w=60'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A quota that is soon used up; opening an account with its first client takes one of it."""
    return dataclasses.replace(settings, rate_limit_business=Rate(QUOTA, 60))


@pytest.fixture
def alice(alice: Person, clock: FakeClock) -> Person:
    clock.advance(minutes=2)
    return alice


def test_every_answer_tells_where_the_caller_stands(alice: Person, clock: FakeClock) -> None:
    stands = []
    for path in ("/clients", "/nowhere", "/clients/cli_nobody"):
        answer = alice.get(path)
        assert answer.headers["ratelimit-policy"] == POLICY
        stands.append(answer.headers["ratelimit"])
        clock.advance(seconds=10)
    assert stands == ['"business";r=4;t=60', '"business";r=3;t=50', '"business";r=2;t=40']


def test_the_sixth_request_waits_until_the_first_is_a_minute_old(alice: Person, clock: FakeClock) -> None:
    for _ in range(QUOTA):
        assert alice.get("/clients").status_code == 200
        clock.advance(seconds=1)
    refused = alice.post("/clients", {"name": "A"})
    error = expect.refusal(refused, "RATE_LIMITED")
    assert refused.headers["retry-after"] == "55"
    assert refused.headers["ratelimit-policy"] == POLICY
    assert refused.headers["ratelimit"] == '"business";r=0;t=55'
    assert "55 s" in error["message"]
    clock.advance(seconds=54.999)
    assert alice.get("/clients").headers["retry-after"] == "1"
    clock.advance(seconds=0.001)
    assert alice.get("/clients").status_code == 200
    assert alice.get("/clients").status_code == 429


def test_a_refused_write_has_no_effect(alice: Person, clock: FakeClock) -> None:
    for _ in range(QUOTA - 1):
        alice.get("/clients")
    before = alice.events()
    assert alice.post("/clients", {"name": "A"}).status_code == 429
    clock.advance(minutes=1)
    assert alice.events() == before


def test_alice_does_not_use_up_what_is_bobs(alice: Person, bob: Person, clock: FakeClock) -> None:
    for _ in range(QUOTA + 1):
        alice.get("/clients")
    assert alice.get("/clients").status_code == 429
    assert bob.get("/clients").status_code == 200


def test_another_key_or_address_is_no_other_account(alice: Person) -> None:
    statuses = [
        alice.get(
            "/clients", headers={"x-forwarded-for": f"10.0.0.{n}", "forwarded": f"for=10.0.0.{n}"}
        ).status_code
        for n in range(QUOTA + 1)
    ]
    assert statuses == [200] * QUOTA + [429]


def test_a_batch_is_one_request(alice: Person) -> None:
    line = {"description": "x", "quantity": 1, "unitPrice": 1}
    invoices = [{"clientId": alice.client_id, "lineItems": [line]}] * 50
    assert alice.post("/invoices/batch", {"invoices": invoices}).headers["ratelimit"] == '"business";r=4;t=60'


def test_a_wrong_key_costs_nobody_anything(alice: Person) -> None:
    for _ in range(3 * QUOTA):
        answer = alice.http.get("/api/v1/clients", headers={"authorization": f"Bearer {alice.key[:-1]}-"})
        assert answer.status_code == 401
        assert "ratelimit" not in answer.headers
    assert alice.get("/clients").status_code == 200


def test_a_limit_can_be_lifted(settings: Settings, clock: FakeClock) -> None:
    unlimited: Any = App(dataclasses.replace(settings, rate_limit_business=None), PUBLIC_URL, clock=clock)
    with TestClient(unlimited, base_url=PUBLIC_URL) as server:
        alice = open_account(server, "Alice")
        for _ in range(3 * QUOTA):
            answer = alice.get("/clients")
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
