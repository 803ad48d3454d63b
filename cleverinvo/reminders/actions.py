"""The verbs of reminders: set them up, send what is due, send one now, pause and resume."""

from collections.abc import Iterator, Sequence
from datetime import date

from cleverinvo import clock, events
from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store as clients
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.rules import Document
from cleverinvo.errors import Fault, Invalid, InvalidTransition
from cleverinvo.hosting import actions as hosting
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.rules import Invoice
from cleverinvo.mail import actions as mail
from cleverinvo.mail import headers, letters
from cleverinvo.mail import rules as mail_rules
from cleverinvo.mail import store as mail_store
from cleverinvo.mail.forms import Recipients
from cleverinvo.reminders import rules, store
from cleverinvo.reminders.forms import Remind, SetReminders
from cleverinvo.reminders.rules import (
    Past,
    Policy,
    Reason,
    ReminderPolicy,
    Reminders,
    ReminderStep,
    ReminderText,
    Today,
)

SUPERSEDED = "A later reminder says what this one would have said."
PAUSED = "The invoice's reminders were paused."


def get_policy(tx: Tx, account_id: int) -> ReminderPolicy:
    return store.get_policy(tx, account_id).noun


def set_policy(tx: Tx, account_id: int, form: SetReminders, if_match: str | None = None) -> ReminderPolicy:
    """Set when clients are reminded. New steps count from today on: days that have passed are not made up for."""
    before = store.get_policy(tx, account_id)
    tx.expect(before.noun, if_match)
    faults = list(_faults(form))
    if faults:
        raise Invalid(faults)
    known = {step.days for step in before.noun.steps}
    is_new = bool({step.days for step in form.steps} - known)
    noun = ReminderPolicy(steps=steps_of(form), attach_pdf=form.attach_pdf, updated_at=tx.stamp)
    since = _today(tx, account_id).isoformat() if is_new else before.since
    store.set_policy(tx, account_id, Policy(noun, since))
    return noun


def get(tx: Tx, account_id: int, invoice_id: str) -> Reminders:
    """What was sent to an invoice's client, what was skipped and why, and what comes next."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    policy = store.get_policy(tx, account_id)
    found = rules.outlook(
        invoice,
        policy,
        store.list_of_invoice(tx, account_id, invoice_id),
        _today_of(tx, account_id, invoice, policy),
        is_out_of_mails=_is_out_of_mails(tx, account_id),
    )
    paused_at = store.find_pause(tx, account_id, invoice_id)
    expected = [one.due_on for one in found if one.state in ("due", "scheduled")]
    return Reminders(
        invoice_id=invoice.id,
        is_paused=paused_at is not None,
        paused_at=paused_at,
        next_on=expected[0] if expected and invoice.sent_at and paused_at is None else None,
        data=found,
    )


def pause(tx: Tx, account_id: int, invoice_id: str) -> Reminders:
    """Send none for this invoice until it is resumed; one that still waits for a mail server does not go out."""
    invoice_store.get(tx, account_id, invoice_id)
    if store.find_pause(tx, account_id, invoice_id) is None:
        store.begin_pause(tx, account_id, invoice_id)
        mail.cancel(tx, account_id, invoice_id, "reminder", PAUSED)
    return get(tx, account_id, invoice_id)


def resume(tx: Tx, account_id: int, invoice_id: str) -> Reminders:
    """Go on with the steps that are still to come; those that came during the pause stay skipped."""
    invoice_store.get(tx, account_id, invoice_id)
    store.end_pause(tx, account_id, invoice_id)
    return get(tx, account_id, invoice_id)


def remind(tx: Tx, account_id: int, invoice_id: str, form: Remind) -> Reminders:
    """Send a reminder now, whatever the steps say, also while they are paused."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    if rules.closed(invoice):
        raise InvalidTransition(f"An invoice that is {invoice.status} has nothing to be reminded of.")
    to = form.to or _address_of(tx, account_id, invoice)
    if to is None:
        raise Invalid([Fault("to", "The client has no e-mail address; say where to send it")])
    policy = store.get_policy(tx, account_id).noun
    today = _today(tx, account_id)
    step = rules.last_reached(policy.steps, rules.days_late(invoice, today))
    attaches_pdf = policy.attach_pdf if form.attach_pdf is None else form.attach_pdf
    _send(tx, account_id, invoice, to, form, step, None, attaches_pdf=attaches_pdf)
    return get(tx, account_id, invoice_id)


def find_due(tx: Tx, account_id: int, most: int) -> tuple[date, list[str]]:
    """Today, and invoices with a step whose day has come; fewer than `most` are all there are."""
    today = _today(tx, account_id)
    policy = store.get_policy(tx, account_id)
    found: dict[str, None] = {}
    for step in policy.noun.steps:
        last = clock.days_after(today, -step.days)
        first = clock.days_after(last, -rules.LATE_DAYS_MAX)
        if policy.since:
            first = max(first, clock.days_after(date.fromisoformat(policy.since), -step.days))
        found |= dict.fromkeys(store.list_invoices_due(tx, account_id, step.days, first, last, most))
    return today, list(found)[:most]


def remind_due(tx: Tx, account_id: int, invoice_id: str) -> bool:
    """Send the newest of the steps that an invoice has reached, and skip the others for good.

    False where nothing could be done: the account has sent all the mails of a day, and the step waits.
    """
    invoice = invoice_store.get(tx, account_id, invoice_id)
    policy = store.get_policy(tx, account_id)
    past = store.list_of_invoice(tx, account_id, invoice_id)
    today = _today_of(tx, account_id, invoice, policy)
    reached = rules.reached(invoice, policy.noun.steps, past, today.day)
    if not reached:
        return True
    to = _address_of(tx, account_id, invoice)
    reason = rules.objection(invoice, reached[-1], today) or _hindrance(tx, account_id, invoice, past, today, to)
    if reason == "quota":
        return False
    for days in reached[:-1]:
        skipped = rules.objection(invoice, days, today) or reason or "superseded"
        store.insert(tx, account_id, invoice_id, today.day, days, reason=skipped)
    if reason or to is None:
        store.insert(tx, account_id, invoice_id, today.day, reached[-1], reason=reason)
        return True
    step = next(step for step in policy.noun.steps if step.days == reached[-1])
    _send(tx, account_id, invoice, to, Remind(), step, step.days, attaches_pdf=policy.noun.attach_pdf)
    return True


def note_done(tx: Tx, account_id: int, day: date) -> None:
    """Note that nothing of a day is left to send."""
    store.note_done(tx, account_id, day)


def _hindrance(
    tx: Tx, account_id: int, invoice: Invoice, past: Sequence[Past], today: Today, to: Recipients | None
) -> Reason | None:
    """What stands today against a reminder that should go out."""
    if store.find_pause(tx, account_id, invoice.id):
        return "paused"
    if to is None:
        return "no_email"
    if any(one.mail_id and one.created_on == today.day.isoformat() for one in past):
        return "already_reminded"
    return "quota" if _is_out_of_mails(tx, account_id) else None


def _send(
    tx: Tx,
    account_id: int,
    invoice: Invoice,
    to: Recipients,
    form: Remind,
    step: ReminderStep | None,
    days: int | None,
    *,
    attaches_pdf: bool,
) -> None:
    """Queue a letter of what is open now, and tell of it. One that still waits says it no more."""
    mail.cancel(tx, account_id, invoice.id, "reminder", SUPERSEDED)
    today = _today(tx, account_id)
    document = mail.document_of_today(tx, account_id, invoice)
    url = hosting.keep_open(tx, account_id, invoice.id) or invoice.pdf_url
    late = rules.days_late(invoice, today)
    letter = write(document, url, late, form, step, attaches_pdf=attaches_pdf)
    queued = mail.post(
        tx, account_id, invoice.id, "reminder", document, letter, to, form.cc, attaches_pdf=attaches_pdf
    )
    store.insert(tx, account_id, invoice.id, today, days, mail_id=queued.id)
    events.emit(tx, account_id, "invoice.reminded", invoice)


def write(
    document: Document, url: str, late: int, form: Remind, step: ReminderStep | None, *, attaches_pdf: bool
) -> letters.Letter:
    """The letter, in the words of whoever asks for it, of the step, or our own; `late` days after the due date."""
    names = {**letters.names(document), "days": str(abs(late))}
    text = rules.text_for(step, letters.language(document))
    subject = form.subject or (text and text.subject)
    message = form.message or (text and text.message)
    return letters.write(
        document,
        url,
        sentence="mail_overdue" if late > 0 else "mail_before",
        subject=rules.fill(subject, names) if subject else None,
        message=rules.fill(message, names) if message else None,
        attaches_pdf=attaches_pdf,
    )


def _address_of(tx: Tx, account_id: int, invoice: Invoice) -> Recipients | None:
    """Where the client has its mail now; of a client that is gone, where it had it when the invoice was sent."""
    client = clients.find_many(tx, account_id, [invoice.client_id]).get(invoice.client_id)
    parties = invoice_store.find_parties(tx, account_id, invoice.id)
    typed = client.email if client else parties.client.email if parties else None
    known = headers.address(typed or "")
    return None if known is None else Recipients([known])


def _today_of(tx: Tx, account_id: int, invoice: Invoice, policy: Policy) -> Today:
    zone = accounts.get(tx, account_id).time_zone
    sent_on = clock.day_of(invoice.sent_at, zone).isoformat() if invoice.sent_at else None
    return Today(clock.today(tx.now, zone), policy.since, sent_on)


def _today(tx: Tx, account_id: int) -> date:
    return clock.today(tx.now, accounts.get(tx, account_id).time_zone)


def _is_out_of_mails(tx: Tx, account_id: int) -> bool:
    return mail_store.count_since(tx, account_id, mail.DAY) >= mail_rules.DAILY_QUOTA


def _faults(form: SetReminders) -> Iterator[Fault]:
    """Days and languages that stand twice."""
    for place, step in enumerate(form.steps):
        if any(other.days == step.days for other in form.steps[:place]):
            yield Fault(f"steps[{place}].days", "Another step has the same day")
        for number, text in enumerate(step.texts):
            if any(other.language == text.language for other in step.texts[:number]):
                yield Fault(f"steps[{place}].texts[{number}].language", "Another text has the same language")


def steps_of(form: SetReminders) -> list[ReminderStep]:
    """The steps in the order of their days."""
    steps = [
        ReminderStep(
            days=step.days,
            texts=[
                ReminderText(language=text.language, subject=text.subject, message=text.message)
                for text in step.texts
            ],
        )
        for step in form.steps
    ]
    return sorted(steps, key=lambda step: step.days)
