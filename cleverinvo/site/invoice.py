"""One invoice: looked at with all that became of it, marked as sent or paid, voided, duplicated."""

from typing import Any, NamedTuple

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.accounts.rules import Account
from cleverinvo.credit_notes import store as credit_notes
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.errors import Problem
from cleverinvo.hosting import actions as hosting
from cleverinvo.invoices import actions, store
from cleverinvo.invoices.forms import ChangeInvoice
from cleverinvo.invoices.rules import Invoice
from cleverinvo.lifecycle import actions as lifecycle
from cleverinvo.mail import store as mails
from cleverinvo.mail.forms import ListMailsOfInvoice
from cleverinvo.payments import store as payments
from cleverinvo.site import einvoice, paper, reminders
from cleverinvo.site.invoices import names_of
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit
from cleverinvo.site.words import METHOD_WORDS, write_money

NOTICES = {
    "SENT": "Marked as sent. It is frozen now: number, lines and PDF stay as they are.",
    "PAID": "Marked as paid.",
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
    return await show_with(visit)


@pages.get("/invoices/{id}/pdf")
async def pdf(visit: Visit) -> Response:
    """The document, to look at or to keep: that of a void invoice stamped."""
    document = await visit.read(documents.find_shown, visit.id)
    return visit.file(await visit.house.renderer.pdf(document), "application/pdf", f"{document.name}.pdf")


@pages.post("/invoices/{id}/status")
async def change_status(visit: Visit) -> Response:
    """Bring about a status, by the verb that the API uses."""
    try:
        change = faults.filled(ChangeInvoice, visit.form.filled("status"))
        invoice: Invoice = await visit.write(lifecycle.change, visit.id, change)
    except Problem as problem:
        return await show_with(visit, 409, problem=problem)
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


async def show_with(visit: Visit, status: int = 200, **context: Any) -> Response:
    """The page of an invoice, with what was just refused on it: a problem, or a payment as it was typed."""
    account = await visit.account()
    typed = {
        "problem": None,
        "payment": Said({"paidAt": visit.today(account).isoformat()}),
        "payment_faults": Faults([]),
    }
    gathered = await visit.scan(gather, visit.id, account)
    gathered |= await reminders.of_invoice(visit, gathered["invoice"])
    return await visit.page(
        "invoice.html", status, nav="invoices", account=account, **gathered, **{**typed, **context}
    )


def gather(tx: Tx, account_id: int, invoice_id: str, account: Account) -> dict[str, Any]:
    """All that became of an invoice, of one moment."""
    invoice = store.get(tx, account_id, invoice_id)
    related = [id for id in (invoice.revises, invoice.revised_by) if id]
    return {
        "invoice": invoice,
        "client_name": names_of(tx, account_id, [invoice])[invoice.client_id],
        "paper": paper.find(tx, account_id, invoice_id),
        "payments": payments.list_of_invoice(tx, account_id, invoice_id),
        "methods": METHOD_WORDS,
        "notes": credit_notes.list_of_invoice(tx, account_id, invoice_id),
        "mails": mails.list_page_of_invoice(tx, account_id, invoice_id, ListMailsOfInvoice()).data,
        "page": hosting.get(tx, account_id, invoice_id),
        "e_invoice": einvoice.look(tx, account_id, invoice),
        "history": history(tx, account_id, invoice),
        "refund": max(invoice.amount_paid + invoice.amount_credited - invoice.total, invoice.total * 0),
        "relatives": {id: store.get(tx, account_id, id).invoice_number for id in related},
        "url": tx.links.pdf(invoice.id),
    }


def history(tx: Tx, account_id: int, invoice: Invoice) -> list[Happening]:
    """What happened to an invoice, the latest first."""
    happened = [Happening(invoice.created_at, "file-text", "Written")]
    for at, picture, words in (
        (invoice.sent_at, "send", "Sent"),
        (invoice.viewed_at, "eye", "Viewed by the client"),
        (invoice.paid_at, "circle-check", "Settled" if invoice.amount_credited else "Paid in full"),
        (invoice.voided_at, "ban", "Voided"),
    ):
        if at:
            happened.append(Happening(at, picture, words))
    for payment in payments.list_of_invoice(tx, account_id, invoice.id):
        amount = write_money(payment.amount, payment.currency)
        happened.append(Happening(payment.created_at, "banknote", f"{amount} received"))
        if payment.reversed_at:
            happened.append(Happening(payment.reversed_at, "undo-2", f"{amount} reversed"))
    for note in credit_notes.list_of_invoice(tx, account_id, invoice.id):
        words = f"{write_money(note.total, note.currency)} credited by {note.credit_note_number}"
        happened.append(Happening(note.created_at, "file-minus", words))
    order = [one.picture for one in happened]
    return sorted(happened, key=lambda one: (one.at, order.index(one.picture)), reverse=True)
