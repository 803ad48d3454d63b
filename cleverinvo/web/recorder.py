"""Requests on their way into the log that users see: noted at once, written together every second.

A request costs what it takes to put a few references into a list. What is too much for a second is counted, not
kept, and never holds up an answer or a commit.
"""

import asyncio
import logging
from collections import Counter
from typing import Final, NamedTuple

from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.engine import Database
from cleverinvo.errors import Unavailable
from cleverinvo.traffic import actions, rules
from cleverinvo.traffic.rules import Count, Entry, Hour

FLUSH_SECONDS: Final = 1.0
ENTRIES_MAX: Final = 300
"""Kept of all accounts in a second; at full speed that is one request in ten, and a hundredth of the work."""

ENTRIES_OF_ACCOUNT_MAX: Final = 100
"""Of one account: the noise of one leaves room for the others."""

WRITTEN_AT_ONCE: Final = 50
"""Lines in one transaction: about as long as an invoice of fifty lines takes."""

RATE_LIMITED: Final = 429

logger = logging.getLogger("cleverinvo.web")


class Noted(NamedTuple):
    """A request as it was met, before anything is cleared from it."""

    account_id: int
    key_id: str
    request_id: str
    method: str
    path: str
    query: bytes
    status: int
    microseconds: int
    content_type: str | None
    body: bytes
    body_size: int
    answer: bytes
    created_at: str


class Recorder:
    """The one of its process."""

    def __init__(self, database: Database, *, keeps_log: bool) -> None:
        self._database = database
        self._keeps_log = keeps_log
        self._noted: list[Noted] = []
        self._of_account: Counter[int] = Counter()
        self._counts: Counter[tuple[int, str, str]] = Counter()

    def note(self, request: Noted) -> None:
        """Count a request, and keep it for the log where there is room."""
        account_id, hour = request.account_id, request.created_at[:13]
        self._counts[account_id, hour, "refused" if request.status == RATE_LIMITED else "accepted"] += 1
        if not self._keeps_log:
            return
        if len(self._noted) < ENTRIES_MAX and self._of_account[account_id] < ENTRIES_OF_ACCOUNT_MAX:
            self._of_account[account_id] += 1
            self._noted.append(request)
        else:
            self._counts[account_id, hour, "unlogged"] += 1

    async def run(self) -> None:
        """Write every second, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except Exception:
                logger.exception("a bug, met by the log of requests")

    async def flush(self) -> None:
        """Write what was noted. What cannot be written now is given up: invoices matter more than their log."""
        noted, self._noted = self._noted, []
        counts, self._counts = _together(self._counts), Counter()
        self._of_account = Counter()
        try:
            if counts:
                await self._database.write(actions.keep, NO_ACCOUNT, [], counts)
            for start in range(0, len(noted), WRITTEN_AT_ONCE):
                entries = [_entry(one) for one in noted[start : start + WRITTEN_AT_ONCE]]
                await self._database.write(actions.keep, NO_ACCOUNT, entries, [])
        except Unavailable as error:
            logger.warning("%d requests may be missing in the log: %s", len(noted), error)


def _together(counted: Counter[tuple[int, str, str]]) -> list[Count]:
    hours = {(account_id, hour) for account_id, hour, _ in counted}
    kinds = ("accepted", "refused", "unlogged")
    return [
        Count(account_id, Hour(hour, *(counted[account_id, hour, kind] for kind in kinds)))
        for account_id, hour in sorted(hours)
    ]


def _entry(noted: Noted) -> Entry:
    return Entry(
        account_id=noted.account_id,
        request_id=rules.clear(noted.request_id),
        key_id=noted.key_id,
        method=noted.method,
        path=rules.clear_line(noted.path, rules.PATH_MAX),
        query=rules.clear_line(noted.query.decode("latin-1"), rules.QUERY_MAX),
        status=noted.status,
        microseconds=noted.microseconds,
        content_type=noted.content_type and rules.clear_line(noted.content_type, 100),
        body=rules.clear_body(noted.body, noted.content_type, noted.body_size),
        refusal=rules.clear_line(noted.answer.decode(errors="replace"), rules.BODY_MAX) or None,
        created_at=noted.created_at,
    )
