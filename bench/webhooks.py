"""Webhooks: deliveries a second to a receiver on this machine, and how long after its commit an event arrives.

The events are made while the endpoints are switched off; measured is the time from switching them on to the last
arrival. Every delivery is signed, and logged with its attempt; afterwards the log must hold each of them once.

python -m bench.webhooks [--database sqlite|postgres] [--events 10000] [--endpoints 1] [--delays 500] [--rounds 3]
"""

import asyncio
import json
from argparse import Namespace
from datetime import datetime
from statistics import median
from time import perf_counter, time
from typing import Any, Final

import requests as blocking
import uvloop

from bench import load, requests
from bench.batch import INVOICES
from bench.servers import Server
from bench.stages import arguments, open_stage
from cleverinvo.webhooks import signing

GOAL: Final = 1_500
GOAL_MILLISECONDS: Final = 30
PAUSE_SECONDS: Final = 0.02
SECONDS_MAX: Final = 300
REFERENCE_EVENTS: Final = 1_000


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--endpoints", type=int, default=1)
    parser.add_argument("--delays", type=int, default=500, help="events of which the delay is measured")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    rates, references, delays = [], [], []
    with open_stage(chosen.database) as stage, load.on_core(load.last_core()):
        for _ in range(chosen.rounds):
            with stage.ours() as server:
                rates.append(uvloop.run(_measure_rate(server, chosen)))
            references.append(uvloop.run(_measure_reference()))
            with stage.ours() as server:
                delays += uvloop.run(_measure_delays(server, chosen.delays))
    delays.sort()
    p50, p99 = (delays[int(len(delays) * share)] for share in (0.5, 0.99))
    rate, reference = median(rates), median(references)
    print(f"\n{chosen.endpoints} endpoint(s): {rate:,.0f} deliveries/s   (goal: {GOAL:,})")
    print(
        f"one blocking requests.post after the other: {reference:,.0f}/s; ours {rate / reference:.1f} times that"
    )
    print(f"from the commit to the receiver: p50 {p50:.1f} ms (goal: {GOAL_MILLISECONDS}), p99 {p99:.1f} ms")


async def _measure_rate(server: Server, chosen: Namespace) -> float:
    """Deliveries a second of events that have all happened before."""
    async with Receiver() as receiver:
        hooks = [_hook(server, receiver, isActive=False) for _ in range(chosen.endpoints)]
        batch = f'{{"invoices": [{",".join([requests.invoice(server.client_id)] * INVOICES)}]}}'
        for _ in range(0, chosen.events, INVOICES):
            await asyncio.to_thread(server.ask, "POST", "/api/v1/invoices/batch", batch)
        expected = -(-chosen.events // INVOICES) * INVOICES * chosen.endpoints
        started = perf_counter()
        for hook in hooks:
            await asyncio.to_thread(server.ask, "PATCH", f"/api/v1/webhooks/{hook}", {"isActive": True})
        await receiver.wait_for(expected)
        rate = expected / (perf_counter() - started)
        await asyncio.sleep(1)  # the last of them are being noted
        assert len(receiver.arrived) == expected, "something was delivered twice"
        for hook in hooks:
            for status, wanted in (("PENDING", 0), ("FAILED", 0)):
                path = f"/api/v1/webhooks/{hook}/deliveries?limit=1&status={status}"
                assert len(server.ask("GET", path)["data"]) == wanted, f"something is {status}"
    return rate


async def _measure_reference() -> float:
    """What a loop does that signs an event, posts it with `requests`, and waits for the answer."""
    key = signing.make_key("v1", bytes(32))
    body = json.dumps({"type": "invoice.created", "data": {"notes": "x" * 1_000}}).encode()

    def deliver_all(url: str) -> float:
        started = perf_counter()
        for number in range(REFERENCE_EVENTS):
            id, now = f"evt_{number}", int(time())
            headers = {"webhook-id": id, "webhook-timestamp": str(now)}
            headers["webhook-signature"] = signing.sign([key.secret], id, now, body)
            blocking.post(url, body, headers=headers, timeout=20).raise_for_status()
        return REFERENCE_EVENTS / (perf_counter() - started)

    async with Receiver() as receiver:
        return await asyncio.to_thread(deliver_all, receiver.url)


async def _measure_delays(server: Server, count: int) -> list[float]:
    """Milliseconds from `createdAt`, when the transaction began, to the arrival; one event at a time."""
    async with Receiver() as receiver:
        _hook(server, receiver)
        for _ in range(count):
            await asyncio.to_thread(server.ask, "POST", "/api/v1/invoices", requests.invoice(server.client_id))
            await asyncio.sleep(PAUSE_SECONDS)
        await receiver.wait_for(count)
        created = [json.loads(body)["createdAt"] for _, body in receiver.arrived]
        moments = [datetime.fromisoformat(one).timestamp() for one in created]
        return [(at - moment) * 1000 for (at, _), moment in zip(receiver.arrived, moments, strict=True)]


def _hook(server: Server, receiver: "Receiver", **fields: Any) -> str:
    body = {"url": receiver.url, "events": ["invoice.created"], **fields}
    id: str = server.ask("POST", "/api/v1/webhooks", body)["id"]
    return id


class Receiver:
    """A server that takes everything, and notes when it came."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, bytes]] = []
        self.url = ""
        self._enough = asyncio.Event()
        self._wanted = 0

    async def __aenter__(self) -> "Receiver":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def wait_for(self, count: int) -> None:
        self._wanted = count
        self.note()
        async with asyncio.timeout(SECONDS_MAX):
            await self._enough.wait()

    def note(self, body: bytes | None = None) -> None:
        if body is not None:
            self.arrived.append((time(), body))
        if self._wanted and len(self.arrived) >= self._wanted:
            self._enough.set()


class _Connection(asyncio.Protocol):
    """One connection; understands requests with a content-length, one after another."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(rest) >= length:
            self._receiver.note(rest[:length])
            self._received = rest[length:]
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


if __name__ == "__main__":
    main()
