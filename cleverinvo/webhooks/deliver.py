"""The deliverer: hears of new events, takes what is due, and sends it, many endpoints at once and each in bounds.

All that it knows is in the database. What it holds in memory is leased: when it is killed, that is due again.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from cleverinvo import __version__, clock, events
from cleverinvo.db.engine import Database
from cleverinvo.db.news import ANYTHING, Notice
from cleverinvo.errors import Unavailable
from cleverinvo.webhooks import actions, addresses, dispatch, rules, signing, store
from cleverinvo.webhooks.dispatch import Parcel, Report, Taken
from cleverinvo.webhooks.rules import Outcome, ReceivedResponse, Terms
from cleverinvo.webhooks.wire import Courier, Reply, Undelivered

UNDER_WAY_MAX: Final = 1_000
"""Requests at once, to all endpoints together."""

WIDTH_MAX: Final = 16
"""Requests at once to one endpoint: two at first, one more with each success, a single one after a failure."""

WIDTH_FIRST: Final = 2

LOOK_SECONDS: Final = 1
"""Between two looks for what has become due, or was missed."""

FAREWELL_SECONDS: Final = 2
"""How long requests that are under way may go on when the worker stops."""

EXCERPT_LENGTH: Final = 1_000
"""Characters of an answer's body that the log keeps."""

HEADERS_KEPT_MAX: Final = 50
HEADER_LENGTH_MAX: Final = 500

UNREADABLE: Final = (
    "The endpoint's secret or headers cannot be read, for the server's secret key has changed; "
    "rotate the secret and set the headers again."
)

USER_AGENT: Final = f"CleverInvo/{__version__} (webhooks)"

logger = logging.getLogger("cleverinvo.webhooks")


@dataclass
class Lane:
    """What is in hand for one endpoint."""

    waiting: deque[Parcel] = field(default_factory=deque)
    under_way: int = 0
    width: int = WIDTH_FIRST
    has_more: bool = False
    """Whether more is due than there was room for."""
    low_mark: int = 0
    """So little in hand, and it is time to take more."""

    @property
    def in_hand(self) -> int:
        return len(self.waiting) + self.under_way


class Deliverer:
    """The one of its process."""

    def __init__(self, database: Database, courier: Courier, terms: Terms) -> None:
        self._database = database
        self._courier = courier
        self._terms = terms
        self._accounts: set[int] = set()
        """Those that have endpoints; of all others, news is no news."""
        self._called: set[int] = set()
        """Accounts that have work, and may have a task that sees to it."""
        self._busy: set[int] = set()
        self._changed: set[int] = set()
        """Accounts whose endpoints have changed: what is in hand for them may be out of date."""
        self._lanes: dict[int, dict[str, Lane]] = {}
        """By account and endpoint; one that is empty goes."""
        self._places = asyncio.Semaphore(UNDER_WAY_MAX)
        self._look_now = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def run(self) -> None:
        """Deliver until cancelled. An outage of the database is waited out."""
        try:
            with self._database.board.listening(self._hear):
                while True:
                    await self._look()
                    await self._pause()
        finally:
            await self._stop()

    def _hear(self, notice: Notice) -> None:
        if notice == ANYTHING:
            self._look_now.set()
        elif notice.topic == actions.NEWS:
            self._accounts.add(notice.account_id)
            self._changed.add(notice.account_id)
            self._call(notice.account_id)
        elif notice.topic == events.NEWS and notice.account_id in self._accounts:
            self._call(notice.account_id)

    async def _look(self) -> None:
        """Find accounts that have work, whether or not there was news of them."""
        self._look_now.clear()
        try:
            self._accounts = await self._database.scan(store.list_accounts)
            for account_id in await self._database.scan(store.list_accounts_with_work):
                self._call(account_id)
        except Unavailable as error:
            logger.warning("webhooks wait: %s", error)
        except Exception:
            logger.exception("a bug, met by webhooks")

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._look_now.wait()
        except TimeoutError:
            pass

    def _call(self, account_id: int) -> None:
        """See to an account's work, in a task of its own unless it has one."""
        if self._is_stopping:
            return
        self._called.add(account_id)
        if account_id not in self._busy:
            self._busy.add(account_id)
            self._start(self._serve(account_id))

    async def _serve(self, account_id: int) -> None:
        try:
            while account_id in self._called and not self._is_stopping:
                self._called.discard(account_id)
                if account_id in self._changed:
                    self._changed.discard(account_id)
                    await self._release(account_id, _empty(self._lanes.get(account_id, {}).values()))
                await self._take(account_id)
        except Unavailable as error:
            logger.warning("the webhooks of account %d wait: %s", account_id, error)
        except Exception:
            logger.exception("a bug, met by the webhooks of account %d", account_id)
        finally:
            self._busy.discard(account_id)

    async def _take(self, account_id: int) -> None:
        lanes = self._lanes.setdefault(account_id, {})
        in_hand = {webhook_id: lane.in_hand for webhook_id, lane in lanes.items()}
        taken: Taken = await self._database.write(dispatch.take, account_id, in_hand, self._terms)
        for parcel in taken.parcels:
            lanes.setdefault(parcel.webhook_id, Lane()).waiting.append(parcel)
        for webhook_id, lane in list(lanes.items()):
            lane.has_more, lane.low_mark = webhook_id in taken.more_of, lane.in_hand // 2
            self._launch(account_id, lane)
            if not lane.in_hand:
                del lanes[webhook_id]
        if not lanes:
            self._lanes.pop(account_id, None)
        if taken.more_events:
            self._called.add(account_id)

    def _launch(self, account_id: int, lane: Lane) -> None:
        """Send what waits, as far as the endpoint's width allows, and take more before the lane runs dry."""
        while lane.waiting and lane.under_way < lane.width and not self._is_stopping:
            lane.under_way += 1
            self._start(self._deliver(lane, lane.waiting.popleft()))
        if lane.has_more and lane.in_hand <= lane.low_mark:
            lane.has_more = False
            self._call(account_id)

    async def _deliver(self, lane: Lane, parcel: Parcel) -> None:
        outcome = None
        try:
            async with self._places:
                if self._is_in_time(parcel):
                    outcome = await self._attempt(parcel)
        except asyncio.CancelledError:
            lane.waiting.append(parcel)  # whether it has arrived is not known: it is sent again
            raise
        finally:
            lane.under_way -= 1
        if outcome is None:
            self._launch(parcel.account_id, lane)
            return
        lane.width = min(lane.width + 1, WIDTH_MAX) if outcome.error is None else 1
        is_to_rest = outcome.status in rules.REST_STATUSES and outcome.retry_after_seconds
        let_go = _empty([lane]) if is_to_rest else []
        self._launch(parcel.account_id, lane)
        await self._record(Report(parcel, outcome, self._terms, random.random()))
        await self._release(parcel.account_id, let_go)

    def _is_in_time(self, parcel: Parcel) -> bool:
        """Whether an attempt would end before another worker may take the same parcel."""
        remaining = (parcel.until - self._database.clock()).total_seconds()
        return remaining > self._terms.attempt_seconds

    async def _attempt(self, parcel: Parcel) -> Outcome:
        now, started = self._database.clock(), clock.seconds()
        headers = _headers(parcel, now)
        reply, error = None, None
        if not parcel.secrets:
            error = UNREADABLE
        else:
            try:
                target = addresses.parse(parcel.url)
                reply = await self._courier.post(target, headers, parcel.body, self._terms.attempt_seconds)
                error = _error(reply)
            except Undelivered as undelivered:
                error = str(undelivered)
            except Exception as bug:
                logger.exception("a bug, met by delivery %s", parcel.delivery_id)
                error = f"The server met a bug of its own ({type(bug).__name__})."
        return Outcome(
            attempted_at=now,
            milliseconds=round((clock.seconds() - started) * 1000),
            request_headers=headers | dict.fromkeys(parcel.headers, "***"),
            response=_response(reply) if reply else None,
            error=error,
            retry_after_seconds=_retry_after(reply, now) if reply and error else None,
        )

    async def _record(self, report: Report) -> None:
        """Note what came of a parcel, however long the database is away: else it would be sent once more."""
        while True:
            try:
                await self._database.write(dispatch.record, report.parcel.account_id, report)
                return
            except Unavailable:
                await asyncio.sleep(LOOK_SECONDS)

    async def _release(self, account_id: int, parcels: Sequence[Parcel]) -> None:
        """Give parcels back; where that cannot be stored now, they are due again when their lease is over."""
        if not parcels:
            return
        try:
            await self._database.write(dispatch.release, account_id, parcels)
        except Unavailable as error:
            logger.warning("%d deliveries wait for the end of their lease: %s", len(parcels), error)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            logger.error("a bug, met by webhooks", exc_info=bug)

    async def _stop(self) -> None:
        """Let what is under way end soon, and give back the rest."""
        self._is_stopping = True
        for seconds in (FAREWELL_SECONDS, None):
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=seconds)
            for task in self._tasks:
                task.cancel()
        for account_id, lanes in self._lanes.items():
            await self._release(account_id, _empty(lanes.values()))
        self._courier.close()


def _empty(lanes: Iterable[Lane]) -> list[Parcel]:
    """Take out of lanes what is not under way."""
    parcels: list[Parcel] = []
    for lane in lanes:
        parcels += lane.waiting
        lane.waiting.clear()
    return parcels


def _headers(parcel: Parcel, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    return {
        "user-agent": USER_AGENT,
        "content-type": "application/json",
        **parcel.headers,
        "webhook-id": parcel.event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signing.sign(parcel.secrets, parcel.event_id, timestamp, parcel.body),
    }


def _error(reply: Reply) -> str | None:
    """Why an answer is a failure, in one sentence; None where it is a success."""
    if 200 <= reply.status < 300:
        return None
    if 300 <= reply.status < 400:
        return f"The receiver answered {reply.status}; redirects are not followed, so give the address itself."
    return f"The receiver answered {reply.status}."


def _response(reply: Reply) -> ReceivedResponse:
    """The answer for the log: bounded, and with nothing in it that a database could not keep."""
    text = reply.body[: EXCERPT_LENGTH * 4].decode(errors="replace")[:EXCERPT_LENGTH]
    headers = [(_printable(name), _printable(value)) for name, value in reply.headers[:HEADERS_KEPT_MAX]]
    return ReceivedResponse(status=reply.status, headers=headers, body="".join(map(_visible, text)))


def _printable(text: str) -> str:
    return "".join(map(_visible, text[:HEADER_LENGTH_MAX]))


def _visible(character: str) -> str:
    return character if character.isprintable() or character in "\n\t" else "\ufffd"


def _retry_after(reply: Reply, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or as a date."""
    value = dict(reply.headers).get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
