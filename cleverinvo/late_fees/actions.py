"""The verbs of late fees: set them up, work one out, bill it as a draft."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from cleverinvo import clock, money
from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store as clients
from cleverinvo.db.policies import NEVER
from cleverinvo.db.transaction import Asked, Tx
from cleverinvo.errors import Conflict, Fault, Invalid, InvalidTransition, Problem
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.invoices.rules import Invoice
from cleverinvo.late_fees import rules, store, wording
from cleverinvo.late_fees.forms import SetLateFees
from cleverinvo.late_fees.rules import Fee, Income, LateFee, LateFeePolicy, Reason, Span
from cleverinvo.late_fees.store import Place
from cleverinvo.payments import store as payments
from cleverinvo.shapes import fill


class Look(NamedTuple):
    """Overdue invoices that are due for a fee, and where to look on; None where all were looked at."""

    invoice_ids: list[str]
    next: Place | None


def get_policy(tx: Tx, account_id: int) -> LateFeePolicy:
    return store.get_policy(tx, account_id)


def set_policy(tx: Tx, account_id: int, form: SetLateFees, if_match: str | None = None) -> LateFeePolicy:
    """Set what lateness costs, for every day that is not billed yet."""
    before = store.get_policy(tx, account_id)
    tx.expect(before, if_match)
    account = accounts.get(tx, account_id)
    currency = (form.currency or account.currency) if form.amount is not None else None
    faults = list(_faults(form, currency))
    if faults:
        raise Invalid(faults)
    policy = LateFeePolicy(
        monthly_rate=form.monthly_rate,
        amount=None if form.amount is None else money.with_digits(form.amount, currency or account.currency),
        currency=currency,
        grace_days=form.grace_days,
        maximum_rate=form.maximum_rate,
        is_automatic=form.is_automatic,
        updated_at=tx.stamp,
    )
    since = store.automatic_since(tx, account_id) or clock.today(tx.now, account.time_zone).isoformat()
    store.set_policy(tx, account_id, policy, since if form.is_automatic else NEVER)
    return policy


def propose(tx: Tx, account_id: int, invoice_id: str) -> LateFee:
    """What an invoice's lateness has cost that is not billed yet; nothing is stored."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    return _propose(tx, account_id, invoice, None)


def bill(tx: Tx, account_id: int, invoice_id: str) -> Invoice:
    """Bill what is proposed by an invoice of its own, a draft. Its days are never billed again."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    return _bill(tx, account_id, invoice, _propose(tx, account_id, invoice, None))


def bill_by_itself(tx: Tx, account_id: int, invoice_id: str) -> Invoice | None:
    """Bill the months that are over, if there are any that are not billed."""
    since = store.automatic_since(tx, account_id)
    if since == NEVER:
        return None
    invoice = invoice_store.get(tx, account_id, invoice_id)
    proposal = _propose(tx, account_id, invoice, date.fromisoformat(since))
    return None if proposal.reason else _bill(tx, account_id, invoice, proposal)


def find_due(tx: Tx, account_id: int, after: Place, most: int) -> Look:
    """Some of the overdue invoices, and which of them have whole months that are not billed."""
    today = today_of(tx, account_id)
    policy, since = store.get_policy(tx, account_id), store.automatic_since(tx, account_id)
    if since == NEVER:
        return Look([], None)
    found = store.list_overdue(tx, account_id, clock.days_after(today, -policy.grace_days), after, most)
    due = [one.id for one in found if _may_be_due(policy, one, date.fromisoformat(since), today)]
    return Look(due, found[-1].place if len(found) == most else None)


def note_done(tx: Tx, account_id: int, day: date) -> None:
    """Note that all late invoices of a day were looked at."""
    store.note_done(tx, account_id, day)


def today_of(tx: Tx, account_id: int) -> date:
    return clock.today(tx.now, accounts.get(tx, account_id).time_zone)


def _may_be_due(policy: LateFeePolicy, one: store.Overdue, since: date, today: date) -> bool:
    """Whether it is worth to work out a fee: there is a whole month that is not billed."""
    due = date.fromisoformat(one.place.due_date)
    first = clock.days_after(date.fromisoformat(one.billed_until) if one.billed_until else due, 1)
    days = rules.by_itself(policy, due, Span(first, clock.days_after(today, -1)), since)
    return days.first <= days.last and not (one.billed_until and policy.amount is not None)


def _propose(tx: Tx, account_id: int, invoice: Invoice, since: date | None) -> LateFee:
    """With `since`, of whole months only, as it is billed by itself."""
    policy = store.get_policy(tx, account_id)
    zone = accounts.get(tx, account_id).time_zone
    today = clock.today(tx.now, zone)
    fees = list(store.list_of_invoice(tx, account_id, invoice.id, today))
    billed_until = max((date.fromisoformat(fee.until_day) for fee in fees), default=None)
    settled_on = rules.came_on(invoice.paid_at, zone) if invoice.paid_at else None
    days: Span | Reason = rules.refusal(policy, invoice) or rules.span(
        policy, invoice, billed_until, settled_on, today, since
    )
    if not isinstance(days, Span):
        return _nothing(invoice, policy, days, fees)
    return _work_out(tx, account_id, invoice, policy, days, fees, zone)


def _work_out(
    tx: Tx, account_id: int, invoice: Invoice, policy: LateFeePolicy, days: Span, fees: list[Fee], zone: str
) -> LateFee:
    incomes = [
        Income(rules.came_on(payment.paid_at, zone), payment.amount)
        for payment in payments.list_of_invoice(tx, account_id, invoice.id)
        if not payment.reversed_at
    ]
    found = rules.stretches(invoice, days, incomes) if policy.monthly_rate is not None else []
    full = (
        rules.interest(policy.monthly_rate, found, invoice.currency)
        if policy.monthly_rate is not None
        else policy.amount or money.ZERO
    )
    billed = sum((fee.amount for fee in fees), money.from_minor(0, invoice.currency))
    amount = rules.capped(policy, invoice, full, billed)
    if not amount:
        return _nothing(invoice, policy, "maximum" if full else "nothing", fees)
    return LateFee(
        invoice_id=invoice.id,
        currency=invoice.currency,
        amount=amount,
        reason=None,
        from_day=days.first.isoformat(),
        until_day=days.last.isoformat(),
        monthly_rate=policy.monthly_rate,
        stretches=found,
        fees=fees,
    )


def _nothing(invoice: Invoice, policy: LateFeePolicy, reason: Reason, fees: list[Fee]) -> LateFee:
    return LateFee(
        invoice_id=invoice.id,
        currency=invoice.currency,
        amount=money.from_minor(0, invoice.currency),
        reason=reason,
        from_day=None,
        until_day=None,
        monthly_rate=policy.monthly_rate,
        stretches=[],
        fees=fees,
    )


def _bill(tx: Tx, account_id: int, invoice: Invoice, proposal: LateFee) -> Invoice:
    """Raises Conflict where there is nothing to bill, and says why."""
    if proposal.reason in ("not_sent", "void"):
        raise InvalidTransition(rules.MEANINGS[proposal.reason])
    if proposal.reason:
        raise Conflict(rules.MEANINGS[proposal.reason])
    if not clients.find_many(tx, account_id, [invoice.client_id]):
        raise Conflict("The invoice's client was deleted; a new invoice cannot be made out to it.")
    assert proposal.from_day
    assert proposal.until_day
    days = Span(date.fromisoformat(proposal.from_day), date.fromisoformat(proposal.until_day))
    draft = _draft(tx, account_id, invoice, proposal, days)
    store.insert(tx, account_id, invoice.id, draft.id, days, proposal.amount, invoice.currency)
    return invoices.link_fee(tx, account_id, invoice, draft)


def _draft(tx: Tx, account_id: int, invoice: Invoice, proposal: LateFee, days: Span) -> Invoice:
    parties = invoice_store.find_parties(tx, account_id, invoice.id)
    assert parties is not None  # it was sent
    description = wording.line(invoice, parties.locale, proposal.monthly_rate, days)
    line = {"description": description, "quantity": 1, "unitPrice": proposal.amount}
    form = fill(
        CreateInvoice,
        {
            "clientId": invoice.client_id,
            "currency": invoice.currency,
            "lineItems": [line],
            "purchaseOrder": invoice.purchase_order,
            "buyerReference": invoice.buyer_reference,
            "locale": invoice.locale,
        },
    )
    (outcome,) = invoices.create(tx, account_id, [Asked(form, tx.origin)])
    if isinstance(outcome, Invoice):
        return outcome
    raise (outcome if isinstance(outcome, Problem) else AssertionError("a form without external id has no twin"))


def _faults(form: SetLateFees, currency: str | None) -> Iterator[Fault]:
    if form.monthly_rate is not None and form.amount is not None:
        yield Fault("amount", "Goes without monthlyRate only")
    if form.monthly_rate is not None and not form.monthly_rate:
        yield Fault("monthlyRate", "Must be more than 0")
    if form.amount is not None and not form.amount:
        yield Fault("amount", "Must be more than 0")
    if form.amount is not None and currency and not money.is_exact(form.amount, currency):
        yield Fault("amount", f"{currency} has {money.DIGITS[currency]} decimals")
    if form.currency is not None and form.amount is None:
        yield Fault("currency", "Goes with amount only")
    if form.is_automatic and form.monthly_rate is None and form.amount is None:
        yield Fault("isAutomatic", "Goes with monthlyRate or amount only")
