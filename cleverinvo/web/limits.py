"""So many requests in any so many seconds, exactly: never one more accepted, never one fewer."""

from collections import deque
from collections.abc import Hashable
from typing import Final, NamedTuple

from cleverinvo.errors import RateLimited
from cleverinvo.settings import Rate

SWEEP_EVERY: Final = 10_000
"""Requests between two looks for accounts that have fallen silent."""

SECOND: Final = 1_000_000_000
"""In nanoseconds: whole numbers, for binary fractions now and then miss the edge of a window."""


class Standing(NamedTuple):
    """Where an account stands: requests it has left, and seconds until it has one more."""

    remaining: int
    reset_seconds: int


class Limiter:
    """A moving window for each account or other key, in this process's memory. Time is passed in, in seconds."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._window = rate.window_seconds * SECOND
        self._accepted: dict[Hashable, deque[int]] = {}
        self._until_sweep = SWEEP_EVERY

    def take(self, key: Hashable, now_seconds: float) -> Standing:
        """Count one request. Raises RateLimited, and counts nothing, where the window is full."""
        now = round(now_seconds * SECOND)
        self._sweep(now)
        accepted = self._accepted.setdefault(key, deque())
        while accepted and accepted[0] + self._window <= now:
            accepted.popleft()
        if len(accepted) >= self.rate.quota:
            raise RateLimited(self._seconds_until_free(accepted, now))
        accepted.append(now)
        return Standing(self.rate.quota - len(accepted), self._seconds_until_free(accepted, now))

    def _seconds_until_free(self, accepted: deque[int], now: int) -> int:
        """Until the oldest request leaves the window, rounded up: whoever waits so long is let in."""
        return -((now - accepted[0] - self._window) // SECOND)

    def _sweep(self, now: int) -> None:
        self._until_sweep -= 1
        if self._until_sweep:
            return
        self._until_sweep = SWEEP_EVERY
        oldest = now - self._window
        self._accepted = {key: times for key, times in self._accepted.items() if times and times[-1] > oldest}
