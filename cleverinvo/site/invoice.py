"""One invoice: looked at, sent, paid, voided, duplicated."""

from typing import Any, NamedTuple

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.errors import Problem
from cleverinvo.invoices import actions, store
from cleverinvo.invoices.forms import ChangeInvoice
from cleverinvo.invoices.rules import Invoice
from cleverinvo.lifecycle import actions as lifecycle
from cleverinvo.money import Amount
from cleverinvo.payments import store as payments
from cleverinvo.site import paper, reminders
from cleverinvo.site.invoices import names_of
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit
from cleverinvo.site.words import write_money

NOTICES = {
    "SENT": "Marked as sent. It is frozen now: number, lines and PDF stay as they are.",
    "PAID": "Marked as paid.",
    "PARTIALLY_PAID": "The payment is recorded.",
    "VOID": "The invoice is void. It keeps its number.",
}

pages = Pages()


class Happening(NamedTuple):
    """One line of an invoice's history."""

    at: str
    picture: str
    words: str


@pages.get("/invoices/{id}")
async def show(visit: Visit) -> Response:
    return await _show(visit)


@pages.get("/invoices/{id}/pdf")
async def pdf(visit: Visit) -> Response:
    """The document, to look at or to keep."""
    document = await visit.read(documents.find, visit.id)
    body = await visit.house.renderer.pdf(document)
    kind = "attachment" if "download" in visit.request.query_params else "inline"
    disposition = f'{kind}; filename="{document.name.replace("/", "-")}.pdf"'
    return visit.answer(body, "application/pdf", content_disposition=disposition)


@pages.post("/invoices/{id}/status")
async def change_status(visit: Visit) -> Response:
    """Bring about a status, by the verb that the API uses. `amount` is what came in now."""
    try:
        tree: dict[str, Any] = visit.form.filled("status")
        if payment := visit.form.get("amount"):
            tree["amountPaid"] = await _paid_by_now(visit, payment)
        change = faults.filled(ChangeInvoice, tree)
        invoice: Invoice = await visit.write(lifecycle.change, visit.id, change)
    except Problem as problem:
        return await _show(visit, problem)
    return visit.go(f"/invoices/{visit.id}", NOTICES.get(invoice.status, "Done."))


@pages.post("/invoices/{id}/duplicate")
async def duplicate(visit: Visit) -> Response:
    """A new draft with the same client and lines, to go on with at once."""
    invoice: Invoice = await visit.write(actions.duplicate, visit.id)
    return visit.go(f"/invoices/{invoice.id}/edit", "A new draft with the same lines, dated today.")


@pages.post("/invoices/{id}/delete")
async def delete(visit: Visit) -> Response:
    """Give up a draft; one with a number becomes void."""
    invoice: Invoice = await visit.read(store.get, visit.id)
    await visit.write(actions.delete, visit.id)
    if invoice.invoice_number is None:
        return visit.go("/invoices", "The draft is gone.")
    return visit.go(f"/invoices/{visit.id}", "The draft is void. Its number stays used.")


def history(tx: Tx, account_id: int, invoice: Invoice) -> list[Happening]:
    """What happened to an invoice, the latest first."""
    happened = [Happening(invoice.created_at, "file-text", "Written")]
    for at, picture, words in (
        (invoice.sent_at, "send", "Sent"),
        (invoice.viewed_at, "eye", "Viewed by the client"),
        (invoice.paid_at, "circle-check", "Paid in full"),
        (invoice.voided_at, "ban", "Voided"),
    ):
        if at:
            happened.append(Happening(at, picture, words))
    for payment in payments.list_of_invoice(tx, account_id, invoice.id):
        words = f"{write_money(payment.amount, payment.currency)} received"
        happened.append(Happening(payment.created_at, "banknote", words))
    order = [one.picture for one in happened]
    return sorted(happened, key=lambda one: (one.at, order.index(one.picture)), reverse=True)


async def _show(visit: Visit, problem: Problem | None = None) -> Response:
    invoice: Invoice = await visit.read(store.get, visit.id)
    names = await visit.read(names_of, [invoice])
    context: dict[str, Any] = {
        "nav": "invoices",
        "invoice": invoice,
        "client_name": names[invoice.client_id],
        "paper": await visit.read(paper.find, visit.id),
        "history": await visit.read(history, invoice),
        "problem": problem,
        "url": visit.house.links.pdf(invoice.id),
        **await reminders.of_invoice(visit, invoice),
    }
    return await visit.page("invoice.html", 409 if problem else 200, **context)


async def _paid_by_now(visit: Visit, payment: str) -> str:
    """All that has been paid with this payment, which is what the verb asks for."""
    invoice: Invoice = await visit.read(store.get, visit.id)
    try:
        amount = Amount.read(payment.replace(",", "."))
    except ValueError:
        return payment
    return format(invoice.amount_paid + amount, "f")
