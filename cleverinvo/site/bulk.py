"""Many invoices at once: sent, paid, voided, taken along as files; asked first where nothing takes it back."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from starlette.responses import Response, StreamingResponse

from cleverinvo import faults
from cleverinvo.clients import store as clients
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.documents import export
from cleverinvo.documents.rules import Document
from cleverinvo.errors import BadRequest, Problem
from cleverinvo.invoices import store
from cleverinvo.invoices.forms import ChangeInvoice
from cleverinvo.invoices.rules import Invoice
from cleverinvo.lifecycle import actions as lifecycle
from cleverinvo.mail import actions as mail
from cleverinvo.mail import headers
from cleverinvo.mail.forms import SendInvoice
from cleverinvo.mail.rules import Mail
from cleverinvo.payments import store as payments
from cleverinvo.site import asking, undo
from cleverinvo.site.invoices import HEAD, cells
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import HEADERS, Visit

CHOSEN_MAX: Final = 100
LIST: Final = "/invoices"
HELD: Final = timedelta(minutes=1)
"""How long the mails of many are held back, so that they can be withdrawn."""

pages = Pages()


class Action(NamedTuple):
    """Something that is done to many: what the button says, and what was done."""

    words: str
    done: str
    warning: str = ""


ACTIONS: Final = {
    "mail": Action(
        "Send",
        "frozen, to be mailed in a minute",
        "Each goes to its client by e-mail, in a minute: until then the mails can be withdrawn. The invoices are "
        "frozen at once, and that cannot be taken back.",
    ),
    "SENT": Action("Mark as sent", "marked as sent"),
    "PAID": Action("Mark as paid", "marked as paid"),
    "VOID": Action("Void", "voided", "Void invoices keep their numbers. This cannot be taken back."),
}


@pages.post("/invoices/bulk")
async def change_many(visit: Visit) -> Response:
    """Do one thing with all that were ticked. Each is for itself: what cannot be is told, the rest is done."""
    name = visit.form.get("action")
    invoices: list[Invoice] = await visit.scan(_chosen, visit.form.all("id")[:CHOSEN_MAX])
    if name not in ACTIONS or not invoices:
        raise BadRequest("Choose invoices, and what to do with them.")
    action = ACTIONS[name]
    if action.warning and not visit.form.has("sure"):
        return await _ask(visit, name, invoices)
    problems: list[str] = []
    done: list[str] = []
    for invoice in invoices:
        try:
            done += await _act(visit, name, invoice)
        except Problem as problem:
            reason = problem.details[0].message if problem.details else problem.message
            problems.append(f"{invoice.invoice_number or 'A draft'}: {reason}")
    if name in undo.COOKIES and any(done):
        undo.offer(visit, undo.COOKIES[name], [id for id in done if id])
    is_told = name in undo.COOKIES and any(done) and not problems  # by the offer to undo it
    return visit.go(_back(visit), "" if is_told else _told(action, len(done), problems))


@pages.post("/invoices/files", role="reader")
async def take_along(visit: Visit) -> Response:
    """The chosen invoices as files: their documents in one archive, or a table."""
    invoices: list[Invoice] = await visit.scan(_chosen, visit.form.all("id")[:CHOSEN_MAX])
    if not invoices:
        raise BadRequest("Choose invoices first.")
    if visit.form.get("as") == "csv":
        table = asking.csv_of(HEAD, await visit.scan(cells, invoices))
        return visit.answer(
            table, "text/csv; charset=utf-8", content_disposition='attachment; filename="invoices.csv"'
        )
    return _zip(export.archive(visit.house.renderer, _documents(visit, invoices)))


@pages.get("/invoices.zip")
async def export_all(visit: Visit) -> Response:
    """The documents of everything that the list shows."""
    query, _, _ = asking.ask(visit, export.ExportInvoices)
    database, renderer = visit.house.database, visit.house.renderer
    everything = msgspec.structs.replace(query, page=1, cursor=None)
    return _zip(export.stream(database, renderer, visit.account_id, everything))


async def _act(visit: Visit, name: str, invoice: Invoice) -> list[str]:
    """Do it to one; the id of the payment or mail that came of it, or nothing in its place."""
    if name == "mail":
        queued: Mail = await visit.write(mail.send_after, invoice.id, SendInvoice(), HELD)
        return [queued.id]
    changed: Invoice = await visit.write(
        lifecycle.change, invoice.id, faults.filled(ChangeInvoice, {"status": name})
    )
    if name != "PAID" or invoice.status == "PAID":
        return [""] if changed.status != invoice.status else []
    recorded = await visit.read(payments.list_of_invoice, invoice.id)
    return [recorded[-1].id if recorded else ""]


async def _ask(visit: Visit, name: str, invoices: Sequence[Invoice]) -> Response:
    """Show what would be done to which, and what could not be, before anything is."""
    people = await visit.read(_addresses, invoices)
    rows = [
        (invoice, *people[invoice.client_id], _objection(name, invoice, people[invoice.client_id][1]))
        for invoice in invoices
    ]
    return await visit.page(
        "bulk.html",
        nav="invoices",
        name=name,
        action=ACTIONS[name],
        back=_back(visit),
        can=[row for row in rows if not row[-1]],
        cannot=[row for row in rows if row[-1]],
        has_smtp=bool(visit.house.settings.smtp_url),
    )


def _back(visit: Visit) -> str:
    """The list as it was searched and filtered when the invoices were chosen."""
    came = urlsplit(visit.form.get("back") or visit.request.headers.get("referer", ""))
    return f"{LIST}?{came.query}" if came.path == LIST and came.query else LIST


def _objection(name: str, invoice: Invoice, address: str | None) -> str:
    """Why it cannot be done to an invoice; the verb itself has the last word."""
    if invoice.status == "VOID":
        return "It is void."
    if name == "mail":
        return "" if headers.address(address or "") else "Its client has no e-mail address."
    if invoice.amount_paid or invoice.amount_credited:
        return "It has payments or credit notes; credit what is left instead."
    return "It has no number yet; give it up instead." if invoice.invoice_number is None else ""


def _chosen(tx: Tx, account_id: int, ids: Sequence[str]) -> list[Invoice]:
    return [store.get(tx, account_id, invoice_id) for invoice_id in dict.fromkeys(ids)]


def _addresses(tx: Tx, account_id: int, invoices: Sequence[Invoice]) -> dict[str, tuple[str, str | None]]:
    """The clients' names and e-mail addresses."""
    ids = {invoice.client_id for invoice in invoices}
    found = clients.find_many(tx, account_id, ids, deleted_too=True)
    return {id: (client.name, client.email) for id, client in found.items()}


async def _documents(visit: Visit, invoices: Sequence[Invoice]) -> AsyncIterator[Document]:
    for invoice in invoices:
        yield await visit.scan(documents.of_invoice, invoice)


def _zip(pieces: AsyncIterator[bytes]) -> Response:
    disposition = {"content-disposition": 'attachment; filename="invoices.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers={**HEADERS, **disposition})


def _told(action: Action, how_many: int, problems: Sequence[str]) -> str:
    notice = f"{how_many} invoice{'' if how_many == 1 else 's'} {action.done}."
    if problems:
        notice += f" {len(problems)} could not be: {problems[0]}"
    return notice
