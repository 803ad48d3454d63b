"""Reports: who owes what for how long, who was billed what, the tax of each rate; as pages and as files."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from cleverinvo.db.transaction import Tx
from cleverinvo.money import DIGITS
from cleverinvo.reports import rules, store
from cleverinvo.site import asking
from cleverinvo.site.kept import Kept
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

MONTHS: Final = 12

pages = Pages()


class Span(NamedTuple):
    """What is reported on: a currency, and the days from first to last."""

    currency: str
    first: date
    last: date


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
    head, rows = await visit.scan(_table, name, span)
    return visit.answer(
        asking.csv_of(head, rows),
        "text/csv; charset=utf-8",
        content_disposition=f'attachment; filename="{name}-{span.currency}.csv"',
    )


def look(tx: Tx, account_id: int, span: Span, kept: Kept) -> dict[str, Any]:
    """Everything on the page, of one moment."""
    sums = kept.at(tx, account_id)
    open_ = [one.currency for one in sums.ask(store.open_by_currency)]
    return {
        "span": span,
        "currencies": list(dict.fromkeys([span.currency, *open_])),
        "ages": rules.AGES,
        "ageing": sums.ask(store.ages_by_client, span.currency),
        "billed": sums.ask(store.billed_by_client, *span),
        "taxes": sums.ask(store.taxes, *span),
        "months": sums.ask(store.months, span.currency, MONTHS),
    }


def _table(tx: Tx, account_id: int, name: str, span: Span) -> tuple[Sequence[str], list[Sequence[Any]]]:
    match name:
        case "ageing":
            of_clients = store.ages_by_client(tx, account_id, span.currency)
            return ("Client", *rules.AGES, "Total"), [(one.name, *one.amounts, one.total) for one in of_clients]
        case "clients":
            billed = store.billed_by_client(tx, account_id, *span)
            return ("Client", "Billed", "Credited", "Net", "Paid"), [(one.name, *one.amounts) for one in billed]
        case "taxes":
            taxes = store.taxes(tx, account_id, *span)
            return ("Rate", "Category", "Taxable", "Tax"), [tuple(row) for row in taxes]
        case _:
            months = store.months(tx, account_id, span.currency, MONTHS)
            head = ("Month", "Paid", "Billed and outstanding")
            return head, [(one.first.isoformat()[:7], one.received, one.owed) for one in months]


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
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None
