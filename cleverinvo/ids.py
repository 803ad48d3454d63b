"""Ids such as `inv_0mwtdw5rk63jz5wguyfp`: a prefix, then 20 characters that sort by the time they were made."""

import re
import secrets
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
PAIRS: Final = [high + low for high in DIGITS for low in DIGITS]
LENGTH: Final = 20
HALF: Final = 36 ** (LENGTH // 2)
RANDOM_BITS: Final = 56  # behind the milliseconds since 1970, which leaves room until the year 7800

RANDOM_BYTES: Final = RANDOM_BITS // 8
FETCHED_AT_ONCE: Final = 512

_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def _random_numbers() -> Iterator[int]:
    """The system's randomness, fetched for many ids in one call."""
    while True:
        fetched = secrets.token_bytes(RANDOM_BYTES * FETCHED_AT_ONCE)
        for start in range(0, len(fetched), RANDOM_BYTES):
            yield int.from_bytes(fetched[start : start + RANDOM_BYTES])


_lock = threading.Lock()
_random = _random_numbers()
_last = 0


def new(prefix: str, moment: datetime) -> str:
    """A fresh id. Ids made by one process ascend, even within a millisecond and when the clock steps back:

    sorting by id is sorting by creation, and new rows go to the end of every index.
    """
    global _last
    earliest = int(moment.timestamp() * 1000) << RANDOM_BITS
    with _lock:
        if earliest > _last:
            _last = earliest | next(_random) >> 1  # the top bit stays free for counting up
        else:
            _last += 1 + (next(_random) >> RANDOM_BITS - 20)
        number = _last
    return f"{prefix}_{_base36(number)}"


def of_request(given: str | None, moment: datetime) -> str:
    """The id that came with a request, from a caller or a proxy, where it is one to print; else a new one."""
    return given if given is not None and _SANE.fullmatch(given) else new("req", moment)


def _base36(number: int) -> str:
    upper, lower = divmod(number, HALF)
    return _upper_half(upper) + _ten_digits(lower)


def _ten_digits(number: int) -> str:
    number, fifth = divmod(number, 1296)
    number, fourth = divmod(number, 1296)
    number, third = divmod(number, 1296)
    first, second = divmod(number, 1296)
    return PAIRS[first] + PAIRS[second] + PAIRS[third] + PAIRS[fourth] + PAIRS[fifth]


_upper_half = lru_cache(maxsize=1)(_ten_digits)
"""Ids that are made together have it in common: it changes twenty times within a millisecond."""
