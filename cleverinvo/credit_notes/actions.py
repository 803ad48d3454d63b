"""The verb of credit notes, and the document that each of them is."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from cleverinvo import clock, events, ids, money, shapes
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.numbering import UNBROKEN, write_number
from cleverinvo.credit_notes import rules, store
from cleverinvo.credit_notes.forms import IssueCreditNote
from cleverinvo.credit_notes.rules import Credit, CreditNote
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.documents.rules import Document, Preceding
from cleverinvo.errors import Conflict, Fault, Invalid, InvalidTransition
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.rules import Invoice
from cleverinvo.ledger import actions as ledger
from cleverinvo.scalars import midnight


def issue(
    tx: Tx, account_id: int, invoice_id: str, form: IssueCreditNote, if_match: str | None = None
) -> CreditNote:
    """Take back lines of a sent invoice: first off its open balance, the rest as a refund owed to the client."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    tx.expect(invoice, if_match)
    credit = price(tx, account_id, invoice, form)
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    seq = invoice_store.take_numbers(tx, account_id, UNBROKEN, 1, document="credit_note")
    applied = min(credit.total, invoice.amount_due)
    note = CreditNote(
        **msgspec.structs.asdict(credit),
        id=ids.new("cn", tx.now),
        credit_note_number=write_number(rules.NUMBER_FORMAT, UNBROKEN, seq),
        invoice_id=invoice.id,
        invoice_number=invoice.invoice_number or "",
        client_id=invoice.client_id,
        currency=invoice.currency,
        issue_date=midnight(today.isoformat()),
        applied_amount=applied,
        refund_amount=credit.total - applied,
        reason=form.reason,
        created_at=tx.stamp,
        pdf_sha256=None,
    )
    store.insert(tx, account_id, note, seq)
    events.emit(tx, account_id, "credit_note.issued", note)
    ledger.enter(tx, account_id, "credit_note.issued", note.id, shapes.noun_fields(note, "pdf_sha256"))
    invoices.credit(tx, account_id, invoice, note.total)
    return note


def price(tx: Tx, account_id: int, invoice: Invoice, form: IssueCreditNote) -> Credit:
    """What a credit note would come to. Raises what stands against it; nothing is issued and no number taken."""
    if invoice.voided_at or not invoice.sent_at:
        raise InvalidTransition(f"An invoice that is {invoice.status} cannot be credited; send it first.")
    left = invoice.total - invoice.amount_credited
    if not left:
        raise Conflict("Nothing is left of the invoice that could be credited.")
    before = rules.credited(store.list_of_invoice(tx, account_id, invoice.id))
    credit = rules.price(invoice, before, _more(invoice, before, form))
    if not money.ZERO < credit.total <= left:
        raise Invalid([Fault("lines", f"Must come to more than 0 and to at most {left} {invoice.currency}")])
    return credit


def find(tx: Tx, account_id: int, credit_note_id: str) -> Document:
    """The document of a credit note: with the parties of its invoice, and the same for ever."""
    note = store.get(tx, account_id, credit_note_id)
    invoice = invoice_store.get(tx, account_id, note.invoice_id)
    as_invoice = msgspec.structs.replace(
        invoice,
        line_items=note.line_items,
        subtotal=note.subtotal,
        tax_total=note.tax_total,
        discount_total=note.discount_total,
        total=note.total,
        tax_breakdown=note.tax_breakdown,
        discount_rate=None,
        notes=note.reason,
        terms=None,
        voided_at=None,
    )
    return documents.of_invoice(tx, account_id, as_invoice)._replace(
        kind="credit_note",
        id=note.id,
        number=note.credit_note_number,
        issue_date=note.issue_date[:10],
        due_date=note.issue_date[:10],
        preceding=Preceding(note.invoice_number, invoice.issue_date[:10]),
        sha256=note.pdf_sha256,
    )


def _more(invoice: Invoice, before: Mapping[int, Decimal], form: IssueCreditNote) -> dict[int, Decimal]:
    """How much of each line is to be taken back now. Raises Invalid where it is more than is left of one."""
    left = {index: item.quantity - before.get(index, money.ZERO) for index, item in enumerate(invoice.line_items)}
    if form.lines is None:
        return {index: quantity for index, quantity in left.items() if quantity}
    more: dict[int, Decimal] = {}
    faults = []
    for place, line in enumerate(form.lines):
        if line.index not in left or line.index in more:
            faults.append(Fault(f"lines[{place}].index", "No such line of the invoice, or one that came before"))
            continue
        most = left[line.index]
        if not line.quantity or line.quantity * most <= 0 or abs(line.quantity) > abs(most):
            faults.append(Fault(f"lines[{place}].quantity", f"Of this line {most} can be credited"))
        more[line.index] = line.quantity
    if faults:
        raise Invalid(faults)
    return more
