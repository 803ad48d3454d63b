"""A load generator: so many connections, each sending its next request when the last is answered in full."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import uvloop

WARM_UP_SECONDS: Final = 0.5

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """Where requests go, and the status that counts as their answer."""

    host: str
    port: int
    status: int = 200


@dataclass
class Result:
    """What came back in the measured time; latencies of right answers only, in seconds, ascending."""

    seconds: float
    latencies: list[float]
    wrong: Counter[str]
    """Answers of another status and connections lost, over the whole run."""
    answered: int
    """Right answers over the whole run, with those before and after the measured time."""

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, percent: float) -> float:
        """The latency that so many percent of the answers did not exceed."""
        if not self.latencies:
            return float("nan")
        return self.latencies[min(int(len(self.latencies) * percent / 100), len(self.latencies) - 1)] * 1000


def run(target: Target, requests: Iterator[bytes], connections: int, seconds: float) -> Result:
    """Keep so many connections busy for so long. Every request that was sent is awaited."""
    with on_core(last_core()):
        return uvloop.run(_run(target, requests, connections, seconds))


def first_core() -> int:
    """The core of the server; the generator takes the last, so that neither slows the other down."""
    return min(os.sched_getaffinity(0))


def last_core() -> int:
    return max(os.sched_getaffinity(0))


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What runs or is started here stays on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def _run(target: Target, requests: Iterator[bytes], connections: int, seconds: float) -> Result:
    loop = asyncio.get_running_loop()
    tally = _Tally(target.status, requests)
    opened = [
        await loop.create_connection(lambda: _Connection(tally), target.host, target.port)
        for _ in range(connections)
    ]
    for _, connection in opened:
        connection.send()
    await asyncio.sleep(WARM_UP_SECONDS)
    tally.latencies = []
    started = perf_counter()
    await asyncio.sleep(seconds)
    latencies, elapsed = tally.latencies, perf_counter() - started
    tally.latencies, tally.is_over = [], True
    for _, connection in opened:
        await connection.closed
    return Result(elapsed, sorted(latencies), tally.wrong, tally.answered)


@dataclass
class _Tally:
    """What all connections share."""

    status: int
    requests: Iterator[bytes]
    latencies: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    is_over: bool = False


class _Connection(asyncio.Protocol):
    """One connection. Understands answers with a content-length, which all of ours have."""

    def __init__(self, tally: _Tally) -> None:
        self._tally = tally
        self._right = b"HTTP/1.1 %d " % tally.status
        self._received = b""
        self._sent_at = 0.0
        self._awaits_answer = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self) -> None:
        self._awaits_answer = True
        self._sent_at = perf_counter()
        self._transport.write(next(self._tally.requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        end = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, end + 2) if end >= 0 else None
        if length is None or len(data) < end + 4 + int(length[1]):
            self._received = data
            return
        self._received = b""
        self._awaits_answer = False
        self._count(data)
        if self._tally.is_over:
            self._transport.close()
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._awaits_answer:
            self._tally.wrong["connection lost"] += 1
        self.closed.set_result(None)

    def _count(self, answer: bytes) -> None:
        if answer.startswith(self._right):
            self._tally.answered += 1
            self._tally.latencies.append(perf_counter() - self._sent_at)
        else:
            self._tally.wrong[answer[: answer.find(b"\r\n")].decode()] += 1
