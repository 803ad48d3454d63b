"""Sending an invoice by mail: the form, the letter as it will look, and another try where one failed."""

import re
from typing import Any, Final

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.clients import actions as client_actions
from cleverinvo.clients import store as clients
from cleverinvo.clients.forms import UpdateClient
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import STATUS, Problem
from cleverinvo.invoices import store as invoices
from cleverinvo.invoices.rules import Invoice
from cleverinvo.mail import actions, store
from cleverinvo.mail.forms import SendInvoice
from cleverinvo.mail.rules import Mail
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit

FIELDS: Final = ("to", "cc", "subject", "message")
LETTER_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""A letter is styled in its elements, as mail is; nothing in it runs, and no other site can frame it."""

pages = Pages()


@pages.get("/invoices/{id}/send", role="member")
async def show(visit: Visit) -> Response:
    return await _form(visit, Said())


@pages.post("/invoices/{id}/send")
async def send(visit: Visit) -> Response:
    """Queue the mail; a draft is frozen with it, in one transaction."""
    try:
        form = faults.filled(SendInvoice, _tree(visit))
        if form.to and visit.form.has("keepAddress"):
            await _keep_address(visit, form.to[0])
        invoice: Invoice = await visit.write(actions.send, visit.id, form)
    except Problem as problem:
        return await _form(visit, Said({name: visit.form.get(name) for name in FIELDS}), problem)
    where = "is on its way" if visit.house.settings.smtp_url else "waits to be mailed until there is a mail server"
    return visit.go(
        f"/invoices/{visit.id}", f"{invoice.invoice_number} {where}. Number, lines and PDF are frozen."
    )


@pages.get("/invoices/{id}/letter", role="member")
async def show_letter(visit: Visit) -> Response:
    """The letter in our own words."""
    return await _letter(visit, SendInvoice())


@pages.post("/invoices/{id}/letter")
async def preview_letter(visit: Visit) -> Response:
    """The letter as it was typed so far, in the frame beside the form."""
    tree = _tree(visit)
    try:
        form = faults.filled(SendInvoice, {name: tree[name] for name in tree if name not in ("to", "cc")})
    except Problem as problem:
        await visit.read(invoices.get, visit.id)
        return _framed(visit.house.templates.get_template("letter.html").render(problem=problem, letter=None))
    return await _letter(visit, form)


@pages.post("/mails/{id}/retry")
async def retry(visit: Visit) -> Response:
    mail: Mail = await visit.write(actions.retry, visit.id)
    return visit.go(f"/invoices/{mail.invoice_id}", "The mail is tried again now.")


@pages.get("/mails/{id}")
async def show_mail(visit: Visit) -> Response:
    """A mail as it was written."""
    html: str = await visit.read(store.find_html, visit.id)
    return _framed(html, ancestors="'none'")


async def _keep_address(visit: Visit, address: str) -> None:
    """Put it on file where the client has none; before the invoice is frozen, so that its reminders know it."""
    found = await visit.read(_look, visit.id)
    if not found["client"].email and not found["is_deleted"]:
        await visit.write(
            client_actions.update, found["client"].id, faults.filled(UpdateClient, {"email": address})
        )


async def _letter(visit: Visit, form: SendInvoice) -> Response:
    letter = await visit.read(actions.preview, visit.id, form)
    if visit.form.get("as") != "text":
        return _framed(letter.html)
    return _framed(visit.house.templates.get_template("letter.html").render(problem=None, letter=letter))


def _framed(html: str, ancestors: str = "'self'") -> Response:
    policy = LETTER_POLICY.replace("frame-ancestors 'self'", f"frame-ancestors {ancestors}")
    headers = {"content-security-policy": policy, "x-content-type-options": "nosniff", "cache-control": "no-store"}
    return Response(html, media_type="text/html; charset=utf-8", headers=headers)


async def _form(visit: Visit, typed: Said, problem: Problem | None = None) -> Response:
    context: dict[str, Any] = {
        **await visit.read(_look, visit.id),
        "nav": "invoices",
        "typed": typed,
        "attaches": visit.form.has("attachPdf") if problem else True,
        "keeps": visit.form.has("keepAddress") if problem else True,
        "has_smtp": bool(visit.house.settings.smtp_url),
        "names": FIELDS,
        "faults": Faults.of(problem) if problem else Faults([]),
    }
    if visit.is_fetch:
        return visit.part("send_form.html", **context)
    return await visit.page("send.html", STATUS[problem.code] if problem else 200, **context)


def _look(tx: Tx, account_id: int, invoice_id: str) -> dict[str, Any]:
    invoice = invoices.get(tx, account_id, invoice_id)
    client = clients.find_many(tx, account_id, [invoice.client_id], deleted_too=True)[invoice.client_id]
    parties = invoices.find_parties(tx, account_id, invoice_id)
    is_known = client.id in clients.find_many(tx, account_id, [client.id])
    return {
        "invoice": invoice,
        "client": client,
        "is_deleted": not is_known,
        "address": parties.client.email if parties else client.email,
        "subject": actions.preview(tx, account_id, invoice_id, SendInvoice()).subject,
    }


def _tree(visit: Visit) -> dict[str, Any]:
    """What was typed, as the API takes it: several addresses have commas, semicolons or blanks between them."""
    tree: dict[str, Any] = visit.form.filled("subject", "message")
    for name in ("to", "cc"):
        addresses = [part for part in re.split(r"[,;\s]+", visit.form.get(name)) if part]
        if addresses:
            tree[name] = addresses
    return {**tree, "attachPdf": visit.form.has("attachPdf")}
