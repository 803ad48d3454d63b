"""What stands in a database, read from its rows alone, and whether it is what customers were told."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from cleverinvo.db.driver import Driver
from tests.faults.customers import Ledger


class Books(NamedTuple):
    """The invoices and events of the one account of a database."""

    invoices: dict[str, int]
    """The place in the series of numbers, by id."""
    created: list[tuple[str, str | None]]
    """The invoice and the Idempotency-Key of each event that tells of a creation."""
    sequences: list[int]
    counted: tuple[int, int, int]
    """What the counters say: the newest number, invoices, the newest event."""
    kept: dict[str, str]
    """The answer that is kept for each Idempotency-Key."""


def read(driver: Driver) -> Books:
    """The books as they stand. Nothing of the server is used but the way to its database."""
    connection = driver.connect_reader()
    try:
        driver.begin_snapshot(connection)
        ask = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
        created = "SELECT object_id, idempotency_key FROM events WHERE type = 'invoice.created'"
        (newest,) = ask("SELECT coalesce(max(last_number), 0) FROM series")
        (counted,) = ask("SELECT coalesce(max(invoice_count), 0), coalesce(max(event_sequence), 0) FROM counters")
        return Books(
            dict(ask("SELECT id, number_seq FROM invoices")),
            ask(created),
            [row[0] for row in ask("SELECT sequence FROM events ORDER BY sequence")],
            (*newest, *counted),
            dict(ask("SELECT key, body FROM idempotency_keys WHERE location LIKE '%/invoices/%'")),
        )
    finally:
        connection.close()


def faults(books: Books, ledger: Ledger | None = None) -> Iterator[str]:
    """Everything that must never be found, whatever happened to the server."""
    count = len(books.invoices)
    if sorted(books.invoices.values()) != list(range(1, count + 1)):
        yield f"the numbers of {count} invoices are not 1 to {count}"
    if Counter(id for id, _ in books.created) != Counter(books.invoices.keys()):
        yield "an invoice has no event of its creation, or an event no invoice"
    if books.sequences != list(range(1, len(books.sequences) + 1)):
        yield "the events are not in an unbroken sequence"
    if books.counted != (count, count, len(books.sequences)):
        yield f"the counters say {books.counted}, there are {count} invoices, {len(books.sequences)} events"
    keys = Counter(key for _, key in books.created if key is not None)
    yield from (f"{key} made {times} invoices" for key, times in keys.items() if times > 1)
    if keys.keys() != books.kept.keys():
        yield "an invoice and the answer to its request were not kept together"
    if ledger is not None:
        yield from ledger.faults
        yield from lost(books, ledger.invoices)


def lost(books: Books, acknowledged: dict[str, bytes]) -> Iterator[str]:
    """What was acknowledged and is not there."""
    for name, body in acknowledged.items():
        told = json.loads(body)
        if told["invoiceNumber"] != f"INV-{books.invoices.get(told['id'], 0):04}":
            yield f"{told['invoiceNumber']}, acknowledged as {name}, is lost"
        elif books.kept.get(name, "").encode() != body:
            yield f"{name} is not kept as it was answered"
