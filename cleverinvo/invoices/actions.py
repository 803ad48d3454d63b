"""The verbs of invoices, up to sending and voiding. What is paid is told by the payments."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from cleverinvo import clock, events, ids, shapes
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.numbering import series_year, write_number
from cleverinvo.accounts.rules import Account
from cleverinvo.clients import store as clients
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Asked, Together, Tx
from cleverinvo.errors import STATUS, Conflict, Fault, Invalid, InvalidTransition, Problem, describe
from cleverinvo.events import Happened
from cleverinvo.faults import FAULTS_MAX
from cleverinvo.invoices import drafts, rules, store
from cleverinvo.invoices.forms import ChangeInvoice, CreateBatch, CreateInvoice
from cleverinvo.invoices.rules import Batch, BatchItem, Branding, Invoice, Parties, Party, PaymentDetails
from cleverinvo.invoices.store import Place
from cleverinvo.ledger import actions as ledger
from cleverinvo.naturalkey import Repeated, settle_twin
from cleverinvo.shapes import Noun, given

N = TypeVar("N", bound=Noun)

Outcome = Invoice | Repeated | Problem


@Together
def create(tx: Tx, account_id: int, asked: Sequence[Asked]) -> list[Outcome]:
    """New drafts with consecutive numbers, in the order they were asked for.

    Written for many: one look-up of the clients, one step of the counter, one insert for all. A request that is
    refused takes no number.
    """
    outcomes: list[Outcome] = []
    for run in _runs_without_twins(asked):
        outcomes += _create(tx, account_id, run)
    return outcomes


def _create(tx: Tx, account_id: int, asked: Sequence[Asked]) -> list[Outcome]:
    account = accounts.get(tx, account_id)
    known = clients.find_many(tx, account_id, {one.form.client_id for one in asked})
    twins = store.find_twins(tx, account_id, {one.form.external_id for one in asked if one.form.external_id})
    outcomes: list[Outcome] = []
    for one in asked:
        try:
            twin = twins.get(one.form.external_id)
            if twin:
                outcomes.append(settle_twin(one.form.external_id, *twin, one.form))
            else:
                outcomes.append(_draft(tx, account, known, one.form))
        except Problem as problem:
            outcomes.append(problem)
    fresh = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, Invoice)]
    made = _number(tx, account_id, account, [outcomes[place] for place in fresh])  # type: ignore[misc]
    for place, (invoice, _) in zip(fresh, made, strict=True):
        outcomes[place] = invoice
    store.insert_many(tx, account_id, [(*made[n], asked[place].form) for n, place in enumerate(fresh)])
    changes = [Happened("invoice.created", made[n][0], asked[place].origin) for n, place in enumerate(fresh)]
    events.emit_many(tx, account_id, changes)
    return outcomes


def create_batch(tx: Tx, account_id: int, form: CreateBatch) -> Batch:
    """Up to 500 invoices in one request. `atomic` raises what refused them, and none is stored."""
    asked = [Asked(invoice, tx.origin) for invoice in form.invoices]
    outcomes = create(tx, account_id, asked)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    if problems and form.mode == "atomic":
        raise _problem_of_all(outcomes)
    return Batch(
        data=[_batch_item(tx, place, outcome) for place, outcome in enumerate(outcomes)],
        created=sum(isinstance(outcome, Invoice) for outcome in outcomes),
        failed=len(problems),
    )


def draft(tx: Tx, account_id: int, form: CreateInvoice) -> Invoice:
    """What creating would give, or the faults it would name; nothing is stored and no number taken."""
    known = clients.find_many(tx, account_id, [form.client_id])
    return _draft(tx, accounts.get(tx, account_id), known, form)


def duplicate(tx: Tx, account_id: int, invoice_id: str) -> Invoice:
    """A new draft with the same client, lines and texts, dated today, payable in as many days as the original."""
    original = store.get(tx, account_id, invoice_id)
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    form = drafts.form_of_duplicate(original, today)
    (outcome,) = create(tx, account_id, [Asked(form, tx.origin)])
    if isinstance(outcome, Invoice):
        return outcome
    raise (outcome if isinstance(outcome, Problem) else AssertionError("a form without external id has no twin"))


def update(
    tx: Tx, account_id: int, invoice_id: str, change: ChangeInvoice, if_match: str | None = None
) -> Invoice:
    """Change a draft's fields, or the metadata of any invoice. What follows from the lines is worked out anew."""
    before, place = store.get_with_place(tx, account_id, invoice_id)
    _expect(tx, before, if_match)
    changed = given(change).keys()
    if changed <= {"status", "amount_paid"}:
        return before
    form = drafts.changed_form(before, change)
    if changed <= {"metadata", "status", "amount_paid"}:
        after = msgspec.structs.replace(before, metadata=form.metadata)
    else:
        rules.refuse_if_frozen(before)
        # A client deleted meanwhile stays on its drafts; only a newly chosen one must be there.
        deleted_too = form.client_id == before.client_id
        known = clients.find_many(tx, account_id, [form.client_id], deleted_too=deleted_too)
        kept = {name: getattr(before, name) for name in _KEPT}
        after = msgspec.structs.replace(_draft(tx, accounts.get(tx, account_id), known, form), **kept)
    return _record(tx, account_id, "invoice.updated", before, after, place)


_KEPT = ("id", "invoice_number", "external_id", "pdf_url", "created_at", "updated_at", "revises", "fee_for")


def send(tx: Tx, account_id: int, invoice_id: str) -> Invoice:
    """Freeze a draft: number, lines, totals, seller and client are from now on what they are in this moment."""
    before, place = store.get_with_place(tx, account_id, invoice_id)
    if before.voided_at:
        raise InvalidTransition("A void invoice cannot be sent.")
    if before.sent_at:
        return before
    account = accounts.get(tx, account_id)
    is_numbered = before.invoice_number is None
    if is_numbered:
        ((before, place),) = _number(tx, account_id, account, [before], now=True)
    client = clients.find_many(tx, account_id, [before.client_id], deleted_too=True)[before.client_id]
    parties = parties_of(account, client, before.locale)
    after = msgspec.structs.replace(
        before,
        sent_at=tx.stamp,
        paid_at=None if before.total else tx.stamp,
        updated_at=tx.stamp,
        hosted_url=tx.links.page(before.id, store.FIRST_PAGE),
    )
    sent = rules.derived(after, clock.today(tx.now, account.time_zone))
    store.send(tx, account_id, sent, place, parties, is_numbered=is_numbered)
    events.emit(tx, account_id, "invoice.sent", sent, events.difference(before, sent))
    ledger.enter(tx, account_id, "invoice.issued", sent.id, rules.record(sent, parties))
    if sent.status == "PAID":  # nothing to pay
        events.emit(tx, account_id, "invoice.paid", sent)
    return sent


def view(tx: Tx, account_id: int, invoice_id: str) -> Invoice:
    """Note that the client has seen the invoice. Only the first time counts."""
    before = store.get(tx, account_id, invoice_id)
    if before.voided_at or not before.sent_at:
        raise InvalidTransition(f"An invoice that is {before.status} cannot be viewed; send it first.")
    if before.viewed_at:
        return before
    after = msgspec.structs.replace(before, viewed_at=tx.stamp)
    return _settle(tx, account_id, "invoice.viewed", before, after)


def void(tx: Tx, account_id: int, invoice_id: str, if_match: str | None = None) -> Invoice:
    """Declare an invoice invalid. It keeps its number and stays on file; money already paid must go back first."""
    before = store.get(tx, account_id, invoice_id)
    _expect(tx, before, if_match)
    if before.voided_at:
        return before
    if before.amount_paid or before.amount_credited:
        raise InvalidTransition("An invoice with payments or credit notes cannot be voided; credit what is left.")
    if before.invoice_number is None:
        raise InvalidTransition("A draft without a number is not voided but deleted.")
    after = msgspec.structs.replace(before, voided_at=tx.stamp)
    voided = _settle(tx, account_id, "invoice.voided", before, after)
    parties = store.find_parties(tx, account_id, invoice_id)
    ledger.enter(tx, account_id, "invoice.voided", invoice_id, rules.record(voided, parties))
    return voided


def delete(tx: Tx, account_id: int, invoice_id: str, if_match: str | None = None) -> None:
    """Give up a draft. With a number it becomes VOID, as the number stays used; without, it disappears."""
    invoice = store.get(tx, account_id, invoice_id)
    _expect(tx, invoice, if_match)
    if invoice.sent_at:
        raise Conflict("A sent invoice cannot be deleted; void it with POST /invoices/{id}/void.")
    if invoice.invoice_number is not None:
        void(tx, account_id, invoice_id)
        return
    store.delete(tx, account_id, invoice_id)
    events.emit(tx, account_id, "invoice.deleted", invoice)
    if invoice.revises:  # which must not name what is not there
        original = store.get(tx, account_id, invoice.revises)
        _settle(tx, account_id, "invoice.updated", original, msgspec.structs.replace(original, revised_by=None))


def refuse_money(invoice: Invoice, amount: Decimal) -> None:
    """Raises InvalidTransition where an invoice takes no money, Invalid where it takes less than this."""
    if invoice.voided_at or not invoice.sent_at:
        raise InvalidTransition(f"An invoice that is {invoice.status} takes no payments; send it first.")
    if amount > invoice.amount_due:
        balance = f"{invoice.amount_due} {invoice.currency}"
        raise Invalid([Fault("amount", f"More than the open balance of {balance}")])


def receive(
    tx: Tx, account_id: int, before: Invoice, amount: Decimal, paid_at: str, cause: Happened | None = None
) -> Invoice:
    """Count money that came in, which refuse_money has let through, against the balance; `cause` is told first."""
    is_settled = amount == before.amount_due
    after = msgspec.structs.replace(
        before, amount_paid=before.amount_paid + amount, paid_at=paid_at if is_settled else None
    )
    type = "invoice.paid" if is_settled else "invoice.partially_paid"
    return _settle(tx, account_id, type, before, after, cause)


def give_back(tx: Tx, account_id: int, invoice_id: str, amount: Decimal) -> Invoice:
    """Count money no more that went back; the status follows."""
    before = store.get(tx, account_id, invoice_id)
    after = msgspec.structs.replace(before, amount_paid=before.amount_paid - amount)
    if not rules.is_settled(after):
        after = msgspec.structs.replace(after, paid_at=None)
    return _settle(tx, account_id, "invoice.updated", before, after)


def credit(tx: Tx, account_id: int, before: Invoice, amount: Decimal) -> Invoice:
    """Count what a credit note takes back."""
    after = msgspec.structs.replace(before, amount_credited=before.amount_credited + amount)
    if rules.is_settled(before) or not rules.is_settled(after):
        return _settle(tx, account_id, "invoice.updated", before, after)
    return _settle(tx, account_id, "invoice.paid", before, msgspec.structs.replace(after, paid_at=tx.stamp))


def link_revision(tx: Tx, account_id: int, original: Invoice, draft: Invoice) -> Invoice:
    """Let an invoice and the draft that bills it anew know of each other; the draft as it is then."""
    _settle(tx, account_id, "invoice.updated", original, msgspec.structs.replace(original, revised_by=draft.id))
    after = msgspec.structs.replace(draft, revises=original.id)
    return _settle(tx, account_id, "invoice.updated", draft, after)


def link_fee(tx: Tx, account_id: int, late: Invoice, draft: Invoice) -> Invoice:
    """Let a draft say of which invoice it bills the lateness."""
    after = msgspec.structs.replace(draft, fee_for=late.id)
    return _settle(tx, account_id, "invoice.updated", draft, after)


def _expect(tx: Tx, invoice: Invoice, if_match: str | None) -> None:
    """As tx.expect; but whoever saw the invoice before its PDF was stored, after sending, has seen it as it is."""
    unprinted = msgspec.structs.replace(invoice, pdf_sha256=None)
    is_seen = if_match is not None and shapes.matches(if_match, tx.encode(unprinted))
    tx.expect(invoice, None if is_seen else if_match)


def parties_of(account: Account, client: Client, locale: str | None) -> Parties:
    """Seller, client, and how the seller's documents look, as they are now."""
    return Parties(
        seller=_pick(Party, account),
        client=_pick(Party, client),
        payment=_pick(PaymentDetails, account),
        branding=_pick(Branding, account),
        locale=locale or client.locale or account.locale,
    )


def _pick(noun: type[N], of: Account | Client) -> N:
    """The fields of a noun, taken from one that has them among others."""
    names = [name for name in noun.__struct_fields__ if hasattr(of, name)]
    return noun(**{name: getattr(of, name) for name in names})


def _draft(tx: Tx, account: Account, known: Mapping[str, Client], form: CreateInvoice) -> Invoice:
    invoice_id = ids.new("inv", tx.now)
    return drafts.make(
        account,
        known,
        form,
        id=invoice_id,
        today=clock.today(tx.now, account.time_zone),
        stamp=tx.stamp,
        pdf_url=tx.links.pdf(invoice_id),
    )


def _number(
    tx: Tx, account_id: int, account: Account, invoices: Sequence[Invoice], *, now: bool = False
) -> list[tuple[Invoice, Place]]:
    """Give invoices the next numbers of their series; where numbers come on sending, only if that is `now`."""
    if account.numbering == "onSend" and not now:
        return [(invoice, Place()) for invoice in invoices]
    years = [series_year(account.number_format, invoice.issue_date) for invoice in invoices]
    next_in = {year: store.take_numbers(tx, account_id, year, years.count(year)) for year in sorted(set(years))}
    numbered = []
    for invoice, year in zip(invoices, years, strict=True):
        seq = next_in[year]
        next_in[year] += 1
        number = write_number(account.number_format, year, seq)
        numbered.append((msgspec.structs.replace(invoice, invoice_number=number), Place(year, seq)))
    return numbered


def _record(
    tx: Tx,
    account_id: int,
    type: str,
    before: Invoice,
    after: Invoice,
    place: Place,
) -> Invoice:
    """Store what a verb has made of an invoice, and tell of it; nothing at all if nothing changed."""
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    after = rules.derived(after, today)
    previous = events.difference(before, after)
    if not previous:
        return before
    after = msgspec.structs.replace(after, updated_at=tx.stamp)
    store.update(tx, account_id, after, place)
    events.emit(tx, account_id, type, after, previous)
    return after


def _settle(
    tx: Tx, account_id: int, type: str, before: Invoice, after: Invoice, cause: Happened | None = None
) -> Invoice:
    """As _record, where only facts of the lifecycle changed: neither texts nor search are touched."""
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    after = msgspec.structs.replace(rules.derived(after, today), updated_at=tx.stamp)
    store.update_facts(tx, account_id, after)
    change = Happened(type, after, tx.origin, events.difference(before, after))
    events.emit_many(tx, account_id, [cause, change] if cause else [change])
    return after


def _runs_without_twins(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Cut the requests so that no external id comes twice in a run: the second must see what the first made."""
    run: list[Asked] = []
    seen: set[str] = set()
    for one in asked:
        external_id = one.form.external_id
        if external_id in seen:
            yield run
            run, seen = [], set()
        run.append(one)
        if external_id is not None:
            seen.add(external_id)
    yield run


def _batch_item(tx: Tx, place: int, outcome: Outcome) -> BatchItem:
    match outcome:
        case Invoice():
            return BatchItem(index=place, status=201, invoice=tx.encoded(outcome), error=None)
        case Repeated(invoice):
            return BatchItem(index=place, status=200, invoice=tx.encoded(invoice), error=None)
        case Problem():
            return BatchItem(index=place, status=STATUS[outcome.code], invoice=None, error=describe(outcome))


def _problem_of_all(outcomes: Sequence[Outcome]) -> Problem:
    """One problem for a batch that is refused as a whole, naming every bad field of every invoice."""
    problems = [(place, outcome) for place, outcome in enumerate(outcomes) if isinstance(outcome, Problem)]
    details = [
        Fault(f"invoices[{place}].{fault.field}", fault.message)
        for place, problem in problems
        for fault in problem.details or [Fault("externalId", problem.message)]
    ]
    conflicts = [problem for _, problem in problems if isinstance(problem, Conflict)]
    return Conflict(conflicts[0].message, details) if conflicts else Invalid(details[:FAULTS_MAX])
