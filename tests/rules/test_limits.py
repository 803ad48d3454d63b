"""The rate limit, at any pattern of arrivals: never one more than the quota, never one fewer."""

import random
from collections import deque
from collections.abc import Iterator

import pytest

from cleverinvo.errors import RateLimited
from cleverinvo.settings import Rate
from cleverinvo.web import limits
from cleverinvo.web.limits import SECOND, Limiter

PATTERNS = 1_000


def arrivals(random: random.Random, rate: Rate) -> Iterator[float]:
    """Instants at which somebody asks: bursts, trickles, pauses, and steps of just about a window."""
    window = rate.window_seconds
    now = random.choice([0.0, random.uniform(0, 1e4), random.uniform(0, 2e9)])
    for _ in range(rate.quota * random.randint(2, 8)):
        match random.randrange(6):
            case 0 | 1:
                step = 0.0
            case 2:
                step = random.uniform(0, window / rate.quota)
            case 3:
                step = random.choice([0.001, 0.1, 0.3, 1.0])
            case 4:
                step = random.uniform(0, window) * random.choice([0.01, 0.1, 1.1])
            case _:
                step = window * random.choice([0.5, 0.999999, 1.0, 1.000001])
        now += step
        yield now


def contradictions(limiter_type: type[Limiter], seed: int) -> list[str]:
    """Where a limiter breaks its promise on one pattern; instants are compared to the nanosecond."""
    dice = random.Random(seed)
    rate = Rate(dice.choice([1, 2, 5, 20]), dice.choice([1, 7, 60]))
    window = rate.window_seconds * SECOND
    limiter, accepted, broken = limiter_type(rate), deque[int](), []
    for now in arrivals(dice, rate):
        exact = round(now * SECOND)
        while accepted and accepted[0] + window <= exact:
            accepted.popleft()
        must_accept = len(accepted) < rate.quota
        try:
            standing = limiter.take(1, now)
        except RateLimited as refused:
            if must_accept:
                broken.append(f"refused below the quota at {now}")
            wait = accepted[0] + window - exact if accepted else 0
            if not wait <= refused.retry_after_seconds * SECOND < wait + SECOND:
                broken.append(f"wrong Retry-After at {now}")
            continue
        accepted.append(exact)
        if not must_accept:
            broken.append(f"one too many at {now}")
        if standing.remaining != rate.quota - len(accepted):
            broken.append(f"wrong remainder at {now}")
    return broken


def test_the_quota_is_kept_exactly_at_any_pattern_of_arrivals() -> None:
    assert [broken for seed in range(PATTERNS) for broken in contradictions(Limiter, seed)] == []


class FixedWindow(Limiter):
    """The usual fault: counting by the minute lets twice the quota through around its end."""

    def take(self, account_id: int, now: float) -> limits.Standing:
        times = self._accepted.setdefault(account_id, deque())
        while times and times[0] // self._window < now * SECOND // self._window:
            times.popleft()
        return super().take(account_id, now)


def test_a_fixed_window_is_found_out() -> None:
    assert any(contradictions(FixedWindow, seed) for seed in range(20))


@pytest.mark.parametrize("start", [0.0, 0.1, 59.9, 1e3 / 3, 123456.789, 1.7e9 + 0.1])
def test_who_waits_as_told_is_let_in(start: float) -> None:
    limiter = Limiter(Rate(3, 60))
    for _ in range(3):
        limiter.take(1, start)
    for step in range(1, 600):
        now = start + step / 10
        try:
            limiter.take(1, now)
            return
        except RateLimited as refused:
            copy = Limiter(Rate(3, 60))
            copy._accepted = {1: deque(limiter._accepted[1])}
            copy.take(1, now + refused.retry_after_seconds)


def test_accounts_do_not_share_their_quota() -> None:
    limiter = Limiter(Rate(1, 60))
    limiter.take(1, 0.0)
    limiter.take(2, 0.0)
    with pytest.raises(RateLimited):
        limiter.take(1, 1.0)


def test_a_refused_request_costs_nothing() -> None:
    limiter = Limiter(Rate(1, 60))
    limiter.take(1, 0.0)
    for second in range(1, 60):
        with pytest.raises(RateLimited):
            limiter.take(1, float(second))
    limiter.take(1, 60.0)


def test_accounts_that_fall_silent_are_forgotten() -> None:
    limiter = Limiter(Rate(100, 60))
    for account in range(limits.SWEEP_EVERY + 1):
        limiter.take(account, account / 100)
    assert len(limiter._accepted) < limits.SWEEP_EVERY * 2 / 3
    assert limits.SWEEP_EVERY in limiter._accepted
