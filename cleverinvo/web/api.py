"""The API as one ASGI application: admits, limits, parses, hands over to the room, answers, and logs."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

from cleverinvo import clock, faults, ids, shapes
from cleverinvo.accounts.store import Bearer
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Origin
from cleverinvo.errors import Fault, Invalid, Problem, RateLimited
from cleverinvo.settings import Rate
from cleverinvo.traffic.rules import SCANNED_BYTES_MAX
from cleverinvo.web import answers, idempotency
from cleverinvo.web.answers import Answer, Headers
from cleverinvo.web.auth import Doorkeeper, refuse_reader
from cleverinvo.web.body import parse_json, read_upload, receive_body
from cleverinvo.web.idempotency import Running
from cleverinvo.web.limits import Limiter, Standing
from cleverinvo.web.log import RequestLog
from cleverinvo.web.query import fill_query
from cleverinvo.web.recorder import Noted, Recorder
from cleverinvo.web.request import Request
from cleverinvo.web.routes import API, Map, Route

BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})

logger = logging.getLogger("cleverinvo.web")


@dataclass
class Exchange:
    """What is known so far of a request that is being answered."""

    scope: Scope
    headers: dict[bytes, bytes]
    request_id: str
    bearer: Bearer | None = None
    route: Route | None = None
    limit_headers: Headers | None = None
    has_body: bool = False
    body: bytes = b""

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class Api:
    """Everything below /api/v1."""

    def __init__(
        self,
        routes: Sequence[Route],
        database: Database,
        doorkeeper: Doorkeeper,
        limiter: Limiter | None,
        tools: Mapping[type, Any],
        recorder: Recorder,
        seconds: Callable[[], float] = clock.seconds,
    ) -> None:
        self._map = Map(routes)
        self._database = database
        self._doorkeeper = doorkeeper
        self._limiter = limiter
        self._tools = tools
        self._seconds = seconds
        self._running = Running()
        self._log = RequestLog()
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = self._seconds()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = ids.of_request(given, self._database.clock())
        exchange = Exchange(scope, headers, request_id, has_body=_has_body(headers))
        try:
            answer = await self._answer(exchange, receive)
        except Problem as problem:
            answer = answers.of_problem(problem, exchange.request_id)
        except Exception:
            logger.exception("a bug, met by request %s", exchange.request_id)
            answer = answers.of_bug(exchange.request_id)
        await self._send(exchange, answer, receive, send)
        self._write_line(exchange, answer, started)

    async def _answer(self, exchange: Exchange, receive: Receive) -> Answer:
        admit = functools.partial(self._doorkeeper.admit, exchange.header(b"authorization"))
        bearer = exchange.bearer = await admit()
        self._limit(exchange, bearer.account_id)
        path = exchange.scope["path"].removeprefix(API)
        route, path_values = self._map.find(exchange.method, path)
        exchange.route = route
        if not route.only_reads:
            refuse_reader(bearer)
        query = fill_query(route.query, exchange.scope["query_string"])
        key = body = None
        fingerprint = ""
        if route.method in BODY_METHODS:
            key = idempotency.read_key(exchange.header(b"idempotency-key"))
            raw = await receive_body(receive, exchange.headers, route.body_bytes_max)
            exchange.has_body, exchange.body = False, raw
            body = _fill_body(route, raw, exchange.header(b"content-type") or "")
            if key is not None:
                fingerprint = idempotency.fingerprint(route.method, exchange.scope["path"], raw)
        request = Request(
            bearer=bearer,
            origin=Origin(exchange.request_id, key, bearer.key_id),
            headers=exchange.headers,
            path=path_values,
            query=query,
            body=body,
            status=route.status,
            collection=route.collection,
            fingerprint=fingerprint,
            database=self._database,
            running=self._running,
            tools=self._tools,
            recheck=admit,
        )
        result = await route.handler(request)
        return result if isinstance(result, Answer) else answers.of_noun(result, request.header(b"if-none-match"))

    def _limit(self, exchange: Exchange, account_id: int) -> None:
        if self._limiter is None:
            return
        try:
            standing = self._limiter.take(account_id, self._seconds())
        except RateLimited as refused:
            exchange.limit_headers = _limit_headers(self._limiter.rate, Standing(0, refused.retry_after_seconds))
            raise
        exchange.limit_headers = _limit_headers(self._limiter.rate, standing)

    async def _send(self, exchange: Exchange, answer: Answer, receive: Receive, send: Send) -> None:
        headers = answer.all_headers()
        headers.append((b"x-request-id", exchange.request_id.encode()))
        headers += exchange.limit_headers or []
        if exchange.has_body:  # nobody will read it: the connection cannot be used again
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.stream is not None and exchange.method != "HEAD":
            await _send_stream(answer.stream, receive, send)
            return
        body = b"" if exchange.method == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    def _write_line(self, exchange: Exchange, answer: Answer, started: float) -> None:
        seconds, now = self._seconds() - started, clock.stamp(self._database.clock())
        if exchange.bearer is not None:
            self._recorder.note(_noted(exchange, exchange.bearer, answer, seconds, now))
        self._log.write(
            time=now,
            level="info",
            requestId=exchange.request_id,
            account=exchange.bearer.public_id if exchange.bearer else None,
            route=exchange.route.name if exchange.route else exchange.method,
            status=answer.status,
            ms=round(seconds * 1000, 2),
        )


def _noted(exchange: Exchange, bearer: Bearer, answer: Answer, seconds: float, now: str) -> Noted:
    return Noted(
        account_id=bearer.account_id,
        key_id=bearer.key_id,
        request_id=exchange.request_id,
        method=exchange.method,
        path=exchange.scope["path"],
        query=exchange.scope["query_string"],
        status=answer.status,
        microseconds=round(seconds * 1_000_000),
        content_type=exchange.header(b"content-type"),
        body=exchange.body[: SCANNED_BYTES_MAX + 1],
        body_size=len(exchange.body),
        answer=answer.body if answer.status >= 400 else b"",
        created_at=now,
    )


async def _send_stream(pieces: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send pieces as they come, and stop making them as soon as nobody listens any more.

    A fault on the way cannot become another status: the connection ends without the end of the body.
    """
    sending = asyncio.create_task(_send_pieces(pieces, send))
    hung_up = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({sending, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        sending.cancel()
        hung_up.cancel()
        await asyncio.wait({sending, hung_up})


async def _send_pieces(pieces: AsyncGenerator[bytes, None], send: Send) -> None:
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _limit_headers(rate: Rate, standing: Standing) -> Headers:
    return [
        (b"ratelimit-policy", b'"business";q=%d;w=%d' % rate),
        (b"ratelimit", b'"business";r=%d;t=%d' % standing),
    ]


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def _fill_body(route: Route, raw: bytes, content_type: str) -> Any:
    if route.media_types:
        return read_upload(raw, content_type, route.media_types)
    tree = parse_json(raw, content_type) if raw or route.needs_body else {}
    try:
        return shapes.fill(route.takes, tree)
    except msgspec.ValidationError as error:
        read_only = msgspec.structs.fields(route.gives) if isinstance(route.gives, type) else ()
        found = faults.find(route.takes, tree, read_only={field.encode_name for field in read_only})
        raise Invalid(found or [Fault(faults.WHOLE, str(error))]) from None
