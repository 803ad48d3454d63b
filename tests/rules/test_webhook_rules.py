"""When a delivery is tried again, and when an endpoint is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo.webhooks import rules
from cleverinvo.webhooks.rules import STANDARD, Health, Outcome, ReceivedResponse

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)

MINUTE, HOUR = 60, 3600
SCHEDULE = [0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]


def answered(status: int, retry_after: float | None = None, at: datetime = NOW) -> Outcome:
    error = None if status < 300 else f"The receiver answered {status}."
    return Outcome(at, 1, {}, ReceivedResponse(status=status, headers=[], body=""), error, retry_after)


def test_the_schedule_is_the_standards() -> None:
    assert list(STANDARD.delays_seconds) == SCHEDULE
    assert sum(SCHEDULE) == 75 * HOUR + 35 * MINUTE + 5


@given(st.integers(1, 9), st.floats(0, 1))
def test_a_delay_is_up_to_a_fifth_shorter_or_longer(attempts: int, chance: float) -> None:
    seconds = rules.seconds_to_wait(attempts, STANDARD, None, chance)
    assert seconds is not None
    assert seconds == pytest.approx(SCHEDULE[attempts] * (0.8 + 0.4 * chance))
    assert rules.seconds_to_wait(attempts, STANDARD, None, 0.5) == SCHEDULE[attempts]


def test_after_ten_attempts_a_delivery_is_given_up() -> None:
    assert rules.seconds_to_wait(10, STANDARD, None, 0.5) is None
    assert rules.seconds_to_wait(10, STANDARD, 60, 0.5) is None


@pytest.mark.parametrize(
    ("attempts", "asked", "waits"),
    [(1, 120, 120), (1, 1, 5), (2, 60, 300), (1, 10**9, 24 * HOUR), (1, None, 5), (9, 60, 24 * HOUR)],
)
def test_a_receiver_that_names_a_time_gets_it(attempts: int, asked: float | None, waits: float) -> None:
    assert rules.seconds_to_wait(attempts, STANDARD, asked, 0.5) == waits


def test_a_success_ends_every_illness() -> None:
    assert rules.health_after(Health(NOW, NOW, NOW), answered(204)) == Health()


def test_an_illness_begins_with_its_first_failure() -> None:
    health = rules.health_after(Health(), answered(500))
    later = rules.health_after(health, answered(500, at=NOW + timedelta(days=2)))
    assert (health.failing_since, later.failing_since) == (NOW, NOW)


def test_failures_far_apart_are_not_one_illness() -> None:
    """Of an endpoint that gets an event a week, one failure each says nothing of the time between."""
    first = rules.health_after(Health(), answered(500))
    second = rules.health_after(first, answered(500, at=NOW + timedelta(days=6)))
    assert second.failing_since == NOW + timedelta(days=6)
    assert rules.reason_to_disable(second, answered(500, at=NOW + timedelta(days=6))) is None


@pytest.mark.parametrize(("hours", "is_disabled"), [(1, False), (119.9, False), (120, True), (200, True)])
def test_five_days_of_failure_switch_an_endpoint_off(hours: float, is_disabled: bool) -> None:
    at = NOW + timedelta(hours=hours)
    reason = rules.reason_to_disable(Health(NOW, at), answered(500, at=at))
    assert (reason is not None) == is_disabled
    if reason:
        assert reason == "Every delivery has failed for 5 days, the last with: The receiver answered 500."


def test_410_switches_an_endpoint_off_at_once() -> None:
    reason = rules.reason_to_disable(Health(NOW, NOW), answered(410))
    assert reason == "The receiver answered 410 Gone: it wants no more events."
    assert rules.reason_to_disable(Health(NOW, NOW), answered(404)) is None


@pytest.mark.parametrize(
    ("status", "retry_after", "rests"),
    [(429, 60, 60), (503, 60, 60), (503, None, None), (500, 60, None), (429, 10**9, 24 * HOUR)],
)
def test_a_receiver_may_ask_for_quiet(status: int, retry_after: float | None, rests: float | None) -> None:
    health = rules.health_after(Health(), answered(status, retry_after))
    assert health.rests_until == (None if rests is None else NOW + timedelta(seconds=rests))
    assert (rules.room(health, NOW) == 0) == (rests is not None)


def test_of_an_endpoint_that_fails_little_is_taken() -> None:
    assert rules.room(Health(), NOW) > 4 * rules.room(Health(NOW, NOW), NOW) > 0


@pytest.mark.parametrize(
    ("filters", "type", "lets"),
    [
        (["*"], "invoice.paid", True),
        (["invoice.paid"], "invoice.paid", True),
        (["invoice.paid"], "invoice.partially_paid", False),
        (["invoice.*"], "invoice.partially_paid", True),
        (["invoice.*"], "payment.recorded", False),
        (["client.*", "payment.recorded"], "payment.recorded", True),
        ([], "invoice.paid", False),
    ],
)
def test_filters_let_through_what_they_name(filters: list[str], type: str, lets: bool) -> None:
    assert rules.lets_through(filters, type) is lets
