"""Customers who create invoices on many connections at once, and a ledger of what each of them was told."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple

from tests.live import Live

CONNECTIONS = 8
TIMEOUT_SECONDS = 30

REPEATED = 10
"""How many invoices of those that were acknowledged are asked for once more with their keys."""


class Told(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Ledger:
    """What customers were told. Each invoice has its own Idempotency-Key, here its name."""

    def __init__(self, key: str) -> None:
        self.key = key
        """The API key."""
        self.client_id = ""
        self.invoices: dict[str, bytes] = {}
        """The invoice that was acknowledged under each name."""
        self.open: list[str] = []
        """Names of requests that got no answer, or a 503: the customer will ask again."""
        self.faults: list[str] = []
        self.statuses: Counter[int] = Counter()
        self._names = 0
        self._lock = threading.Lock()

    def take(self) -> str:
        """The name of the next request: one that is still open, or a new one."""
        with self._lock:
            if self.open:
                return self.open.pop()
            self._names += 1
            return f"invoice-{self._names}"

    def note(self, name: str, told: Told | None) -> None:
        """Write down an answer; None where the connection broke before there was one."""
        with self._lock:
            if told is not None:
                self.statuses[told.status] += 1
            if told is None or told.status == 503:
                self.open.append(name)
            elif told.status != 201:
                self.faults.append(f"{name} was answered {told.status}: {told.body[:200]!r}")
            elif self.invoices.setdefault(name, told.body) != told.body:
                self.faults.append(f"{name} was acknowledged twice, as two invoices")
            if told is not None and told.status == 503:
                self.faults += unavailable_faults(told)

    def numbers(self) -> dict[str, str]:
        """The number that was acknowledged under each name."""
        return {name: str(json.loads(body)["invoiceNumber"]) for name, body in self.invoices.items()}


def unavailable_faults(told: Told) -> Iterator[str]:
    """What a 503 lacks for the customer to know what to do."""
    if not told.headers.get("retry-after", "").isdigit():
        yield "a 503 does not say when to try again"
    error = told.json().get("error", {})
    if error.get("code") != "UNAVAILABLE" or not error.get("requestId"):
        yield f"a 503 is not in the envelope: {told.body!r}"


class Customer:
    """One connection, over which one request after another is sent."""

    def __init__(self, server: Live, ledger: Ledger) -> None:
        self._ledger = ledger
        self._http = HTTPConnection(server.url.removeprefix("http://"), timeout=TIMEOUT_SECONDS)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """Raises OSError or HTTPException where the connection breaks."""
        headers |= {"authorization": f"Bearer {self._ledger.key}", "content-type": "application/json"}
        content = None if body is None else json.dumps(body)
        self._http.request(method, f"/api/v1{path}", content, headers)
        answer = self._http.getresponse()
        return Told(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def order(self, name: str) -> Told | None:
        """Ask for an invoice under a name, and note the answer in the ledger."""
        line = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
        body = {"clientId": self._ledger.client_id, "lineItems": [line]}
        told = None
        try:
            told = self.ask("POST", "/invoices", body, **{"idempotency-key": name})
        except (OSError, HTTPException):
            self._http.close()
        self._ledger.note(name, told)
        return told

    def leave(self) -> None:
        self._http.close()


@contextmanager
def visiting(server: Live, ledger: Ledger) -> Iterator[Customer]:
    """A single customer."""
    customer = Customer(server, ledger)
    try:
        yield customer
    finally:
        customer.leave()


@contextmanager
def crowding(server: Live, ledger: Ledger, connections: int = CONNECTIONS) -> Iterator[None]:
    """Customers at work until the block ends; one whose connection breaks asks again over a new one."""
    over = threading.Event()

    def keep_ordering() -> None:
        with visiting(server, ledger) as customer:
            while not over.is_set():
                told = customer.order(ledger.take())
                if told is None or told.status == 503:
                    over.wait(0.02)

    threads = [threading.Thread(target=keep_ordering) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def begin(server: Live) -> Ledger:
    """A ledger for a server that has just been started for the first time, with a first client to bill."""
    ledger = Ledger(server.key)
    with visiting(server, ledger) as customer:
        ledger.client_id = customer.ask("POST", "/clients", {"name": "Acme"}).json()["id"]
    return ledger


def settle(server: Live, ledger: Ledger) -> None:
    """Ask again for everything that is open, and for the newest invoices that were acknowledged."""
    with visiting(server, ledger) as customer:
        for _ in range(len(ledger.open)):
            customer.order(ledger.take())
        for name in list(ledger.invoices)[-REPEATED:]:
            told = customer.order(name)
            if told is None or "idempotent-replayed" not in told.headers:
                ledger.faults.append(f"{name} was not answered as a repetition")
