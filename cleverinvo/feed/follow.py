"""Waiting for what has not happened yet: a long poll, and a stream of server-sent events."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from typing import Final

import msgspec

from cleverinvo import clock, shapes
from cleverinvo.errors import Problem, RateLimited
from cleverinvo.feed import store
from cleverinvo.feed.forms import ReadFeed
from cleverinvo.feed.rules import Event, Feed
from cleverinvo.web.request import Request

FOLLOWERS_MAX: Final = 20
"""Requests of one account that may wait at once."""

LOOK_SECONDS: Final = 5
"""News that got lost on its way from another process is found after so long."""

HEARTBEAT_SECONDS: Final = 15
"""Of silence, after which a stream says that it lives; proxies cut what is silent for a minute."""

STREAM_SECONDS_MAX: Final = 600
"""After so long a stream ends; who follows it connects again and misses nothing."""

RECONNECT_MILLISECONDS: Final = 1_000
BATCH: Final = 100


class Followers:
    """Who waits now; the server has one of it."""

    def __init__(self) -> None:
        self._waiting: Counter[int] = Counter()

    @contextlib.contextmanager
    def place(self, account_id: int) -> Iterator[None]:
        """A place to wait in. Raises RateLimited when the account has taken all of its own."""
        self.refuse_crowd(account_id)
        self._waiting[account_id] += 1
        try:
            yield
        finally:
            self._waiting[account_id] -= 1

    def refuse_crowd(self, account_id: int) -> None:
        if self._waiting[account_id] >= FOLLOWERS_MAX:
            raise RateLimited(1)


async def wait(request: Request, form: ReadFeed) -> Feed:
    """The events that the form asks for, or the first of them that come within its time."""
    account_id, board = request.bearer.account_id, request.database.board
    until = clock.seconds() + form.wait
    with request.tool(Followers).place(account_id), board.awaiting(account_id) as news:
        while True:
            news.clear()
            feed: Feed = await request.read(store.read, form)
            remaining = until - clock.seconds()
            if feed.data or remaining <= 0 or board.is_closing:
                await request.recheck()
                return feed
            form = msgspec.structs.replace(form, after=feed.pagination.next_after)
            await _first_of(news, min(remaining, LOOK_SECONDS))


def stream(request: Request, form: ReadFeed) -> AsyncGenerator[bytes, None]:
    """Events as they happen, each with its sequence number as its id; until the key is refused or time is over.

    A browser that connects again says in Last-Event-ID where it was.
    """
    request.tool(Followers).refuse_crowd(request.bearer.account_id)  # while it can still be told
    return _stream(request, form)


async def _stream(request: Request, form: ReadFeed) -> AsyncGenerator[bytes, None]:
    account_id, board = request.bearer.account_id, request.database.board
    last = request.header(b"last-event-id") or ""
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 17 else form.after
    until = clock.seconds() + STREAM_SECONDS_MAX
    with request.tool(Followers).place(account_id), board.awaiting(account_id) as news:
        yield b"retry: %d\n\n" % RECONNECT_MILLISECONDS
        while not board.is_closing and clock.seconds() < until:
            news.clear()
            feed: Feed = await request.read(store.read, msgspec.structs.replace(form, after=after, limit=BATCH))
            try:
                await request.recheck()
            except Problem:
                return
            if feed.data:
                yield b"".join(map(_block, feed.data))
            after = feed.pagination.next_after
            if not feed.pagination.has_more and not await _first_of(news, HEARTBEAT_SECONDS):
                yield b":\n\n"


def _block(event: Event) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.sequence, event.type.encode(), shapes.encode(event))


async def _first_of(news: asyncio.Event, seconds: float) -> bool:
    """Whether there was news within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return False
    return True
