"""Reports: who owes what for how long, who was billed what, the tax of each rate; as pages and as files."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from cleverinvo.db.transaction import Tx
from cleverinvo.money import DIGITS
from cleverinvo.reports import rules, store
from cleverinvo.site import asking
from cleverinvo.site.figures import Figures, Kept
from cleverinvo.site.invoices import names_of
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

MONTHS: Final = 12
LAST_DAY: Final = date.max - timedelta(days=1)
"""That has a day after it."""
LINES_MAX: Final = 30
"""Clients in a table on the page."""

pages = Pages()


class Span(NamedTuple):
    """What is reported on: a currency, and the days from first to last."""

    currency: str
    first: date
    last: date


class OfClient(NamedTuple):
    """A line of a table: one client, and an amount for each column."""

    client_id: str
    amounts: tuple[Decimal, ...]


class Table(NamedTuple):
    """The largest lines of a table, what those left out come to, and all together."""

    lines: list[OfClient]
    more: int
    """How many lines are left out; the file has them all."""
    rest: tuple[Decimal, ...]
    total: tuple[Decimal, ...]

    @classmethod
    def of(cls, lines: list[OfClient]) -> "Table":
        left_out = lines[LINES_MAX:]
        return cls(lines[:LINES_MAX], len(left_out), _sums(left_out), _sums(lines))


def _sums(lines: list[OfClient]) -> tuple[Decimal, ...]:
    return tuple(sum(column, Decimal(0)) for column in zip(*(one.amounts for one in lines), strict=True))


@pages.get("/reports")
async def show(visit: Visit) -> Response:
    account = await visit.account()
    span = await _span(visit, account.currency)
    return await visit.page(
        "reports.html", nav="reports", account=account, **await visit.scan(look, span, visit.house.kept)
    )


@pages.get("/reports/{name}.csv")
async def export(visit: Visit) -> Response:
    """One of the tables as a file."""
    span = await _span(visit, (await visit.account()).currency)
    name = visit.request.path_params["name"]
    head, rows = await visit.scan(_rows, name, span, visit.house.kept)
    return visit.answer(
        asking.csv_of(head, rows),
        "text/csv; charset=utf-8",
        content_disposition=f'attachment; filename="{name}-{span.currency}.csv"',
    )


def look(tx: Tx, account_id: int, span: Span, kept: Kept) -> dict[str, Any]:
    """Everything on the page, of one moment."""
    figures = kept.at(tx, account_id)
    open_ = [one.currency for one in figures.open_by_currency()]
    ageing, billed = _ageing(figures, span), _billed(figures, span)
    return {
        "span": span,
        "currencies": list(dict.fromkeys([span.currency, *open_])),
        "ages": rules.AGES,
        "ageing": Table.of(ageing),
        "billed": Table.of(billed),
        "names": names_of(tx, account_id, [*ageing[:LINES_MAX], *billed[:LINES_MAX]]),
        "taxes": figures.taxes(*span),
        "months": figures.months(span.currency, MONTHS),
    }


def _ageing(figures: Figures, span: Span) -> list[OfClient]:
    return [OfClient(one.client_id, (*one.amounts, one.total)) for one in figures.debts(span.currency)]


def _billed(figures: Figures, span: Span) -> list[OfClient]:
    return [
        OfClient(one.client_id, (one.billed, one.credited, one.net, one.paid)) for one in figures.billed(*span)
    ]


def _rows(tx: Tx, account_id: int, name: str, span: Span, kept: Kept) -> tuple[Sequence[str], list[Sequence[Any]]]:
    figures = kept.at(tx, account_id)
    match name:
        case "ageing":
            return ("Client", *rules.AGES, "Total"), _by_name(tx, account_id, _ageing(figures, span))
        case "clients":
            lines = _by_name(tx, account_id, _billed(figures, span))
            return ("Client", "Billed", "Credited", "Net", "Paid"), lines
        case "taxes":
            return ("Rate", "Category", "Taxable", "Tax"), [tuple(row) for row in figures.taxes(*span)]
        case _:
            months = figures.months(span.currency, MONTHS)
            head = ("Month", "Paid", "Billed and outstanding")
            return head, [(one.first.isoformat()[:7], one.received, one.owed) for one in months]


def _by_name(tx: Tx, account_id: int, lines: list[OfClient]) -> list[Sequence[Any]]:
    names = names_of(tx, account_id, lines)
    return [(names[one.client_id], *one.amounts) for one in lines]


async def _span(visit: Visit, currency: str) -> Span:
    """The span that an address asks for; this year until today, where it asks for none or for nonsense."""
    asked = visit.request.query_params
    today: date = await visit.read(store.today)
    wanted = asked.get("currency", "")
    first = read_day(asked.get("from", "")) or today.replace(month=1, day=1)
    last = read_day(asked.get("to", "")) or today
    return Span(wanted if wanted in DIGITS else currency, min(first, last), max(first, last))


def read_day(text: str) -> date | None:
    """The day that somebody typed into an address; None for nonsense."""
    try:
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)
        return min(date.fromisoformat(text), LAST_DAY) if is_day else None
    except ValueError:
        return None
