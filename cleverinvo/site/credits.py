"""Credit notes: issued by line and quantity with the sum beside it, listed, and as files; and billing anew."""

import re
from typing import Any, Final

from starlette.responses import Response

from cleverinvo import faults, money
from cleverinvo.clients import store as clients
from cleverinvo.credit_notes import actions, rules, store
from cleverinvo.credit_notes.forms import IssueCreditNote, ListCreditNotes
from cleverinvo.credit_notes.rules import Credit, CreditNote
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import STATUS, Fault, Invalid, Problem
from cleverinvo.invoices import store as invoices
from cleverinvo.invoices.forms import LINES_MAX
from cleverinvo.invoices.rules import Invoice
from cleverinvo.lifecycle import actions as lifecycle
from cleverinvo.site import asking, draft
from cleverinvo.site.einvoice import answer_with_xml
from cleverinvo.site.invoice import show_with
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Visit
from cleverinvo.site.words import write_money

HEAD: Final = (
    *("Number", "Invoice", "Client", "Issued", "Currency", "Subtotal", "Discount", "Tax", "Total"),
    *("Off the balance", "Refund", "Reason", "Id"),
)
_LINE: Final = re.compile(r"lines\[(\d+)\]", re.ASCII)
NOTHING: Final = Fault("lines", "Say how much of which line is taken back")

pages = Pages()


@pages.get("/invoices/{id}/credit", role="member")
async def show(visit: Visit) -> Response:
    return await _form(visit)


@pages.post("/invoices/{id}/credit")
async def issue(visit: Visit) -> Response:
    """Issue a credit note, for the lines or for all that is left; or only work out what it comes to."""
    action = visit.form.get("action")
    if action not in ("lines", "all"):
        return await _form(visit)
    try:
        note: CreditNote = await visit.write(actions.issue, visit.id, _asked(visit, everything=action == "all"))
    except Problem as problem:
        return await _form(visit, problem)
    words = f"{note.credit_note_number} takes back {write_money(note.total, note.currency)}."
    if note.refund_amount:
        words += f" You owe {write_money(note.refund_amount, note.currency)} of it to the client as a refund."
    return visit.go(f"/invoices/{visit.id}", words)


@pages.post("/invoices/{id}/revise")
async def revise(visit: Visit) -> Response:
    """Credit all that is left, and go on with a draft that bills it anew."""
    try:
        draft_: Invoice = await visit.write(lifecycle.revise, visit.id)
    except Problem as problem:
        return await show_with(visit, STATUS[problem.code], problem=problem)
    return visit.go(
        f"/invoices/{draft_.id}/edit", "The invoice is credited in full. Bill it anew with this draft."
    )


@pages.get("/credit-notes/{id}/pdf")
async def pdf(visit: Visit) -> Response:
    document = await visit.read(actions.find, visit.id)
    return visit.file(await visit.house.renderer.pdf(document), "application/pdf", f"{document.name}.pdf")


@pages.get("/credit-notes/{id}/xml")
async def xml(visit: Visit) -> Response:
    return answer_with_xml(visit, await visit.read(actions.find, visit.id))


@pages.get("/credit-notes")
async def list_(visit: Visit) -> Response:
    shown = await asking.find(visit, ListCreditNotes, store.list_page)
    names = await visit.read(_names, shown["found"].data)
    return visit.part("credit_notes.html", nav="payments", names=names, **shown)


@pages.get("/credit-notes.csv")
async def export(visit: Visit) -> Response:
    query, _, _ = asking.ask(visit, ListCreditNotes)
    return await asking.as_csv(visit, "credit-notes", HEAD, query, store.list_page, _cells)


async def _form(visit: Visit, problem: Problem | None = None) -> Response:
    invoice: Invoice = await visit.read(invoices.get, visit.id)
    credited = rules.credited(await visit.read(store.list_of_invoice, visit.id))
    left = [line.quantity - credited.get(at, money.ZERO) for at, line in enumerate(invoice.line_items)]
    credit, wrong = await _priced(visit, invoice)
    context: dict[str, Any] = {
        "nav": "invoices",
        "invoice": invoice,
        "left": left,
        "typed": {at: visit.form.get(f"line.{at}") for at in range(len(left))},
        "reason": visit.form.get("reason"),
        "credit": credit,
        "applied": min(credit.total, invoice.amount_due) if credit else None,
        "faults": _placed(visit, problem) if problem else wrong,
    }
    if visit.is_fetch:
        return visit.part("credit_sum.html", **context)
    return await visit.page("credit.html", STATUS[problem.code] if problem else 200, **context)


async def _priced(visit: Visit, invoice: Invoice) -> tuple[Credit | None, Faults]:
    """What the lines come to as they are typed; nothing before anything is."""
    if not _said(visit):
        return None, Faults([])
    try:
        return await visit.read(actions.price, invoice, _asked(visit)), Faults([])
    except Problem as problem:
        return None, _placed(visit, problem)


def _asked(visit: Visit, *, everything: bool = False) -> IssueCreditNote:
    """What is taken back. Raises Invalid where nothing is."""
    tree: dict[str, Any] = visit.form.filled("reason")
    if everything:
        return faults.filled(IssueCreditNote, tree)
    lines = [{"index": at, "quantity": draft.number(visit.form.get(f"line.{at}"))} for at in _said(visit)]
    if not lines:
        raise Invalid([NOTHING])
    return faults.filled(IssueCreditNote, {**tree, "lines": lines})


def _said(visit: Visit) -> list[int]:
    """Which of the invoice's lines have a quantity typed beside them."""
    return [at for at in range(LINES_MAX) if visit.form.get(f"line.{at}")]


def _placed(visit: Visit, problem: Problem) -> Faults:
    """Faults by the field that they were typed into."""
    said = _said(visit)
    placed = []
    for fault in problem.details or [Fault("lines", problem.message)]:
        found = _LINE.match(fault.field)
        placed.append(Fault(f"line.{said[int(found[1])]}", fault.message) if found else fault)
    return Faults(placed)


def _names(tx: Tx, account_id: int, found: list[CreditNote]) -> dict[str, str]:
    ids = {note.client_id for note in found}
    return {id: client.name for id, client in clients.find_many(tx, account_id, ids, deleted_too=True).items()}


def _cells(tx: Tx, account_id: int, found: list[CreditNote]) -> list[tuple[Any, ...]]:
    names = _names(tx, account_id, found)
    return [
        (
            *(note.credit_note_number, note.invoice_number, names[note.client_id], note.issue_date[:10]),
            *(note.currency, note.subtotal, note.discount_total, note.tax_total, note.total),
            *(note.applied_amount, note.refund_amount, note.reason, note.id),
        )
        for note in found
    ]
