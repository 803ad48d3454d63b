"""So many requests in any so many seconds, exactly: never one more accepted, never one fewer."""

import math
from collections import deque
from typing import Final, NamedTuple

from cleverinvo.errors import RateLimited
from cleverinvo.settings import Rate

SWEEP_EVERY: Final = 10_000
"""Requests between two looks for accounts that have fallen silent."""


class Standing(NamedTuple):
    """Where an account stands: requests it has left, and seconds until it has one more."""

    remaining: int
    reset_seconds: int


class Limiter:
    """A moving window for each account, in this process's memory. Time is passed in, in seconds."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._accepted: dict[int, deque[float]] = {}
        self._until_sweep = SWEEP_EVERY

    def take(self, account_id: int, now: float) -> Standing:
        """Count one request. Raises RateLimited, and counts nothing, where the window is full."""
        self._sweep(now)
        quota, window_seconds = self.rate
        accepted = self._accepted.setdefault(account_id, deque())
        while accepted and accepted[0] <= now - window_seconds:
            accepted.popleft()
        if len(accepted) >= quota:
            raise RateLimited(max(1, math.ceil(accepted[0] + window_seconds - now)))
        accepted.append(now)
        return Standing(quota - len(accepted), math.ceil(accepted[0] + window_seconds - now))

    def _sweep(self, now: float) -> None:
        self._until_sweep -= 1
        if self._until_sweep:
            return
        self._until_sweep = SWEEP_EVERY
        oldest = now - self.rate.window_seconds
        self._accepted = {
            account: times for account, times in self._accepted.items() if times and times[-1] > oldest
        }
