"""Every table; people, what follows an invoice, and what is kept for a while only have pages of their own.

What holds for all of them: money is whole minor units; an instant is its RFC 3339 text and a calendar date its
ISO text, which sort as time and are the same in both databases; every row that belongs to an account says so.
`seq` is the row's place on disk: new rows are appended, whatever their id.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)

from cleverinvo.db import checksums as _checksums
from cleverinvo.db.columns import SEQ as _Seq
from cleverinvo.db.columns import metadata as metadata
from cleverinvo.db.columns import needed as _needed
from cleverinvo.db.columns import seq_column as _seq
from cleverinvo.db.schema_following import credit_notes as credit_notes
from cleverinvo.db.schema_following import ledger as ledger
from cleverinvo.db.schema_following import mails as mails
from cleverinvo.db.schema_following import payments as payments
from cleverinvo.db.schema_passing import imports as imports
from cleverinvo.db.schema_passing import requests as requests
from cleverinvo.db.schema_passing import usage as usage
from cleverinvo.db.schema_people import recovery_codes as recovery_codes
from cleverinvo.db.schema_people import second_factors as second_factors
from cleverinvo.db.schema_people import sessions as sessions
from cleverinvo.db.schema_people import tickets as tickets
from cleverinvo.db.schema_people import users as users
from cleverinvo.db.schema_reminding import late_fee_policies as late_fee_policies
from cleverinvo.db.schema_reminding import late_fees as late_fees
from cleverinvo.db.schema_reminding import reminder_pauses as reminder_pauses
from cleverinvo.db.schema_reminding import reminder_policies as reminder_policies
from cleverinvo.db.schema_reminding import reminders as reminders


def _index_where(condition: TextClause, name: str, *columns: str, unique: bool = False) -> Index:
    """An index of only those rows of which the condition is true."""
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


_NAMED = text("external_id IS NOT NULL")

accounts = Table(
    "accounts",
    metadata,
    Column("id", _Seq, primary_key=True, autoincrement=True),
    _needed("public_id"),  # acc_…, what people see
    _needed("name"),
    _needed("email"),
    _needed("tier"),  # free, business
    Column("address", Text),
    Column("street", Text),
    Column("postal_code", Text),
    Column("city", Text),
    Column("country_code", Text),
    Column("tax_id", Text),
    Column("legal_registration_id", Text),
    Column("phone", Text),
    Column("contact_name", Text),
    Column("electronic_address", Text),
    *(Column(name, Text) for name in ("iban", "bic", "bank_name", "upi_id", "payment_url")),
    _needed("layout"),  # modern, classic, compact
    _needed("accent_color"),  # #0d5c46
    Column("footer", Text),
    Column("logo_sha256", Text),
    _needed("require_e_invoice", Boolean),
    _needed("currency"),
    _needed("locale"),
    _needed("time_zone"),
    _needed("payment_terms_days", Integer),
    _needed("hosted_page_days", Integer),  # after due or paid
    _needed("numbering"),  # onCreate, onSend
    _needed("number_format"),  # INV-{seq:04}
    _needed("created_at"),
    _needed("updated_at"),
    UniqueConstraint("public_id"),
    sqlite_autoincrement=True,  # a number is never given twice: what is known by it may outlive a removed account
)

demos = Table(  # the account to look around in that an account has opened for itself
    "demos",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    _needed("demo_account_id", BigInteger),
    UniqueConstraint("demo_account_id"),
)

logos = Table(  # kept for ever: a sent invoice is printed with the logo it was sent with
    "logos",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    Column("sha256", Text, primary_key=True),
    _needed("media_type"),
    _needed("width", Integer),
    _needed("height", Integer),
    _needed("content", LargeBinary),
)

counters = Table(  # apart from accounts, which are read often and wide: these change with every write
    "counters",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    _needed("event_sequence", BigInteger),  # of the newest event
    _needed("client_count", BigInteger),  # clients not deleted
    _needed("invoice_count", BigInteger),  # invoices of every status
)

series = Table(  # the newest number of each gapless series; year is 0 where numbers run on for ever
    "series",
    metadata,
    Column("account_id", _Seq, primary_key=True, autoincrement=False),
    Column("document", Text, primary_key=True),  # invoice, credit_note
    Column("year", Integer, primary_key=True, autoincrement=False),
    _needed("first_number", BigInteger),  # 1, or where it was told to begin
    _needed("last_number", BigInteger),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("name"),
    _needed("sha256"),  # of the whole key; the key itself is nowhere
    _needed("prefix"),
    _needed("last4"),
    _needed("scope"),  # full, read
    _needed("created_at"),
    Column("expires_at", Text),
    Column("last_used_at", Text),
    Column("revoked_at", Text),
    UniqueConstraint("sha256"),
    Index("api_keys_by_account", "account_id", "id"),
)

clients = Table(
    "clients",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    _needed("name"),
    Column("email", Text),
    Column("email_folded", Text),  # for finding it whatever its capitals
    Column("address", Text),
    Column("tax_id", Text),
    Column("phone", Text),
    _needed("is_active", Boolean),
    Column("retainer_amount", Text),  # a decimal, not minor units: its currency may change with the account's
    Column("currency", Text),
    Column("locale", Text),
    Column("external_id", Text),
    _needed("metadata"),  # JSON object
    Column("street", Text),
    Column("postal_code", Text),
    Column("city", Text),
    Column("country_code", Text),
    Column("electronic_address", Text),
    Column("legal_registration_id", Text),
    Column("buyer_reference", Text),
    _needed("created_at"),
    _needed("updated_at"),
    Column("deleted_at", Text),
    Column("request", Text),  # the form that made it, where external_id may bring the same form again
    _needed("words"),  # what search finds it by, folded by search.py
    UniqueConstraint("id"),
    _index_where(_NAMED, "clients_by_external_id", "account_id", "external_id", unique=True),
    Index("clients_by_email", "account_id", "email_folded"),
    Index("clients_in_order", "account_id", "seq"),
)

_DRAFTS = text("sent_at IS NULL AND voided_at IS NULL")  # in the index too, or SQLite does not prefer it
_VOID = text("voided_at IS NOT NULL")
_BILLED = text("sent_at IS NOT NULL AND voided_at IS NULL")
_BILLED_TO_CLIENT = ("currency", "total", "amount_credited", "sent_at", "voided_at")  # added up as _SUMMED is
_PUBLIC = text("page_sha256 IS NOT NULL")
_UNPRINTED = text("sent_at IS NOT NULL AND pdf_sha256 IS NULL")
# What is owed is added up from the index alone, whatever else an account has: all that such questions name.
_SUMMED = (
    *("currency", "total", "amount_paid", "amount_credited", "issue_date", "client_id"),
    *("sent_at", "viewed_at", "voided_at"),
)
# The column first: SQLite turns a question so, and knows an index only by the very words of its condition.
_OPEN = text("sent_at IS NOT NULL AND voided_at IS NULL AND total > amount_paid + amount_credited")
_UNTOLD = text(f"{_OPEN.text} AND overdue_told_at IS NULL")

invoices = Table(
    "invoices",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    Column("number", Text),  # INV-0001; null on a draft that is numbered when it is sent
    Column("number_year", Integer),  # the series …
    Column("number_seq", BigInteger),  # … and the place in it
    _needed("client_id"),
    _needed("currency"),
    _needed("issue_date"),
    _needed("due_date"),
    _needed("subtotal", BigInteger),
    _needed("tax_total", BigInteger),
    _needed("discount_total", BigInteger),
    _needed("total", BigInteger),
    _needed("amount_paid", BigInteger),
    _needed("amount_credited", BigInteger),  # by credit notes
    _needed("line_items"),  # JSON, as it is sent: lines are never changed alone
    _needed("tax_breakdown"),  # JSON
    Column("discount_rate", Text),
    Column("discount_amount", Text),
    Column("notes", Text),
    Column("terms", Text),
    Column("purchase_order", Text),
    Column("buyer_reference", Text),
    Column("delivery_date", Text),
    Column("tax_exemption_reason", Text),
    Column("locale", Text),
    Column("external_id", Text),
    _needed("metadata"),  # JSON object
    Column("parties", Text),  # JSON of seller, client and looks as they were when it was sent
    Column("pdf_sha256", Text),  # of the document that was made when it was sent, and is kept for ever
    _needed("created_at"),
    _needed("updated_at"),
    Column("sent_at", Text),
    Column("viewed_at", Text),
    Column("paid_at", Text),
    Column("voided_at", Text),
    Column("revises_id", Text),  # the invoice that was credited for this one
    Column("revised_by_id", Text),
    Column("fee_for_id", Text),  # the invoice whose lateness this one bills
    _needed("page_version", Integer),  # of the public page's token; 0 before sending
    Column("page_sha256", Text),  # of the token that opens it; null where none does
    Column("page_extended_to", Text),  # a day up to which it can be opened at least
    _needed("view_count", Integer),
    Column("last_viewed_at", Text),
    Column("overdue_told_at", Text),  # when the event was written that it is overdue
    Column("request", Text),  # as in clients
    _needed("words"),  # as in clients
    UniqueConstraint("id"),
    UniqueConstraint("account_id", "number"),
    _index_where(_NAMED, "invoices_by_external_id", "account_id", "external_id", unique=True),
    Index("invoices_in_order", "account_id", "seq"),
    Index("invoices_by_client", "account_id", "client_id", "seq"),
    Index("invoices_by_issue_date", "account_id", "issue_date", "seq"),
    _index_where(_PUBLIC, "invoices_by_page", "page_sha256", unique=True),
    _index_where(_UNTOLD, "invoices_untold", "due_date", "seq"),
    _index_where(_UNPRINTED, "invoices_unprinted", "seq"),
    _index_where(_DRAFTS, "invoice_drafts", "account_id", "sent_at", "voided_at", "seq"),
    _index_where(_VOID, "invoices_void", "account_id", "seq"),
    _index_where(_BILLED, "invoices_billed", "account_id", "client_id", *_BILLED_TO_CLIENT),
    _index_where(_OPEN, "invoices_open", "account_id", "due_date", "seq", *_SUMMED),
)

events = Table(
    "events",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("sequence", BigInteger),  # 1, 2, 3 … in commit order, without gaps
    _needed("id"),
    _needed("type"),
    _needed("object_id"),
    _needed("data"),  # JSON of the object as it was then
    Column("previous", Text),  # JSON of the fields that changed, as they were before
    Column("request_id", Text),
    Column("idempotency_key", Text),
    _needed("created_at"),
    UniqueConstraint("account_id", "sequence"),
    UniqueConstraint("id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("key"),
    _needed("fingerprint"),  # of method, path and body
    _needed("status", Integer),
    Column("location", Text),
    _needed("body"),
    _needed("created_at"),
    UniqueConstraint("account_id", "key"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),  # worker
    _needed("beat_at"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    _needed("url"),
    _needed("events"),  # JSON list of filters
    Column("description", Text),
    _needed("is_active", Boolean),
    _needed("header_names"),  # JSON list
    Column("headers", Text),  # sealed JSON object
    _needed("signature"),  # v1, v1a
    Column("public_key", Text),
    _needed("secret"),  # sealed
    Column("old_secret", Text),  # sealed
    Column("old_secret_until", Text),
    _needed("position", BigInteger),  # sequence of the newest event that has become a delivery, or was passed over
    Column("failing_since", Text),
    Column("failed_at", Text),
    Column("rests_until", Text),  # the receiver has asked for quiet
    Column("disabled_at", Text),
    Column("disabled_reason", Text),
    _needed("created_at"),
    _needed("updated_at"),
    Column("deleted_at", Text),
    UniqueConstraint("id"),
    Index("webhooks_in_order", "account_id", "seq"),
)

_PENDING = text("due_at IS NOT NULL")

deliveries = Table(  # an event on its way to an endpoint
    "deliveries",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),
    _needed("webhook_id"),
    _needed("event_id"),
    _needed("event_sequence", BigInteger),
    _needed("event_type"),
    Column("due_at", Text),  # null once it has come to its end; a worker that takes it moves it to its lease's end
    _needed("attempt_count", Integer),
    _needed("tries", Integer),  # attempts since it was last asked for, which is what the schedule counts
    Column("last_attempt_at", Text),
    Column("response_status", Integer),
    Column("error", Text),
    Column("succeeded_at", Text),
    _needed("created_at"),
    UniqueConstraint("id"),
    UniqueConstraint("webhook_id", "event_sequence"),
    _index_where(_PENDING, "deliveries_due", "webhook_id", "due_at"),
    Index("deliveries_in_order", "account_id", "webhook_id", "seq"),
    Index("deliveries_by_event", "account_id", "event_sequence"),
)

attempts = Table(  # to deliver
    "attempts",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("delivery_id"),
    _needed("number", Integer),
    _needed("attempted_at"),
    _needed("milliseconds", Integer),
    _needed("url"),
    _needed("request_headers"),  # JSON object
    Column("response", Text),  # JSON of status, headers and the beginning of the body
    Column("error", Text),
    Index("attempts_in_order", "account_id", "delivery_id", "seq"),
)

_checksums.add_to(metadata)
