"""The tables of what reminds clients of money that is due, and of what its lateness costs."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from cleverinvo.db.columns import SEQ as _Seq
from cleverinvo.db.columns import metadata
from cleverinvo.db.columns import needed as _needed
from cleverinvo.db.columns import seq_column as _seq

reminder_policies = Table(
    "reminder_policies",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    _needed("steps"),  # JSON list
    _needed("attaches_pdf", Boolean),
    _needed("since"),  # the day from which its steps count
    _needed("done_on"),  # the last day whose reminders are all dealt with; empty for none
    _needed("updated_at"),
    Index("reminder_policies_due", "done_on", "account_id"),
)

reminders = Table(  # a step that an invoice has behind it, or a reminder that somebody asked for
    "reminders",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("invoice_id"),
    Column("days", Integer),  # of the step: before (negative) or after the due date; null where it was asked for
    Column("reason", Text),  # why nothing was sent
    Column("mail_id", Text),  # what was sent
    _needed("created_on"),  # the day in the account's time zone
    _needed("created_at"),
    UniqueConstraint("account_id", "invoice_id", "days"),
)

reminder_pauses = Table(
    "reminder_pauses",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    Column("invoice_id", Text, primary_key=True),
    _needed("paused_at"),
)

late_fee_policies = Table(
    "late_fee_policies",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    Column("monthly_rate", Text),  # percent
    Column("amount", Text),  # a decimal, in the currency that follows
    Column("currency", Text),
    _needed("grace_days", Integer),
    Column("maximum_rate", Text),  # percent of the invoice's total
    _needed("is_automatic", Boolean),
    _needed("automatic_since", Text),  # the day from which drafts are made; empty where they are not
    _needed("done_on"),  # as in reminder_policies
    _needed("updated_at"),
    Index("late_fee_policies_due", "done_on", "account_id"),
)

late_fees = Table(  # what was billed, day by day once only; given up by voiding the fee's own invoice
    "late_fees",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("invoice_id"),
    _needed("fee_invoice_id"),
    _needed("from_day"),
    _needed("until_day"),  # the last one
    _needed("amount", BigInteger),
    _needed("currency"),
    _needed("created_at"),
    UniqueConstraint("account_id", "invoice_id", "from_day"),
    UniqueConstraint("fee_invoice_id"),
)
