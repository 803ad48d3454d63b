"""Receivers of webhooks that listen on 127.0.0.1, and behave as well or as badly as a test asks."""

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Received:
    """One request as it came in."""

    head: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> Any:
        """The body, if the reference library takes the signature for the secret's."""
        return Webhook(secret).verify(self.body, self.headers)


Behaviour = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def answering(status: int = 200, body: bytes = b"ok", **headers: str) -> Behaviour:
    """Answer at once."""

    async def behave(_: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


def saying(*pieces: bytes | float) -> Behaviour:
    """Send bytes as they are, wait where there is a number, and close."""

    async def behave(_: Received, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            else:
                await asyncio.sleep(piece)
        writer.close()

    return behave


async def hang(_: Received, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(3_600)


async def cut(_: Received, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.transport.abort()


async def talk_for_ever(_: Received, writer: asyncio.StreamWriter) -> None:
    """An answer whose body has no end."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def send_heads_for_ever(_: Received, writer: asyncio.StreamWriter) -> None:
    """An answer whose head has no end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: and more\r\n" * 100)
        await writer.drain()


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour for each request, the last for all further ones."""
    remaining = list(behaviours)

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        await (remaining.pop(0) if len(remaining) > 1 else remaining[0])(received, writer)

    return behave


class Receiver:
    """A server in a thread of its own. What it received is in `received`, in order."""

    def __init__(self, behaviour: Behaviour | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour or answering()
        self.received: list[Received] = []
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._transports: set[asyncio.WriteTransport] = set()
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/hooks"

    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    def start(self) -> None:
        self._thread.start()
        self._is_ready.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        starting = asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls, backlog=1_000)
        server = self._loop.run_until_complete(starting)
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for transport in self._transports:
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))  # in which they close
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._transports.add(writer.transport)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                received = await _read(reader)
                self.received.append(received)
                await self.behaviour(received, writer)
        self._transports.discard(writer.transport)
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Received:
    head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Received(head, headers, await reader.readexactly(int(headers["content-length"])))


@contextlib.contextmanager
def receiving(behaviour: Behaviour | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver(behaviour, tls)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()


def eventually(is_so: Callable[[], Any], seconds: float = 10) -> Any:
    """What a question gives as soon as that is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := is_so():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not so within {seconds} s")
