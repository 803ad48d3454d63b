"""What came in: recorded on an invoice's page, reversed, listed, and receipted."""

from typing import Any, Final

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import STATUS, Problem
from cleverinvo.invoices import store as invoices
from cleverinvo.payments import actions, receipts, store
from cleverinvo.payments.forms import ListPayments, RecordPayment
from cleverinvo.payments.rules import Payment
from cleverinvo.site import asking, draft
from cleverinvo.site.invoice import show_with
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit
from cleverinvo.site.words import METHOD_WORDS, write_money

FIELDS: Final = ("amount", "paidAt", "method", "reference", "note")
HEAD: Final = ("Day", "Invoice", "Currency", "Amount", "Method", "Reference", "Note", "Reversed", "Id")

pages = Pages()


@pages.post("/invoices/{id}/payments")
async def record(visit: Visit) -> Response:
    """Record money that came in; what is more than the open balance is told at the amount."""
    today = visit.today(await visit.account()).isoformat()
    tree: dict[str, Any] = visit.form.filled(*FIELDS)
    if tree.get("paidAt") == today:
        del tree["paidAt"]  # just now, rather than the midnight that today began with
    if "amount" in tree:
        tree["amount"] = draft.number(tree["amount"])
    try:
        payment: Payment = await visit.write(actions.record, visit.id, faults.filled(RecordPayment, tree))
    except Problem as problem:
        typed = Said({name: visit.form.get(name) for name in FIELDS})
        status = STATUS[problem.code]
        return await show_with(visit, status, payment=typed, payment_faults=Faults.of(problem))
    return visit.go(f"/invoices/{visit.id}", f"{write_money(payment.amount, payment.currency)} recorded.")


@pages.post("/payments/{id}/reverse")
async def reverse(visit: Visit) -> Response:
    """Let a payment count no more; it stays on file."""
    payment: Payment = await visit.read(store.get, visit.id)
    await visit.write(actions.reverse, visit.id)
    amount = write_money(payment.amount, payment.currency)
    return visit.go(f"/invoices/{payment.invoice_id}", f"{amount} reversed. The amount is due again.")


@pages.get("/payments/{id}/pdf")
async def receipt(visit: Visit) -> Response:
    document = await visit.read(receipts.find, visit.id)
    return visit.file(await visit.house.renderer.pdf(document), "application/pdf", f"receipt-{document.name}.pdf")


@pages.get("/payments")
async def list_(visit: Visit) -> Response:
    shown = await asking.find(visit, ListPayments, store.list_page)
    numbers = await visit.read(_numbers, shown["found"].data)
    template = "payments_found.html" if visit.is_fetch else "payments.html"
    return visit.part(template, nav="payments", numbers=numbers, methods=METHOD_WORDS, **shown)


@pages.get("/payments.csv")
async def export(visit: Visit) -> Response:
    query, _, _ = asking.ask(visit, ListPayments)
    return await asking.as_csv(visit, "payments", HEAD, query, store.list_page, _cells)


def _numbers(tx: Tx, account_id: int, found: list[Payment]) -> dict[str, str]:
    """The numbers of the invoices that payments are for."""
    ids = {payment.invoice_id for payment in found}
    return {id: invoices.get(tx, account_id, id).invoice_number or "" for id in ids}


def _cells(tx: Tx, account_id: int, found: list[Payment]) -> list[tuple[Any, ...]]:
    numbers = _numbers(tx, account_id, found)
    return [
        (
            *(payment.paid_at[:10], numbers[payment.invoice_id], payment.currency, payment.amount),
            *(METHOD_WORDS.get(payment.method or "", ""), payment.reference, payment.note),
            *((payment.reversed_at or "")[:10], payment.id),
        )
        for payment in found
    ]
