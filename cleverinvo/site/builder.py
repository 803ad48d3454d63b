"""Writing an invoice: a form that adds itself up, shows what the client will see, and keeps itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from cleverinvo import clock, faults, shapes
from cleverinvo.accounts.rules import Account
from cleverinvo.clients import actions as clients
from cleverinvo.clients import store as client_store
from cleverinvo.clients.forms import CreateClient, ListClients
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.rules import Document
from cleverinvo.errors import STATUS, Conflict, Fault, Invalid, PreconditionFailed, Problem
from cleverinvo.invoices import actions, lists, store, totals
from cleverinvo.invoices.forms import ChangeInvoice, ClientId, CreateInvoice, Line, ListInvoices
from cleverinvo.invoices.rules import Invoice
from cleverinvo.invoices.totals import Totals
from cleverinvo.money import DIGITS, Amount, Rate
from cleverinvo.paging import Query
from cleverinvo.site import draft, einvoice, paper
from cleverinvo.site.draft import Typed, TypedLine
from cleverinvo.site.einvoice import Mending
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Visit

CLIENTS_SHOWN: Final = 100
THEIRS_LOOKED_AT: Final = 20
ALL_LOOKED_AT: Final = 50
"""Invoices whose lines are offered again: the latest of the client, and of everybody."""

NO_CLIENT: Final = Fault("clientId", "Choose a client, or type a new one's name")
NO_LINES: Final = Fault("lines", "Say what you did: an invoice needs a line")
EMPTY: Final = "What you type shows here, as your client will see it."
CATEGORIES: Final = (
    ("", "By its rate"),
    ("S", "S: standard or reduced"),
    ("Z", "Z: zero-rated"),
    ("E", "E: exempt"),
    ("AE", "AE: reverse charge"),
    ("K", "K: within the EU"),
    ("G", "G: export"),
    ("O", "O: outside VAT"),
)
MAIN: Final = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "INR", "SEK", "NOK", "DKK", "PLN")

pages = Pages()


@pages.get("/invoices/new", role="member")
async def show_new(visit: Visit) -> Response:
    account = await visit.account()
    client_id = visit.request.query_params.get("clientId", "")
    found = await visit.read(client_store.find_many, [client_id] if client_id else [])
    client = found.get(client_id)
    typed = Typed(clientId=client_id if client else "", currency=(client and client.currency) or account.currency)
    return await _form(visit, await _dated(visit, typed))


@pages.post("/invoices/new")
async def create(visit: Visit) -> Response:
    """Save a new draft, go on to sending it, or only show the form after one of its buttons."""
    typed, action = draft.of_fields(visit.form), visit.form.get("action")
    if action not in ("save", "send"):
        return await _form(visit, typed.after(action))
    try:
        client_id = await _client(visit, typed)
        typed = replace(typed, clientId=client_id, newClient="")
        form = faults.filled(CreateInvoice, typed.tree(client_id))
        invoice: Invoice = await visit.write(actions.create, form)
    except Problem as problem:
        if visit.is_fetch:
            raise
        return await _form(visit, typed, problem)
    return _finish(visit, invoice, action, "Saved as a draft.")


@pages.get("/invoices/{id}/edit", role="member")
async def show_edit(visit: Visit) -> Response:
    invoice = await _draft(visit)
    return await _form(visit, draft.of_invoice(invoice), invoice=invoice)


@pages.post("/invoices/{id}/edit")
async def update(visit: Visit) -> Response:
    """Save a draft: from its buttons, or by itself while somebody types. A script is answered in JSON."""
    before = await _draft(visit)
    typed, action = draft.of_fields(visit.form), visit.form.get("action")
    if action not in ("save", "send", "overwrite"):
        return await _form(visit, typed.after(action), invoice=before)
    if_match = None if action == "overwrite" else visit.form.get("etag") or None
    try:
        client_id = await _client(visit, typed)
        typed = replace(typed, clientId=client_id, newClient="")
        change = faults.filled(ChangeInvoice, typed.change(client_id))
        invoice: Invoice = await visit.write(actions.update, visit.id, change, if_match)
    except Problem as problem:
        if visit.is_fetch:
            raise
        return await _form(visit, typed, problem, invoice=before)
    return _finish(visit, invoice, action, "Saved.")


@pages.post("/invoices/preview")
async def preview(visit: Visit) -> Response:
    """The sheet for what was typed so far."""
    typed = draft.of_fields(visit.form)
    return visit.part("builder_sheet.html", **await _sheet(visit, typed, visit.form.get("number") or None))


@pages.get("/invoices/lines", role="member")
async def find_lines(visit: Visit) -> Response:
    """What was billed before, to be billed again: the lines of the client's latest invoices, then of all."""
    client_id = visit.request.query_params.get("clientId", "")
    client = await visit.read(client_store.find_many, [client_id]) if client_id else {}
    theirs: list[Invoice] = []
    if client:
        query = ListInvoices(client_id=ClientId(client_id), limit=THEIRS_LOOKED_AT)
        theirs = (await visit.scan(lists.page, query)).data
    everybodys = (await visit.scan(lists.page, ListInvoices(limit=ALL_LOOKED_AT))).data
    return visit.answer(shapes.encode(draft.billed_before(theirs, everybodys)), "application/json")


@pages.get("/clients/find", role="member")
async def find_clients(visit: Visit) -> Response:
    """Clients for some words, for the field that chooses one."""
    words = visit.request.query_params.get("q", "")[: Query.MAX].strip()
    query = ListClients(q=Query.read(words) if words else None, limit=20)
    page = await visit.scan(client_store.list_page, query)
    found = [
        {"id": client.id, "name": client.name, "about": client.email or "", "currency": client.currency or ""}
        for client in page.data
    ]
    return visit.answer(shapes.encode(found), "application/json")


async def _draft(visit: Visit) -> Invoice:
    invoice: Invoice = await visit.read(store.get, visit.id)
    if invoice.status != "DRAFT":
        raise Conflict("Only a draft can be changed. Duplicate this invoice, or void it and write another one.")
    return invoice


def _finish(visit: Visit, invoice: Invoice, action: str, notice: str) -> Response:
    sends = action == "send"
    next = f"/invoices/{invoice.id}/{'send' if sends else 'edit'}"
    if visit.is_fetch:
        saved = {"etag": draft.etag(invoice), "clientId": invoice.client_id, "next": next}
        return visit.answer(shapes.encode(saved), "application/json")
    return visit.go(next, "" if sends else notice)


async def _client(visit: Visit, typed: Typed) -> str:
    """The client that was chosen, or a new one of whom only the name is known yet. Raises Invalid for neither.

    Nobody is put on file for an invoice that cannot be: whoever mends it and tries again would do it twice.
    """
    missing = [NO_LINES] if not typed.said else []
    if missing or not (typed.clientId or typed.newClient):
        raise Invalid([*([] if typed.clientId or typed.newClient else [NO_CLIENT]), *missing])
    if typed.clientId:
        return typed.clientId
    form = faults.filled(CreateInvoice, typed.tree(paper.NEW))
    await visit.read(paper.preview, form, None, typed.newClient)
    client: Client = await visit.write(clients.create, faults.filled(CreateClient, {"name": typed.newClient}))
    return client.id


async def _dated(visit: Visit, typed: Typed) -> Typed:
    """With the dates that an invoice of today would have."""
    account = await visit.account()
    today = clock.today(visit.now, account.time_zone)
    due = today + timedelta(days=account.payment_terms_days)
    return replace(typed, issueDate=today.isoformat(), dueDate=due.isoformat())


async def _form(
    visit: Visit, typed: Typed, problem: Problem | None = None, invoice: Invoice | None = None
) -> Response:
    account = await visit.account()
    faults_of = (
        Faults(typed.place_faults(problem.details or [Fault("", problem.message)])) if problem else Faults([])
    )
    number = invoice.invoice_number if invoice else None
    wanted = visit.form.get("find")[: Query.MAX]
    query = ListClients(limit=CLIENTS_SHOWN, q=Query.read(wanted) if wanted else None)
    page = await visit.scan(client_store.list_page, query)
    known = {client.id: client for client in page.data}
    if wanted and len(known) == 1:
        typed = replace(typed, clientId=next(iter(known)), newClient="")
    if typed.clientId and typed.clientId not in known:
        known |= await visit.read(_chosen, typed.clientId)
    return await visit.page(
        "builder.html",
        STATUS[problem.code] if problem else 200,
        nav="invoices",
        account=account,
        typed=typed,
        faults=faults_of,
        is_stale=isinstance(problem, PreconditionFailed),
        invoice=invoice,
        etag=draft.etag(invoice) if invoice else "",
        clients=list(known.values()),
        wanted=wanted,
        how_many_found=len(page.data),
        are_more=page.pagination.has_more,
        currencies=_currencies(account, typed),
        digits=DIGITS,
        priced=_priced(typed),
        fresh=TypedLine(),
        categories=CATEGORIES,
        line_names=[f"line{at}" for at in range(len(typed.lines))],
        number=number,
        **await _sheet(visit, typed, number),
    )


def _chosen(tx: Tx, account_id: int, client_id: str) -> dict[str, Client]:
    """The draft's client, also where it was deleted meanwhile."""
    return client_store.find_many(tx, account_id, [client_id], deleted_too=True)


def _currencies(account: Account, typed: Typed) -> list[str]:
    return list(dict.fromkeys([typed.currency or account.currency, account.currency, *MAIN, *sorted(DIGITS)]))


def _priced(typed: Typed) -> Totals | None:
    """What the lines come to, where all that was typed makes sense."""
    try:
        lines = [faults.filled(Line, line.tree()) for line in typed.said]
        document = faults.filled(_Discount, draft.discount_fields(typed.discount))
        return totals.price(typed.currency, lines, document.discount_rate, document.discount_amount)
    except (Problem, KeyError):
        return None


class _Discount(shapes.Form, frozen=True):
    discount_rate: Rate | None = None
    discount_amount: Amount | None = None


async def _sheet(visit: Visit, typed: Typed, number: str | None) -> dict[str, Any]:
    """The sheet, or one sentence for what keeps it from being made."""
    nothing: dict[str, Any] = {"paper": None, "lacks": None, "tells_how_to_pay": True}
    if not typed.said:
        return {**nothing, "why": EMPTY}
    try:
        form = faults.filled(CreateInvoice, typed.tree(typed.clientId or paper.NEW))
        document: Document = await visit.read(paper.preview, form, number, typed.newClient)
    except Problem as problem:
        (first, *_) = typed.place_faults(problem.details) or [Fault("", problem.message)]
        return {**nothing, "why": first.message}
    return {
        "paper": paper.of_document(document),
        "why": "",
        "lacks": einvoice.lacks(document, "EN16931", Mending("", typed.clientId)),
        "tells_how_to_pay": bool(_ways_to_pay(document) or typed.notes or typed.terms),
    }


def _ways_to_pay(document: Document) -> tuple[str, ...]:
    """What the document says of where the money goes."""
    payment = document.payment
    return tuple(way for way in (payment.iban, payment.upi_id, payment.payment_url) if way)
