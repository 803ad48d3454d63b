"""The books of one account: totals, numbers, payments, credit notes and documents, against the ledger."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from msgspec import structs
from sqlalchemy import bindparam, func, select

from cleverinvo import money, shapes
from cleverinvo.credit_notes import rules
from cleverinvo.credit_notes import store as credit_notes_store
from cleverinvo.credit_notes.rules import CreditNote
from cleverinvo.db.schema import clients, counters, credit_notes, events, invoices, payments, series
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.actions import STORED, stored_record
from cleverinvo.documents.rules import Kind
from cleverinvo.documents.storage import Storage
from cleverinvo.errors import Damaged, Problem
from cleverinvo.invoices import drafts, store, totals
from cleverinvo.invoices.rules import Invoice, Parties, record
from cleverinvo.payments import store as payments_store
from cleverinvo.verify.chain import Chain

TOLD_EVERY: Final = 5_000
"""Invoices between two words of how far it has come."""

NUMBERS_TOLD_MAX: Final = 10

_INVOICES = (
    select(*store.COLUMNS, invoices.c.parties)
    .select_from(store.JOINED)
    .where(invoices.c.account_id == bindparam("account_id"))
    .order_by(invoices.c.seq)
)
_EVENTS = (
    select(events.c.sequence, events.c.type, events.c.object_id)
    .where(events.c.account_id == bindparam("account_id"))
    .order_by(events.c.sequence)
)
_SERIES = select(series).where(series.c.account_id == bindparam("account_id"))
_COUNTERS = select(counters).where(counters.c.account_id == bindparam("account_id"))
_CLIENT_COUNT = select(func.count().label("count")).where(
    clients.c.account_id == bindparam("account_id"), clients.c.deleted_at.is_(None)
)
_NOTES = (
    select(credit_notes).where(credit_notes.c.account_id == bindparam("account_id")).order_by(credit_notes.c.seq)
)
_PAYMENTS = select(payments).where(payments.c.account_id == bindparam("account_id")).order_by(payments.c.seq)
_CREDITED = (
    select(credit_notes.c.invoice_id, func.sum(credit_notes.c.total).label("credited"))
    .where(credit_notes.c.account_id == bindparam("account_id"))
    .group_by(credit_notes.c.invoice_id)
)
_PAID = (
    select(payments.c.invoice_id, func.sum(payments.c.amount).label("paid"))
    .where(payments.c.account_id == bindparam("account_id"), payments.c.reversed_at.is_(None))
    .group_by(payments.c.invoice_id)
)


class AccountLook:
    """One look at one account."""

    def __init__(self, tx: Tx, account_id: int, storage: Storage, tell: Callable[[str], None]) -> None:
        self._tx = tx
        self._account_id = account_id
        self._storage = storage
        self._tell = tell
        self._chain = Chain(tx, account_id)
        self.invoice_count = 0
        self.event_count = 0
        self.document_count = 0
        self._numbers: dict[tuple[str, int], set[int]] = {}
        self._created: set[str] = set()

    @property
    def head(self) -> tuple[int, str]:
        """Sequence number and hash of the newest entry of the ledger."""
        return self._chain.head

    def parts(self) -> Iterator[Iterator[str]]:
        """What is wrong, part by part; each goes on from what the ones before it have seen."""
        yield self._chain.faults()
        yield self._event_faults()
        yield self._invoice_faults()
        yield self._payment_faults()
        yield self._credit_note_faults()
        yield self._chain.left()
        yield self._number_faults()
        yield self._counter_faults()

    def _event_faults(self) -> Iterator[str]:
        """The sequence has no gaps. Its beginning may be gone, for events are not kept for ever."""
        expected: int | None = None
        for row in self._tx.stream(_EVENTS, account_id=self._account_id):
            if expected is not None and row.sequence != expected:
                yield f"after event {expected - 1} comes {row.sequence}"
            expected = row.sequence + 1
            self.event_count += 1
            if row.type == "invoice.created":
                self._created.add(row.object_id)
        if expected is not None and expected != self._counters().event_sequence + 1:
            yield f"{self._counters().event_sequence} events are counted, the newest is {expected - 1}"

    def _invoice_faults(self) -> Iterator[str]:
        paid = {row.invoice_id: int(row.paid) for row in self._tx.rows(_PAID, account_id=self._account_id)}
        found = self._tx.rows(_CREDITED, account_id=self._account_id)
        credited = {row.invoice_id: int(row.credited) for row in found}
        is_complete = self.event_count == self._counters().event_sequence
        for row in self._tx.stream(_INVOICES, account_id=self._account_id):
            if self.invoice_count % TOLD_EVERY == 0:
                self._tell(f"books: {self.invoice_count:,} invoices")
            self.invoice_count += 1
            invoice = store.to_noun(self._tx, row)
            name = f"invoice {invoice.invoice_number or invoice.id}"
            if row.number_seq is not None:
                self._numbers.setdefault(("invoice", row.number_year), set()).add(row.number_seq)
            if is_complete and invoice.id not in self._created:
                yield f"{name} has no event that tells of its creation"
            if row.amount_paid != paid.get(invoice.id, 0):
                yield f"{name} counts other payments than it has"
            if row.amount_credited != credited.get(invoice.id, 0):
                yield f"{name} counts other credit notes than it has"
            yield from (f"{name}: {fault}" for fault in total_faults(invoice))
            yield from (f"{name}: {fault}" for fault in self._record_faults(invoice, store.read_parties(row)))
            yield from (f"{name}: {fault}" for fault in self._document_faults("invoice", invoice))

    def _record_faults(self, invoice: Invoice, parties: Parties | None) -> Iterator[str]:
        """A sent invoice is what it was when it was sent; a void one what it was then."""
        if invoice.sent_at:
            as_issued = structs.replace(invoice, voided_at=None)
            yield from self._chain.compare("invoice.issued", invoice.id, record(as_issued, parties))
        if invoice.voided_at:
            yield from self._chain.compare("invoice.voided", invoice.id, record(invoice, parties))

    def _payment_faults(self) -> Iterator[str]:
        for row in self._tx.rows(_PAYMENTS, account_id=self._account_id):
            payment = payments_store.to_noun(self._tx, row)
            as_recorded = shapes.noun_fields(structs.replace(payment, reversed_at=None))
            faults = [*self._chain.compare("payment.recorded", payment.id, as_recorded)]
            if payment.reversed_at:
                faults += self._chain.compare("payment.reversed", payment.id, shapes.noun_fields(payment))
            yield from (f"payment {payment.id}: {fault}" for fault in faults)

    def _credit_note_faults(self) -> Iterator[str]:
        """Each credit note takes back what its lines say, no more than its invoice's lines have, and is stored."""
        before: dict[str, list[CreditNote]] = {}
        for row in self._tx.rows(_NOTES, account_id=self._account_id):
            note = credit_notes_store.to_noun(self._tx, row)
            name = f"credit note {note.credit_note_number}"
            self._numbers.setdefault(("credit_note", 0), set()).add(row.number_seq)
            invoice = store.get(self._tx, self._account_id, note.invoice_id)
            earlier = before.setdefault(note.invoice_id, [])
            yield from (f"{name}: {fault}" for fault in credit_faults(invoice, earlier, note))
            earlier.append(note)
            as_issued = shapes.noun_fields(note, "pdf_sha256")
            issued = self._chain.compare("credit_note.issued", note.id, as_issued)
            yield from (f"{name}: {fault}" for fault in issued)
            yield from (f"{name}: {fault}" for fault in self._document_faults("credit_note", note))

    def _document_faults(self, kind: Kind, noun: Invoice | CreditNote) -> Iterator[str]:
        """A document that was stored is there, byte for byte, and is the one that the ledger tells of."""
        if noun.pdf_sha256 is None:
            return
        self.document_count += 1
        yield from self._chain.compare(STORED[kind], noun.id, stored_record(noun.id, noun.pdf_sha256))
        try:
            self._storage.fetch(noun.pdf_sha256)
        except Damaged as damage:
            yield damage.message

    def _number_faults(self) -> Iterator[str]:
        """Every number of a series from its first to its newest stands on exactly one document, and no other."""
        for row in self._tx.rows(_SERIES, account_id=self._account_id):
            told = range(row.first_number, row.last_number + 1)  # however long damage may have made it
            found = self._numbers.pop((row.document, row.year), set())
            name = f"series {row.document} {row.year or ''}".strip()
            if row.last_number < row.first_number - 1:
                yield f"{name} ends at {row.last_number}, before its first number {row.first_number}"
            for number in islice((number for number in told if number not in found), NUMBERS_TOLD_MAX):
                yield f"number {number} of {name} is missing"
            for number in islice((number for number in sorted(found) if number not in told), NUMBERS_TOLD_MAX):
                yield f"number {number} is not one of {name}"
        for document, year in self._numbers:
            yield f"there are numbers of a series {document} {year} that was never begun"

    def _counter_faults(self) -> Iterator[str]:
        counted = self._counters()
        clients_found = self._tx.row(_CLIENT_COUNT, account_id=self._account_id)
        assert clients_found is not None
        if counted.invoice_count != self.invoice_count:
            yield f"{counted.invoice_count} invoices are counted, {self.invoice_count} are there"
        if counted.client_count != clients_found.count:
            yield f"{counted.client_count} clients are counted, {clients_found.count} are there"

    def _counters(self) -> Any:
        row = self._tx.row(_COUNTERS, account_id=self._account_id)
        assert row is not None
        return row


def credit_faults(invoice: Invoice, earlier: Sequence[CreditNote], note: CreditNote) -> Iterator[str]:
    """Where a credit note's amounts are not what its lines take back of the invoice's."""
    before = rules.credited(earlier)
    more = {line.index: line.quantity for line in note.line_items}
    if any(index >= len(invoice.line_items) for index in more):
        yield "it has a line that its invoice has not"
        return
    again = rules.price(invoice, before, more)
    for name in again.__struct_fields__:
        if getattr(again, name) != getattr(note, name):
            yield f"{name} is not what the lines take back"
    if note.applied_amount + note.refund_amount != note.total:
        yield "what is applied and what is refunded are not its total"
    for index, quantity in rules.credited([*earlier, note]).items():
        if abs(quantity) > abs(invoice.line_items[index].quantity):
            yield f"more is taken back of line {index} than was billed"


def total_faults(invoice: Invoice) -> Iterator[str]:
    """Where an invoice's amounts are not what its lines come to."""
    form = drafts.form_of(invoice)
    try:
        again = totals.price(invoice.currency, form.line_items, form.discount_rate, form.discount_amount)
    except Problem as problem:
        yield f"its lines cannot be priced ({problem.message})"
        return
    for name in again._fields:
        if getattr(again, name) != getattr(invoice, name):
            yield f"{name} is not what the lines come to"
    if invoice.amount_paid > invoice.total or money.to_minor(invoice.amount_paid, invoice.currency) < 0:
        yield "more is paid than billed"
