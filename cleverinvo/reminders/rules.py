"""Which step of an account's reminders an invoice has reached, and why one is not sent."""

import string
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from cleverinvo import clock
from cleverinvo.invoices.rules import Invoice
from cleverinvo.mail import rules as mail
from cleverinvo.shapes import Noun

OPENS: Final = 9
CLOSES: Final = 18
"""Reminders go out between these hours of the account's time zone; what is due later waits for the morning."""

LATE_DAYS_MAX: Final = 7
"""How long after its day a step is still sent, where the server was down or the day's mails were used up."""

PLACEHOLDERS: Final = ("number", "amount", "due", "client", "seller", "days")

Reason = Literal[
    "not_sent",
    "void",
    "settled",
    "before_policy",
    "before_sending",
    "missed",
    "superseded",
    "paused",
    "no_email",
    "already_reminded",
    "quota",
]
"""Why nothing is sent. `not_sent` and `quota` are no end but a wait: for the invoice, and for tomorrow."""

State = Literal["scheduled", "due", "waiting", "sent", "failed", "cancelled", "skipped"]


class ReminderText(Noun, frozen=True):
    """What a step says in one language; without a subject or a message our own sentence stands there."""

    language: str
    subject: str | None
    message: str | None


class ReminderStep(Noun, frozen=True):
    """A day on which clients are reminded: so many days after the due date, or before it."""

    days: int
    texts: list[ReminderText]


class ReminderPolicy(Noun, frozen=True):
    """When an account's clients are reminded; without steps, never by itself."""

    steps: list[ReminderStep]
    attach_pdf: bool
    updated_at: str | None


class Policy(NamedTuple):
    """A policy with what only the server needs to know of it."""

    noun: ReminderPolicy
    since: str
    """The day from which its steps count: one whose day came before is not made up for."""


class Reminder(Noun, frozen=True):
    """One reminder of an invoice: a step of the policy, or one that was asked for."""

    days: int | None
    """Days after the due date; null where it was asked for."""
    due_on: str
    state: State
    reason: Reason | None
    mail_id: str | None
    created_at: str | None
    """When the mail was queued, or the step skipped."""


class Reminders(Noun, frozen=True):
    """An invoice's reminders, in the order of their days."""

    invoice_id: str
    is_paused: bool
    paused_at: str | None
    next_on: str | None
    """The day of the next one, if the invoice is still open then."""
    data: list[Reminder]


class Past(NamedTuple):
    """A reminder that is over: sent with a mail, or skipped with a reason."""

    days: int | None
    reason: Reason | None
    mail_id: str | None
    mail_status: mail.State | None
    created_on: str
    created_at: str


class Today(NamedTuple):
    """What decides about an invoice's steps beside the invoice."""

    day: date
    since: str
    sent_on: str | None


def is_open_hour(hour: int) -> bool:
    return OPENS <= hour < CLOSES


def day_of(invoice: Invoice, days: int) -> date:
    return clock.days_after(date.fromisoformat(invoice.due_date[:10]), days)


def days_late(invoice: Invoice, today: date) -> int:
    """Days since the due date; negative before it."""
    return (today - date.fromisoformat(invoice.due_date[:10])).days


def objection(invoice: Invoice, days: int, today: Today) -> Reason | None:
    """Why a step is not sent whatever comes; None where it will be when its day has come."""
    on = day_of(invoice, days).isoformat()
    last = clock.days_after(day_of(invoice, days), LATE_DAYS_MAX).isoformat()
    if days < 0:  # that something is about to be due is not said afterwards
        last = min(last, invoice.due_date[:10])
    if reason := closed(invoice):
        return reason
    if on < today.since:
        return "before_policy"
    if today.sent_on is not None and on <= today.sent_on:
        return "before_sending"
    return "missed" if last < today.day.isoformat() else None


def closed(invoice: Invoice) -> Reason | None:
    """Why an invoice has nothing to be reminded of."""
    if invoice.voided_at:
        return "void"
    if not invoice.sent_at:
        return "not_sent"
    return None if invoice.amount_due else "settled"


def reached(invoice: Invoice, steps: Sequence[ReminderStep], past: Sequence[Past], today: date) -> list[int]:
    """The steps whose day has come and that are not over, the earliest first."""
    over = {one.days for one in past}
    return [step.days for step in steps if step.days not in over and day_of(invoice, step.days) <= today]


def outlook(
    invoice: Invoice,
    policy: Policy,
    past: Sequence[Past],
    today: Today,
    *,
    is_out_of_mails: bool,
) -> list[Reminder]:
    """All of an invoice's reminders: those that are over, and what is to be expected of the others."""
    over = {one.days for one in past}
    latest = max((one.days for one in past if one.days is not None), default=None)
    found = [_of_past(invoice, one) for one in past]
    for step in policy.noun.steps:
        if step.days in over:
            continue
        reason = objection(invoice, step.days, today)
        if reason is None and latest is not None and step.days < latest:
            reason = "superseded"
        is_due = day_of(invoice, step.days) <= today.day
        if reason is None and is_due and is_out_of_mails:
            reason = "quota"
        waits = reason in (None, "quota", "not_sent")
        state: State = "skipped" if not waits else "due" if is_due and reason != "not_sent" else "scheduled"
        on = day_of(invoice, step.days).isoformat()
        found.append(
            Reminder(days=step.days, due_on=on, state=state, reason=reason, mail_id=None, created_at=None)
        )
    return sorted(found, key=lambda one: (one.due_on, one.created_at or "~"))


def language_of(locale: str) -> str:
    """The language of a locale such as `de-CH`."""
    return locale.replace("_", "-").partition("-")[0]


def text_for(step: ReminderStep | None, language: str) -> ReminderText | None:
    """What a step says in a language, where somebody has written it."""
    return next((text for text in step.texts if text.language == language), None) if step else None


def last_reached(steps: Sequence[ReminderStep], days: int) -> ReminderStep | None:
    """The step that an invoice so many days late has come to."""
    return next((step for step in reversed(steps) if step.days <= days), None)


def complaint(text: str) -> str | None:
    """What is wrong with the placeholders of a text."""
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError:
        return "A brace stands alone; a placeholder is {number}, and {{ is a brace"
    for _, name, spec, conversion in pieces:
        if name is not None and (name not in PLACEHOLDERS or spec or conversion):
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            return f"Unknown placeholder {{{name[:40]}}}; known are {known}"
    return None


def fill(text: str, names: Mapping[str, str]) -> str:
    """A text without complaint, with what its placeholders stand for."""
    pieces = string.Formatter().parse(text)
    return "".join(literal + (names[name] if name is not None else "") for literal, name, _, _ in pieces)


def _of_past(invoice: Invoice, past: Past) -> Reminder:
    on = past.created_on if past.days is None else day_of(invoice, past.days).isoformat()
    state: State = "skipped" if past.mail_status is None else past.mail_status
    return Reminder(
        days=past.days,
        due_on=on,
        state=state,
        reason=past.reason,
        mail_id=past.mail_id,
        created_at=past.created_at,
    )
