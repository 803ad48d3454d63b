"""A client's statement: as a page that prints well, as a document, and as a table."""

from datetime import date
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from cleverinvo.clients import store as clients
from cleverinvo.clients.rules import Client
from cleverinvo.documents.rules import Document
from cleverinvo.reports import rules
from cleverinvo.reports import statements as of_clients
from cleverinvo.reports import store as reports
from cleverinvo.reports.rules import Statement
from cleverinvo.site import asking
from cleverinvo.site.reports import read_day
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

HEAD: Final = ("Currency", "Day", "What", "Number", "Amount", "Balance")
WORDS: Final = {"invoice": "Invoice", "credit_note": "Credit note", "payment": "Payment"}
MONTHS: Final = 12

pages = Pages()


class Span(NamedTuple):
    """The days that a statement is about; the last twelve months unless the address says otherwise."""

    first: date
    last: date


@pages.get("/clients/{id}/statement")
async def show(visit: Visit) -> Response:
    client, span, found = await _find(visit)
    return await visit.page(
        "statement.html", nav="clients", client=client, span=span, statements=found, words=WORDS
    )


@pages.get("/clients/{id}/statement.csv")
async def export(visit: Visit) -> Response:
    _, span, found = await _find(visit)
    rows: list[tuple[Any, ...]] = []
    for one in found:
        rows.append((one.currency, span.first.isoformat(), "Opening balance", "", None, one.opening))
        rows += [
            (one.currency, entry.day.isoformat(), WORDS[entry.kind], entry.words, entry.amount, entry.balance)
            for entry in one.entries
        ]
        rows.append((one.currency, span.last.isoformat(), "Closing balance", "", None, one.closing))
    return visit.answer(
        asking.csv_of(HEAD, rows),
        "text/csv; charset=utf-8",
        content_disposition=f'attachment; filename="statement-{span.first}-{span.last}.csv"',
    )


@pages.get("/clients/{id}/statement.pdf")
async def pdf(visit: Visit) -> Response:
    """The one in a currency, in the client's language, to be sent to them."""
    _, span = await _asked(visit)
    currency = visit.request.query_params.get("currency", "")
    document: Document = await visit.scan(of_clients.find, visit.id, *span, currency)
    name = f"statement-{currency}-{span.first}-{span.last}.pdf"
    return visit.file(await visit.house.renderer.pdf(document), "application/pdf", name)


async def _find(visit: Visit) -> tuple[Client, Span, list[Statement]]:
    """Raises Invalid where there would be too much on it."""
    client, span = await _asked(visit)
    return client, span, await visit.scan(of_clients.find_all, client.id, *span)


async def _asked(visit: Visit) -> tuple[Client, Span]:
    client: Client = await visit.read(clients.get, visit.id)
    today: date = await visit.read(reports.today)
    asked = visit.request.query_params
    first = read_day(asked.get("from", "")) or rules.months_back(today, MONTHS)[0]
    last = read_day(asked.get("to", "")) or today
    return client, Span(min(first, last), max(first, last))
