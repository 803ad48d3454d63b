"""Policies of reminders, and what was sent and skipped, in the database."""

from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import bindparam, exists, select

from cleverinvo import clock, shapes
from cleverinvo.db import zones
from cleverinvo.db.policies import NEVER, Policies
from cleverinvo.db.schema import invoices, mails, reminder_pauses, reminder_policies, reminders
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.reminders import rules
from cleverinvo.reminders.rules import Past, Policy, Reason, ReminderPolicy, ReminderStep

_POLICIES = Policies(reminder_policies)
_INVOICES_DUE = (
    select(invoices.c.id)
    .where(
        invoices.c.account_id == bindparam("account_id"),
        invoices.c.sent_at.is_not(None),
        invoices.c.voided_at.is_(None),
        invoices.c.total > invoices.c.amount_paid + invoices.c.amount_credited,
        invoices.c.due_date >= bindparam("first"),
        invoices.c.due_date <= bindparam("last"),
        ~exists().where(
            reminders.c.account_id == bindparam("account_id"),
            reminders.c.invoice_id == invoices.c.id,
            reminders.c.days == bindparam("days"),
        ),
    )
    .order_by(invoices.c.due_date, invoices.c.seq)
    .limit(bindparam("most"))
)
_OF_INVOICE = (
    select(reminders, mails.c.status.label("mail_status"))
    .select_from(reminders.outerjoin(mails, mails.c.id == reminders.c.mail_id))
    .where(reminders.c.account_id == bindparam("account_id"), reminders.c.invoice_id == bindparam("invoice_id"))
    .order_by(reminders.c.seq)
)
_INSERT = insert_into(reminders)
_PAUSE = select(reminder_pauses.c.paused_at).where(
    reminder_pauses.c.account_id == bindparam("account_id"),
    reminder_pauses.c.invoice_id == bindparam("invoice_id"),
)
_INSERT_PAUSE = insert_into(reminder_pauses)
_END_PAUSE = reminder_pauses.delete().where(
    reminder_pauses.c.account_id == bindparam("account"), reminder_pauses.c.invoice_id == bindparam("invoice")
)


def get_policy(tx: Tx, account_id: int) -> Policy:
    """The account's policy; one without steps where it has never set any."""
    row = _POLICIES.find(tx, account_id)
    if row is None:
        return Policy(ReminderPolicy(steps=[], attach_pdf=False, updated_at=None), NEVER)
    steps = _steps.decode(row.steps)
    noun = ReminderPolicy(steps=steps, attach_pdf=bool(row.attaches_pdf), updated_at=row.updated_at)
    return Policy(noun, row.since)


def set_policy(tx: Tx, account_id: int, policy: Policy) -> None:
    steps = shapes.encode(policy.noun.steps).decode()
    _POLICIES.set(tx, account_id, steps=steps, attaches_pdf=policy.noun.attach_pdf, since=policy.since)


def list_accounts_due(tx: Tx) -> list[int]:
    """The accounts whose reminders of today are not dealt with, where it is neither early nor late in the day."""
    found: list[int] = []
    for today, here in zones.by_day(tx).items():
        awake = [zone for zone in here if rules.is_open_hour(clock.hour(tx.now, zone))]
        found += _POLICIES.list_accounts_due(tx, today, awake)
    return found


def list_invoices_due(tx: Tx, account_id: int, days: int, first: date, last: date, most: int) -> list[str]:
    """Open invoices due between two days that do not have the step behind them."""
    bound = {"first": first.isoformat(), "last": last.isoformat(), "most": most}
    return [row.id for row in tx.rows(_INVOICES_DUE, account_id=account_id, days=days, **bound)]


def note_done(tx: Tx, account_id: int, day: date) -> None:
    """Note that the reminders of a day are all dealt with."""
    _POLICIES.note_done(tx, account_id, day)


def list_of_invoice(tx: Tx, account_id: int, invoice_id: str) -> Sequence[Past]:
    """What was sent and skipped, in the order in which that happened."""
    return [
        Past(row.days, row.reason, row.mail_id, row.mail_status, row.created_on, row.created_at)
        for row in tx.rows(_OF_INVOICE, account_id=account_id, invoice_id=invoice_id)
    ]


def insert(
    tx: Tx,
    account_id: int,
    invoice_id: str,
    today: date,
    days: int | None,
    *,
    reason: Reason | None = None,
    mail_id: str | None = None,
) -> None:
    """Note what became of a step. The database itself refuses a second note of the same."""
    of = {"account_id": account_id, "invoice_id": invoice_id, "days": days}
    tx.change(_INSERT, **of, reason=reason, mail_id=mail_id, created_on=today.isoformat(), created_at=tx.stamp)


def find_pause(tx: Tx, account_id: int, invoice_id: str) -> str | None:
    """When the invoice's reminders were paused, if they are."""
    row = tx.row(_PAUSE, account_id=account_id, invoice_id=invoice_id)
    return None if row is None else str(row.paused_at)


def begin_pause(tx: Tx, account_id: int, invoice_id: str) -> None:
    tx.change(_INSERT_PAUSE, account_id=account_id, invoice_id=invoice_id, paused_at=tx.stamp)


def end_pause(tx: Tx, account_id: int, invoice_id: str) -> None:
    tx.change(_END_PAUSE, account=account_id, invoice=invoice_id)


_steps = msgspec.json.Decoder(list[ReminderStep])
