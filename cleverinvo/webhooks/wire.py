"""One HTTP request to a receiver that is not trusted: to a checked address, within bounds of time and size.

Redirects are not followed, nothing is decompressed, and an answer is read no further than its bounds. The status
line decides: an answer that is cut behind its head, or goes on without end, still counts as what its head says.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

import httptools

from cleverinvo import clock
from cleverinvo.webhooks.addresses import Guard, Target

HEAD_BYTES_MAX: Final = 32 * 1024
BODY_BYTES_MAX: Final = 64 * 1024
CONNECT_SECONDS_MAX: Final = 10
ADDRESSES_MAX: Final = 4
"""Of a name's addresses, how many are tried."""

IDLE_SECONDS_MAX: Final = 4
"""How long a connection waits for its next request: less than common servers grant (Node.js: 5 s)."""

AGE_SECONDS_MAX: Final = 60
"""How long a connection is used, so that a name that has moved is followed."""

LOOKUPS_MAX: Final = 32
"""Names that are looked up at once, each on a thread: the system's own look-up cannot be cancelled."""

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name. Raises OSError."""


_public_tls = cache(ssl.create_default_context)
"""What trusts every public authority: reading them takes some 20 ms, so not before a receiver needs it."""


class Undelivered(Exception):
    """There is no answer; why not, in one sentence."""


class Reply(NamedTuple):
    """What came back: the body as far as it was read."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class SystemLookup:
    """Looks names up as the system does, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS_MAX, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Courier:
    """Carries requests. Keeps connections for a moment, by where they lead."""

    def __init__(self, guard: Guard, lookup: Lookup, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._lookup = lookup
        self._own_tls = tls
        self._idle: dict[tuple[bool, str, int], list[Connection]] = {}

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes, seconds: float) -> Reply:
        """Send a request and wait for its answer, so many seconds in all. Raises Undelivered."""
        lines = [f"POST {target.path} HTTP/1.1", f"host: {target.authority}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        message = "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
        until = asyncio.get_running_loop().time() + seconds
        connection = self._reuse(target)
        if connection is not None:
            reply = await self._exchange(connection, message, until, seconds)
            if reply is not None:
                return reply
        # A connection that was kept may have been closed by the other side just now; a new one tells the truth.
        connection = await self._connect(target, until, seconds)
        reply = await self._exchange(connection, message, until, seconds)
        if reply is None:
            raise Undelivered("The connection was closed before an answer.")
        return reply

    def close(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    async def _exchange(
        self, connection: "Connection", message: bytes, until: float, seconds: float
    ) -> Reply | None:
        """The answer to a message; None where the other side has closed the connection without a word."""
        try:
            async with asyncio.timeout_at(until):
                await connection.ask(message)
        except TimeoutError:
            if not connection.has_head:
                raise Undelivered(f"No answer within {seconds:g} s.") from None
        finally:
            if connection.is_reusable:
                self._keep(connection)
            else:
                connection.close()
        return connection.reply()

    async def _connect(self, target: Target, until: float, seconds: float) -> "Connection":
        """A connection to the first of the target's addresses that answers, all of which must be allowed."""
        fault = self._guard.fault_of_target(target)
        if fault is not None:
            raise Undelivered(f"{fault}.")
        words = "No connection"
        try:
            async with asyncio.timeout_at(until):
                for address in (await self._find_addresses(target))[:ADDRESSES_MAX]:
                    try:
                        async with asyncio.timeout(CONNECT_SECONDS_MAX):
                            return await self._open(target, address)
                    except TimeoutError:
                        words = f"No connection to {address} within {CONNECT_SECONDS_MAX} s"
                    except ssl.SSLCertVerificationError as error:
                        words = (
                            f"The certificate of {target.host} is not valid: {error.verify_message.rstrip('.')}"
                        )
                    except ssl.SSLError as error:
                        words = f"No TLS with {target.host}: {error.reason or 'it was refused'}"
                    except OSError as error:
                        words = f"No connection to {address} at port {target.port}: {_reason(error)}"
        except TimeoutError:
            words = f"No connection within {seconds:g} s"
        raise Undelivered(f"{words}.")

    async def _find_addresses(self, target: Target) -> Sequence[str]:
        """The target's addresses, checked. One that is forbidden spoils the name, for it is a trick."""
        if target.literal is not None:
            return [str(target.literal)]  # the guard has seen it
        try:
            found = await self._lookup(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise Undelivered(f"{target.host} cannot be found: {_reason(error)}.") from None
        for address in found:
            fault = self._guard.fault_of_address(ip_address(address.partition("%")[0]))
            if fault is not None:
                raise Undelivered(f"{target.host} leads to {address}, which is {fault}.")
        if not found:
            raise Undelivered(f"{target.host} has no address.")
        return found

    async def _open(self, target: Target, address: str) -> "Connection":
        key = (target.is_secure, target.host, target.port)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: Connection(key),
            address,  # never the name: it might lead elsewhere by now
            target.port,
            ssl=(self._own_tls or _public_tls()) if target.is_secure else None,
            server_hostname=target.host if target.is_secure else None,
        )
        return connection

    def _reuse(self, target: Target) -> "Connection | None":
        idle = self._idle.get((target.is_secure, target.host, target.port), [])
        while idle:
            connection = idle.pop()
            connection.stop_waiting()
            if connection.is_open:
                return connection
        return None

    def _keep(self, connection: "Connection") -> None:
        idle = self._idle.setdefault(connection.key, [])
        idle.append(connection)
        connection.wait(lambda: self._forget(connection))

    def _forget(self, connection: "Connection") -> None:
        idle = self._idle.get(connection.key, [])
        if connection in idle:
            idle.remove(connection)
        if not idle:
            self._idle.pop(connection.key, None)
        connection.close()


class Connection(asyncio.Protocol):
    """One connection, on which one request at a time is answered."""

    def __init__(self, key: tuple[bool, str, int]) -> None:
        self.key = key
        self.is_open = True
        self.has_head = False
        self._has_surplus = False
        """Whether more came than was asked for."""
        self._opened_at = clock.seconds()
        self._is_complete = self._is_kept_alive = False
        self._fault: str | None = None
        self._answered: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, message: bytes) -> None:
        """Send a request, and wait until its answer is there as far as it will come."""
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._head_bytes = 0
        self.has_head = self._is_complete = self._is_kept_alive = self._has_surplus = False
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        if not self.is_open:
            self._finish()
        await self._answered

    def reply(self) -> Reply | None:
        """The answer; None where there was not a word. Raises Undelivered on one that cannot be read."""
        if self.has_head:
            return Reply(self._status, self._headers, bytes(self._body[:BODY_BYTES_MAX]))
        if self._fault is not None:
            raise Undelivered(self._fault)
        if self._head_bytes:
            raise Undelivered("The connection was closed in the middle of the answer's head.")
        return None

    @property
    def is_reusable(self) -> bool:
        is_young = clock.seconds() - self._opened_at < AGE_SECONDS_MAX
        return self.is_open and self._is_kept_alive and not self._has_surplus and is_young

    def wait(self, give_up: Callable[[], None]) -> None:
        """Stay open for a while without a request; anything that comes meanwhile ends it."""
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS_MAX, give_up)

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        self.stop_waiting()
        self.is_open = False
        self._transport.abort()  # a receiver that does not read would keep what is unsent for ever

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._finish()

    def data_received(self, data: bytes) -> None:
        if self._answered is None or self._answered.done():
            self.close()  # nobody has asked
            return
        if not self.has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("The answer is not HTTP.")
        if not self.has_head and self._head_bytes > HEAD_BYTES_MAX:
            self._fail(f"The head of the answer has more than {HEAD_BYTES_MAX // 1024} KiB.")

    def on_message_begin(self) -> None:
        self._has_surplus = self._is_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_surplus:
            self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if not self._has_surplus:
            self._status = self._parser.get_status_code()
            self.has_head = self._status >= 200

    def on_body(self, body: bytes) -> None:
        if not self._has_surplus:
            self._body += body
        if len(self._body) > BODY_BYTES_MAX:
            self._finish()

    def on_message_complete(self) -> None:
        if not self.has_head:  # 100 Continue and 103 Early Hints are not the answer
            self._headers = []
            return
        self._is_complete = True
        self._is_kept_alive = self._parser.should_keep_alive()  # afterwards the parser does not know any more
        self._finish()

    def _fail(self, fault: str) -> None:
        self._fault = fault
        self._finish()

    def _finish(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)


def _reason(error: OSError | UnicodeError) -> str:
    """What the system says, in lower case and without a number."""
    code = getattr(error, "errno", None) or 0
    words = (
        os.strerror(code) if code > 0 else getattr(error, "strerror", None) or str(error)
    )  # look-ups count down
    return str(words).rstrip(".").lower()
