"""Ids such as `inv_0mwtdw5rk63jz5wguyfp`: a prefix, then 20 characters that sort by the time they were made."""

import secrets
import threading
from datetime import datetime
from typing import Final

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
PAIRS: Final = [high + low for high in DIGITS for low in DIGITS]
LENGTH: Final = 20
RANDOM_BITS: Final = 56  # behind the milliseconds since 1970, which leaves room until the year 7800

_lock = threading.Lock()
_last = 0


def new(prefix: str, moment: datetime) -> str:
    """A fresh id. Ids made by one process ascend, even within a millisecond and when the clock steps back:

    sorting by id is sorting by creation, and new rows go to the end of every index.
    """
    global _last
    earliest = int(moment.timestamp() * 1000) << RANDOM_BITS
    with _lock:
        if earliest > _last:
            _last = earliest | secrets.randbits(RANDOM_BITS - 1)  # the top bit stays free for counting up
        else:
            _last += 1 + secrets.randbits(20)
        number = _last
    return f"{prefix}_{_base36(number)}"


def _base36(number: int) -> str:
    pairs = []
    for _ in range(LENGTH // 2):
        number, pair = divmod(number, 1296)
        pairs.append(PAIRS[pair])
    return "".join(reversed(pairs))
