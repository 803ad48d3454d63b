"""The tables of what follows an invoice: what came in, what was taken back, what was mailed, and the ledger."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, text

from cleverinvo.db.columns import metadata
from cleverinvo.db.columns import needed as _needed
from cleverinvo.db.columns import seq_column as _seq

payments = Table(
    "payments",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    _needed("invoice_id"),
    _needed("currency"),
    _needed("amount", BigInteger),
    _needed("paid_at"),
    Column("method", Text),
    Column("reference", Text),
    Column("note", Text),
    _needed("created_at"),
    Column("reversed_at", Text),
    UniqueConstraint("id"),
    Index("payments_by_invoice", "account_id", "invoice_id", "seq"),
    Index("payments_by_day", "account_id", "paid_at", "currency", "amount", "reversed_at"),
    Index("payments_in_order", "account_id", "seq"),
)

_UNPRINTED_NOTES = text("pdf_sha256 IS NULL")

credit_notes = Table(
    "credit_notes",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    _needed("number"),  # CN-0001
    _needed("number_seq", BigInteger),
    _needed("invoice_id"),
    _needed("invoice_number"),
    _needed("client_id"),
    _needed("currency"),
    _needed("issue_date"),
    *(_needed(name, BigInteger) for name in ("subtotal", "tax_total", "discount_total", "total")),
    *(_needed(name, BigInteger) for name in ("applied_amount", "refund_amount")),  # off the balance, and the rest
    _needed("line_items"),  # JSON
    _needed("tax_breakdown"),  # JSON
    Column("reason", Text),
    Column("pdf_sha256", Text),
    _needed("created_at"),
    UniqueConstraint("id"),
    UniqueConstraint("account_id", "number"),
    Index("credit_notes_by_invoice", "account_id", "invoice_id", "seq"),
    Index("credit_notes_in_order", "account_id", "seq"),
    Index("credit_notes_by_issue_date", "account_id", "issue_date", "seq"),
    Index("credit_notes_unprinted", "seq", sqlite_where=_UNPRINTED_NOTES, postgresql_where=_UNPRINTED_NOTES),
)

_WAITING = text("status = 'waiting'")

mails = Table(
    "mails",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    Column("invoice_id", Text),  # null where it is about no invoice, but to a person who logs in
    _needed("kind"),  # invoice, reminder, link, person
    _needed("status"),  # waiting, sent, failed, cancelled
    _needed("to"),  # JSON list of addresses
    _needed("cc"),  # the same
    *(
        _needed(name) for name in ("sender_name", "reply_to", "subject", "text", "html")
    ),  # sealed where to a person
    _needed("attaches_pdf", Boolean),
    _needed("attempts", Integer),
    _needed("due_at"),
    Column("claimed_until", Text),
    Column("last_error", Text),
    _needed("created_at"),
    Column("sent_at", Text),
    UniqueConstraint("id"),
    Index("mails_by_invoice", "account_id", "invoice_id", "seq"),
    Index("mails_in_order", "account_id", "seq"),
    Index("mails_by_day", "account_id", "created_at"),
    Index("mails_due", "due_at", "seq", sqlite_where=_WAITING, postgresql_where=_WAITING),
)

ledger = Table(  # what makes the business record, chained; the database itself refuses to change it
    "ledger",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    _needed("sequence", BigInteger),  # 1, 2, 3 … without gaps
    _needed("type"),  # invoice.issued …
    _needed("by"),  # key_…, usr_…, command_line, server
    _needed("object_type"),
    _needed("object_id"),
    _needed("record"),  # JSON in canonical form: the object as it was then
    *(_needed(name) for name in ("record_sha256", "previous_hash", "hash")),
    _needed("created_at"),
    UniqueConstraint("id"),
    UniqueConstraint("account_id", "sequence"),
    Index("ledger_by_object", "account_id", "object_id", "seq"),
    Index("ledger_in_order", "account_id", "seq"),
)
