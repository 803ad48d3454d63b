"""The history of invoices: searched, filtered by the address, exported, and changed many at once."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from starlette.responses import Response

from cleverinvo import shapes
from cleverinvo.clients import store as clients
from cleverinvo.clients.forms import ListClients
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import lists
from cleverinvo.invoices.forms import ListInvoices
from cleverinvo.invoices.rules import Invoice
from cleverinvo.money import DIGITS
from cleverinvo.paging import Page, Query
from cleverinvo.site import asking, undo
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit
from cleverinvo.site.words import STATUS_WORDS, write_money

HEAD: Final = (
    *("Number", "Client", "Client e-mail", "Status", "Issued", "Due", "Currency", "Subtotal", "Discount", "Tax"),
    *("Total", "Paid", "Open", "Sent", "Paid on", "Order ref.", "Id"),
)
OPEN: Final = "SENT,VIEWED,PARTIALLY_PAID,OVERDUE"
"""What is owed, whatever became of it since it was sent."""

TABS: Final = (
    *(("DRAFT", STATUS_WORDS["DRAFT"]), (OPEN, "Outstanding"), ("OVERDUE", STATUS_WORDS["OVERDUE"])),
    *((status, STATUS_WORDS[status]) for status in ("SENT", "VIEWED", "PARTIALLY_PAID", "PAID", "VOID")),
)
FURTHER: Final = ("dueDate[gte]", "dueDate[lte]", "total[gte]", "total[lte]", "currency")
"""Filters that are asked for more rarely."""

SORTS: Final = [
    ("", "Newest first"),
    ("createdAt", "Oldest first"),
    ("-issueDate", "Latest issue date"),
    ("issueDate", "Earliest issue date"),
]
CURRENCIES: Final = sorted(DIGITS)
FOUND_MAX: Final = 6

pages = Pages()


class OfSomebody(Protocol):
    """What belongs to a client."""

    @property
    def client_id(self) -> str: ...


@pages.get("/invoices")
async def list_(visit: Visit) -> Response:
    query, fields, wrong = asking.ask(visit, ListInvoices)
    found: Page[Invoice] = await visit.scan(lists.page, query)
    context: dict[str, Any] = {
        "nav": "invoices",
        "account": await visit.account(),
        "query": fields,
        "faults": wrong,
        "found": found,
        "names": await visit.read(names_of, found.data),
    }
    if visit.is_fetch:
        return visit.part("invoices_found.html", **context)
    filters = {name: value for name, value in fields.items() if name not in ("status", "page")}
    return visit.part(
        "invoices.html",
        tally=await visit.scan(tally),
        tally_max=lists.TALLY_MAX,
        tabs=TABS,
        filters=filters,
        is_further=any(name in fields for name in FURTHER),
        currencies=CURRENCIES,
        sorts=SORTS,
        only=await _client_name(visit, fields.get("clientId")),
        undo=await visit.read(undo.find_payments, visit.request.cookies.get(undo.PAID, "")),
        unsent=await visit.read(undo.find_mails, visit.request.cookies.get(undo.MAILED, "")),
        **context,
    )


@pages.get("/invoices.csv")
async def export(visit: Visit) -> Response:
    query, _, _ = asking.ask(visit, ListInvoices)
    return await asking.as_csv(visit, "invoices", HEAD, query, lists.page, cells)


@pages.get("/find")
async def find(visit: Visit) -> Response:
    """The first few invoices and clients for some words, for the palette."""
    words = visit.request.query_params.get("q", "")[: Query.MAX].strip()
    found: list[dict[str, str]] = []
    if words:
        query = Query.read(words)
        invoices: Page[Invoice] = await visit.scan(lists.page, ListInvoices(q=query, limit=FOUND_MAX))
        names = await visit.read(names_of, invoices.data)
        found += [_found_invoice(invoice, names) for invoice in invoices.data]
        people = await visit.scan(clients.list_page, ListClients(q=query, limit=FOUND_MAX))
        found += [
            {"title": client.name, "about": client.email or "Client", "href": f"/clients/{client.id}"}
            for client in people.data
        ]
    return visit.answer(shapes.encode(found), "application/json")


def tally(tx: Tx, account_id: int) -> dict[str, int]:
    """How many invoices there are of each tab, counted as far as TALLY_MAX."""
    counts = lists.tally(tx, account_id)
    open_ = sum(count for status, count in counts.items() if status in OPEN.split(","))
    return {OPEN: min(open_, lists.TALLY_MAX), **{str(status): count for status, count in counts.items()}}


def names_of(tx: Tx, account_id: int, found: Iterable[OfSomebody]) -> dict[str, str]:
    """The names of the clients of some invoices, or of lines that sum them up; deleted clients included."""
    ids = {one.client_id for one in found}
    return {id: client.name for id, client in clients.find_many(tx, account_id, ids, deleted_too=True).items()}


def cells(tx: Tx, account_id: int, found: list[Invoice]) -> list[tuple[Any, ...]]:
    """The rows of a table of invoices, below HEAD."""
    ids = {invoice.client_id for invoice in found}
    people = clients.find_many(tx, account_id, ids, deleted_too=True)
    return [
        (
            invoice.invoice_number,
            people[invoice.client_id].name,
            people[invoice.client_id].email,
            STATUS_WORDS[invoice.status],
            *(invoice.issue_date[:10], invoice.due_date[:10], invoice.currency),
            *(invoice.subtotal, invoice.discount_total, invoice.tax_total, invoice.total),
            *(invoice.amount_paid, invoice.amount_due),
            *((invoice.sent_at or "")[:10], (invoice.paid_at or "")[:10], invoice.purchase_order, invoice.id),
        )
        for invoice in found
    ]


def _found_invoice(invoice: Invoice, names: dict[str, str]) -> dict[str, str]:
    number = invoice.invoice_number or "Draft"
    about = f"{STATUS_WORDS[invoice.status]}, {write_money(invoice.total, invoice.currency)}"
    return {
        "title": f"{number} · {names.get(invoice.client_id, '')}",
        "about": about,
        "href": f"/invoices/{invoice.id}",
    }


async def _client_name(visit: Visit, client_id: str | None) -> str | None:
    if client_id is None:
        return None
    found = await visit.read(clients.find_many, [client_id])
    return found[client_id].name if client_id in found else "nobody"
