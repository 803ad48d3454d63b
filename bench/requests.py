"""Requests as bytes, ready to be sent: a load generator has no time to build them."""

import secrets
from collections.abc import Iterable, Iterator
from itertools import repeat

from bench.servers import Server

LINES = """[
{"description": "Website redesign - Phase 1", "quantity": 1, "unitPrice": 5000.00},
{"description": "Frontend development", "quantity": 40, "unitPrice": 150.00},
{"description": "Content migration", "quantity": 8, "unitPrice": 100.00}
]"""

# The body of the API guide's "Create an Invoice".
INVOICE = """{
"clientId": "%s",
"currency": "USD",
"issueDate": "2026-03-01",
"dueDate": "2026-03-31",
"lineItems": %s,
"notes": "Thank you for your business.",
"terms": "Payment due within 30 days. Late payments subject to 1.5%% monthly interest."
}"""


def creates(server: Server) -> Iterator[bytes]:
    """The guide's invoice over and over, each time under an Idempotency-Key of its own."""
    return posts(server, "/api/v1/invoices", invoice(server.client_id))


def invoice(client_id: str) -> str:
    return INVOICE % (client_id, LINES)


def posts(server: Server, path: str, body: str) -> Iterator[bytes]:
    """The same body over and over, each time under an Idempotency-Key of its own."""
    return each(server, "POST", repeat(path), body)


def each(server: Server, method: str, paths: Iterable[str], body: str) -> Iterator[bytes]:
    """The same body to each path, each time under an Idempotency-Key of its own."""
    tail = b"\r\ncontent-length: %d\r\n\r\n%b" % (len(body.encode()), body.encode())
    run = secrets.token_hex(8).encode()
    for number, path in enumerate(paths):
        head = _head(server, method, path) + b"content-type: application/json\r\nidempotency-key: "
        yield b"%b%b-%d%b" % (head, run, number, tail)


def gets(server: Server, paths: Iterable[str]) -> Iterator[bytes]:
    """A GET of each path."""
    for path in paths:
        yield _head(server, "GET", path) + b"\r\n"


def visits(server: Server, session: str, path: str) -> Iterator[bytes]:
    """A page over and over, as a browser asks for it in which somebody is logged in."""
    head = f"GET {path} HTTP/1.1\r\nhost: {server.host}:{server.port}\r\naccept-encoding: gzip\r\n"
    return repeat(f"{head}cookie: session={session}\r\n\r\n".encode())


def _head(server: Server, method: str, path: str) -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nhost: {server.host}:{server.port}\r\nauthorization: Bearer {server.key}\r\n"
    ).encode()
