"""Whether what is stored is sound: everything that can be worked out again is, and compared."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from cleverinvo import money
from cleverinvo.accounts import store as accounts
from cleverinvo.credit_notes import rules
from cleverinvo.credit_notes import store as credit_notes_store
from cleverinvo.credit_notes.rules import CreditNote
from cleverinvo.db.schema import clients, counters, credit_notes, events, invoices, payments, series
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.storage import Storage
from cleverinvo.errors import Damaged, Problem
from cleverinvo.invoices import drafts, store, totals
from cleverinvo.invoices.rules import Invoice


class Finding(NamedTuple):
    """Something that is not as it must be."""

    account: str
    what: str


class Report(NamedTuple):
    """What was looked at, and what was found."""

    accounts: int
    invoices: int
    events: int
    documents: int
    findings: list[Finding]


_INVOICES = (
    select(*store.COLUMNS)
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


def verify(tx: Tx, storage: Storage) -> Report:
    """Look at everything of every account, in one snapshot, and at each stored document; reads only."""
    findings: list[Finding] = []
    known = accounts.list_ids(tx)
    invoice_count = event_count = document_count = 0
    for account_id, public_id in known:
        look = AccountLook(tx, account_id, storage)
        findings += (Finding(public_id, what) for what in look.faults())
        invoice_count += look.invoice_count
        event_count += look.event_count
        document_count += look.document_count
    return Report(len(known), invoice_count, event_count, document_count, findings)


class AccountLook:
    """One look at one account."""

    def __init__(self, tx: Tx, account_id: int, storage: Storage) -> None:
        self._tx = tx
        self._account_id = account_id
        self._storage = storage
        self.invoice_count = 0
        self.event_count = 0
        self.document_count = 0
        self._numbers: dict[tuple[str, int], set[int]] = {}
        self._created: set[str] = set()

    def faults(self) -> Iterator[str]:
        yield from self._event_faults()
        yield from self._invoice_faults()
        yield from self._credit_note_faults()
        yield from self._number_faults()
        yield from self._counter_faults()

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

    def _invoice_faults(self) -> Iterator[str]:
        paid = {row.invoice_id: int(row.paid) for row in self._tx.rows(_PAID, account_id=self._account_id)}
        found = self._tx.rows(_CREDITED, account_id=self._account_id)
        credited = {row.invoice_id: int(row.credited) for row in found}
        is_complete = self.event_count == self._counters().event_sequence
        for row in self._tx.stream(_INVOICES, account_id=self._account_id):
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
            if invoice.pdf_sha256 is not None:
                yield from (f"{name}: {fault}" for fault in self._document_faults(invoice.pdf_sha256))

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
            if note.pdf_sha256 is not None:
                yield from (f"{name}: {fault}" for fault in self._document_faults(note.pdf_sha256))

    def _document_faults(self, sha256: str) -> Iterator[str]:
        self.document_count += 1
        try:
            self._storage.fetch(sha256)
        except Damaged as damage:
            yield damage.message

    def _number_faults(self) -> Iterator[str]:
        """Every number of a series from its first to its newest stands on exactly one invoice."""
        for row in self._tx.rows(_SERIES, account_id=self._account_id):
            missing = set(range(row.first_number, row.last_number + 1)) - self._numbers.pop(
                (row.document, row.year), set()
            )
            for number in sorted(missing)[:10]:
                yield f"number {number} of series {row.document} {row.year or ''} is missing".replace("  ", " ")
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
