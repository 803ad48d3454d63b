"""The tables, the search that follows them, and the guard over numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _create_tables()
    _create_webhook_tables()
    _create_reminder_tables()
    _add_checksums()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRES:
        op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("street", sa.Text()),
        sa.Column("postal_code", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("country_code", sa.Text()),
        sa.Column("tax_id", sa.Text()),
        sa.Column("legal_registration_id", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("contact_name", sa.Text()),
        sa.Column("electronic_address", sa.Text()),
        sa.Column("iban", sa.Text()),
        sa.Column("bic", sa.Text()),
        sa.Column("bank_name", sa.Text()),
        sa.Column("upi_id", sa.Text()),
        sa.Column("payment_url", sa.Text()),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("accent_color", sa.Text(), nullable=False),
        sa.Column("footer", sa.Text()),
        sa.Column("logo_sha256", sa.Text()),
        sa.Column("require_e_invoice", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("payment_terms_days", sa.Integer(), nullable=False),
        sa.Column("hosted_page_days", sa.Integer(), nullable=False),
        sa.Column("numbering", sa.Text(), nullable=False),
        sa.Column("number_format", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("public_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "demos",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("demo_account_id", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("demo_account_id"),
    )
    op.create_table(
        "logos",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False),
        sa.Column("client_count", sa.BigInteger(), nullable=False),
        sa.Column("invoice_count", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "series",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text(), primary_key=True),
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text()),
        sa.Column("last_used_at", sa.Text()),
        sa.Column("revoked_at", sa.Text()),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("api_keys_by_account", "api_keys", ["account_id", "id"])
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("last_login_at", sa.Text()),
        sa.UniqueConstraint("email_folded"),
    )
    op.create_index("users_by_account", "users", ["account_id", "id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("sessions_by_user", "sessions", ["account_id", "user_id"])
    op.create_table(
        "tickets",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("user_id", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
    )
    op.create_index("tickets_by_account", "tickets", ["account_id", "kind"])
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_counter", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.Text()),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
    )
    op.create_index("recovery_codes_by_user", "recovery_codes", ["account_id", "user_id"])
    op.create_table(
        "requests",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("microseconds", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.Text()),
        sa.Column("body", sa.Text()),
        sa.Column("refusal", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
    )
    op.create_index("requests_in_order", "requests", ["account_id", "seq"])
    op.create_index("requests_by_request_id", "requests", ["account_id", "request_id", "seq"])
    op.create_table(
        "usage",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("hour", sa.Text(), primary_key=True),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("unlogged", sa.Integer(), nullable=False),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.Text()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_clients", sa.Integer(), nullable=False),
        sa.Column("updated_clients", sa.Integer(), nullable=False),
        sa.Column("skipped_rows", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
    )
    op.create_index("imports_by_age", "imports", ["created_at"])
    op.create_table(
        "clients",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("email_folded", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("tax_id", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("retainer_amount", sa.Text()),
        sa.Column("currency", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("external_id", sa.Text()),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("street", sa.Text()),
        sa.Column("postal_code", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("country_code", sa.Text()),
        sa.Column("electronic_address", sa.Text()),
        sa.Column("legal_registration_id", sa.Text()),
        sa.Column("buyer_reference", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text()),
        sa.Column("request", sa.Text()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.UniqueConstraint("id"),
    )
    op.create_index("clients_by_email", "clients", ["account_id", "email_folded"])
    op.create_index(
        "clients_by_external_id",
        "clients",
        ["account_id", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index("clients_in_order", "clients", ["account_id", "seq"])
    op.create_table(
        "invoices",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("number_year", sa.Integer()),
        sa.Column("number_seq", sa.BigInteger()),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Text(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("tax_total", sa.BigInteger(), nullable=False),
        sa.Column("discount_total", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("amount_credited", sa.BigInteger(), nullable=False),
        sa.Column("line_items", sa.Text(), nullable=False),
        sa.Column("tax_breakdown", sa.Text(), nullable=False),
        sa.Column("discount_rate", sa.Text()),
        sa.Column("discount_amount", sa.Text()),
        sa.Column("notes", sa.Text()),
        sa.Column("terms", sa.Text()),
        sa.Column("purchase_order", sa.Text()),
        sa.Column("buyer_reference", sa.Text()),
        sa.Column("delivery_date", sa.Text()),
        sa.Column("tax_exemption_reason", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("external_id", sa.Text()),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("parties", sa.Text()),
        sa.Column("pdf_sha256", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Text()),
        sa.Column("viewed_at", sa.Text()),
        sa.Column("paid_at", sa.Text()),
        sa.Column("voided_at", sa.Text()),
        sa.Column("revises_id", sa.Text()),
        sa.Column("revised_by_id", sa.Text()),
        sa.Column("fee_for_id", sa.Text()),
        sa.Column("page_version", sa.Integer(), nullable=False),
        sa.Column("page_sha256", sa.Text()),
        sa.Column("page_extended_to", sa.Text()),
        sa.Column("view_count", sa.Integer(), nullable=False),
        sa.Column("last_viewed_at", sa.Text()),
        sa.Column("overdue_told_at", sa.Text()),
        sa.Column("request", sa.Text()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.UniqueConstraint("account_id", "number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "invoice_drafts",
        "invoices",
        ["account_id", "sent_at", "voided_at", "seq"],
        sqlite_where=sa.text("sent_at IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND voided_at IS NULL"),
    )
    op.create_index("invoices_by_client", "invoices", ["account_id", "client_id", "seq"])
    op.create_index(
        "invoices_by_external_id",
        "invoices",
        ["account_id", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    untold = (
        "sent_at IS NOT NULL AND voided_at IS NULL AND total > amount_paid + amount_credited "
        "AND overdue_told_at IS NULL"
    )
    op.create_index(
        "invoices_untold",
        "invoices",
        ["due_date", "seq"],
        sqlite_where=sa.text(untold),
        postgresql_where=sa.text(untold),
    )
    op.create_index(
        "invoices_by_page",
        "invoices",
        ["page_sha256"],
        unique=True,
        sqlite_where=sa.text("page_sha256 IS NOT NULL"),
        postgresql_where=sa.text("page_sha256 IS NOT NULL"),
    )
    op.create_index("invoices_by_issue_date", "invoices", ["account_id", "issue_date", "seq"])
    op.create_index(
        "invoices_unprinted",
        "invoices",
        ["seq"],
        sqlite_where=sa.text("sent_at IS NOT NULL AND pdf_sha256 IS NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL AND pdf_sha256 IS NULL"),
    )
    op.create_index("invoices_in_order", "invoices", ["account_id", "seq"])
    op.create_index(
        "invoices_void",
        "invoices",
        ["account_id", "seq"],
        sqlite_where=sa.text("voided_at IS NOT NULL"),
        postgresql_where=sa.text("voided_at IS NOT NULL"),
    )
    op.create_index(
        "invoices_billed",
        "invoices",
        ["account_id", "client_id", "currency", "total", "amount_credited", "sent_at", "voided_at"],
        sqlite_where=sa.text("sent_at IS NOT NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL AND voided_at IS NULL"),
    )
    op.create_index(
        "invoices_open",
        "invoices",
        [
            *(
                "account_id",
                "due_date",
                "seq",
                "currency",
                "total",
                "amount_paid",
                "amount_credited",
                "issue_date",
                "client_id",
            ),
            *("sent_at", "viewed_at", "voided_at"),
        ],
        sqlite_where=sa.text(
            "sent_at IS NOT NULL AND voided_at IS NULL AND total > amount_paid + amount_credited"
        ),
        postgresql_where=sa.text(
            "sent_at IS NOT NULL AND voided_at IS NULL AND total > amount_paid + amount_credited"
        ),
    )
    op.create_table(
        "payments",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.Text(), nullable=False),
        sa.Column("method", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.Text()),
        sa.UniqueConstraint("id"),
    )
    op.create_index("payments_by_day", "payments", ["account_id", "paid_at", "currency", "amount", "reversed_at"])
    op.create_index("payments_by_invoice", "payments", ["account_id", "invoice_id", "seq"])
    op.create_index("payments_in_order", "payments", ["account_id", "seq"])
    op.create_table(
        "credit_notes",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_seq", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Text(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("tax_total", sa.BigInteger(), nullable=False),
        sa.Column("discount_total", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("applied_amount", sa.BigInteger(), nullable=False),
        sa.Column("refund_amount", sa.BigInteger(), nullable=False),
        sa.Column("line_items", sa.Text(), nullable=False),
        sa.Column("tax_breakdown", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("pdf_sha256", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("account_id", "number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("credit_notes_by_invoice", "credit_notes", ["account_id", "invoice_id", "seq"])
    op.create_index("credit_notes_in_order", "credit_notes", ["account_id", "seq"])
    op.create_index("credit_notes_by_issue_date", "credit_notes", ["account_id", "issue_date", "seq"])
    op.create_index(
        "credit_notes_unprinted",
        "credit_notes",
        ["seq"],
        sqlite_where=sa.text("pdf_sha256 IS NULL"),
        postgresql_where=sa.text("pdf_sha256 IS NULL"),
    )
    op.create_table(
        "mails",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("cc", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("attaches_pdf", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.Text()),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Text()),
        sa.UniqueConstraint("id"),
    )
    op.create_index("mails_by_day", "mails", ["account_id", "created_at"])
    op.create_index("mails_by_invoice", "mails", ["account_id", "invoice_id", "seq"])
    op.create_index(
        "mails_due",
        "mails",
        ["due_at", "seq"],
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index("mails_in_order", "mails", ["account_id", "seq"])
    op.create_table(
        "ledger",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_sha256", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("account_id", "sequence"),
    )
    op.create_index("ledger_by_object", "ledger", ["account_id", "object_id", "seq"])
    op.create_index("ledger_in_order", "ledger", ["account_id", "seq"])
    op.create_table(
        "events",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("account_id", "sequence"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("account_id", "key"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("beat_at", sa.Text(), nullable=False),
    )


def _add_checksums() -> None:
    """To every table but those whose figures can be counted again, and an index of the rows that lack theirs."""
    for name in sa.inspect(op.get_bind()).get_table_names():
        if name not in ("alembic_version", "counters", "series"):
            op.add_column(name, sa.Column("checksum", sa.BigInteger()))
            lacking = sa.text("checksum IS NULL")
            op.create_index(f"{name}_unsummed", name, ["checksum"], sqlite_where=lacking, postgresql_where=lacking)


def _create_webhook_tables() -> None:
    op.create_table(
        "webhooks",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("header_names", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text()),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text()),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text()),
        sa.Column("old_secret_until", sa.Text()),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.Text()),
        sa.Column("failed_at", sa.Text()),
        sa.Column("rests_until", sa.Text()),
        sa.Column("disabled_at", sa.Text()),
        sa.Column("disabled_reason", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text()),
        sa.UniqueConstraint("id"),
    )
    op.create_index("webhooks_in_order", "webhooks", ["account_id", "seq"])
    op.create_table(
        "deliveries",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text()),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_attempt_at", sa.Text()),
        sa.Column("response_status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("succeeded_at", sa.Text()),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("webhook_id", "event_sequence"),
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["webhook_id", "due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("deliveries_in_order", "deliveries", ["account_id", "webhook_id", "seq"])
    op.create_index("deliveries_by_event", "deliveries", ["account_id", "event_sequence"])
    op.create_table(
        "attempts",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("request_headers", sa.Text(), nullable=False),
        sa.Column("response", sa.Text()),
        sa.Column("error", sa.Text()),
    )
    op.create_index("attempts_in_order", "attempts", ["account_id", "delivery_id", "seq"])


def _create_reminder_tables() -> None:
    op.create_table(
        "reminder_policies",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("attaches_pdf", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
    )
    op.create_index("reminder_policies_due", "reminder_policies", ["done_on", "account_id"])
    op.create_table(
        "reminders",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.Column("mail_id", sa.Text()),
        sa.Column("created_on", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("account_id", "invoice_id", "days"),
    )
    op.create_table(
        "reminder_pauses",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("invoice_id", sa.Text(), primary_key=True),
        sa.Column("paused_at", sa.Text(), nullable=False),
    )
    op.create_table(
        "late_fee_policies",
        sa.Column("account_id", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("monthly_rate", sa.Text()),
        sa.Column("amount", sa.Text()),
        sa.Column("currency", sa.Text()),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("maximum_rate", sa.Text()),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("automatic_since", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
    )
    op.create_index("late_fee_policies_due", "late_fee_policies", ["done_on", "account_id"])
    op.create_table(
        "late_fees",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("fee_invoice_id", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("until_day", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.UniqueConstraint("account_id", "invoice_id", "from_day"),
        sa.UniqueConstraint("fee_invoice_id"),
    )


# An invoice is found by its own words and by its client's; the database itself keeps the index up to date,
# whichever of the two changes; new ones are indexed by what inserts them. See docs/decisions/0006-search-in-the-database.md.
# Words come folded and cut from search.py; whatever is no space is part of one, in every version of Unicode.
_FTS = """fts5(
    words, content='', contentless_delete=1, detail=none,
    tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
)"""
_CLIENT_WORDS = "coalesce((SELECT words FROM clients WHERE id = new.client_id), '')"
# Nothing of a demonstration was ever anybody's business: it may be deleted with its account.
_IS_DEMO = "EXISTS (SELECT 1 FROM demos WHERE demo_account_id = old.account_id)"
_SQLITE = [
    f"CREATE VIRTUAL TABLE clients_search USING {_FTS}",
    f"CREATE VIRTUAL TABLE invoices_search USING {_FTS}",
    """
    CREATE TRIGGER client_words_added AFTER INSERT ON clients BEGIN
        INSERT INTO clients_search (rowid, words) VALUES (new.seq, new.words);
    END
    """,
    """
    CREATE TRIGGER client_words_removed AFTER DELETE ON clients BEGIN
        DELETE FROM clients_search WHERE rowid = old.seq;
    END
    """,
    """
    CREATE TRIGGER client_words_changed AFTER UPDATE OF words ON clients WHEN old.words IS NOT new.words BEGIN
        UPDATE clients_search SET words = new.words WHERE rowid = new.seq;
        UPDATE invoices_search
        SET words = (SELECT invoices.words || ' ' || new.words FROM invoices WHERE seq = invoices_search.rowid)
        WHERE rowid IN (SELECT seq FROM invoices WHERE account_id = new.account_id AND client_id = new.id);
    END
    """,
    f"""
    CREATE TRIGGER invoice_words_changed AFTER UPDATE OF words, client_id ON invoices
    WHEN old.words IS NOT new.words OR old.client_id IS NOT new.client_id BEGIN
        UPDATE invoices_search SET words = new.words || ' ' || {_CLIENT_WORDS} WHERE rowid = new.seq;
    END
    """,
    """
    CREATE TRIGGER invoice_words_removed AFTER DELETE ON invoices BEGIN
        DELETE FROM invoices_search WHERE rowid = old.seq;
    END
    """,
    f"""
    CREATE TRIGGER numbered_invoice_stays BEFORE DELETE ON invoices
    WHEN old.number IS NOT NULL AND NOT {_IS_DEMO} BEGIN
        SELECT RAISE(ABORT, 'an invoice with a number is never deleted');
    END
    """,
    *(
        f"""
        CREATE TRIGGER ledger_stays_on_{verb.lower()} BEFORE {verb} ON ledger {but} BEGIN
            SELECT RAISE(ABORT, 'the ledger is never changed');
        END
        """
        for verb, but in (("UPDATE", ""), ("DELETE", f"WHEN NOT {_IS_DEMO}"))
    ),
]
_POSTGRES = [
    "ALTER TABLE clients ADD COLUMN search tsvector",
    "ALTER TABLE invoices ADD COLUMN search tsvector",
    "CREATE INDEX clients_search ON clients USING gin (search)",
    "CREATE INDEX invoices_search ON invoices USING gin (search)",
    """
    CREATE FUNCTION index_client() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        new.search := array_to_tsvector(string_to_array(new.words, ' '));
        RETURN new;
    END $$
    """,
    """
    CREATE FUNCTION index_invoice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        new.search := array_to_tsvector(string_to_array(
            concat_ws(' ', new.words, (SELECT words FROM clients WHERE id = new.client_id)), ' '
        ));
        RETURN new;
    END $$
    """,
    """
    CREATE FUNCTION index_invoices_of_client() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE invoices SET words = words WHERE account_id = new.account_id AND client_id = new.id;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION keep_numbered_invoice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {_IS_DEMO} THEN RETURN old; END IF;
        RAISE EXCEPTION 'an invoice with a number is never deleted';
    END $$
    """,
    """
    CREATE TRIGGER client_words BEFORE INSERT OR UPDATE OF words ON clients
    FOR EACH ROW EXECUTE FUNCTION index_client()
    """,
    """
    CREATE TRIGGER client_words_changed AFTER UPDATE OF words ON clients
    FOR EACH ROW WHEN (old.words IS DISTINCT FROM new.words) EXECUTE FUNCTION index_invoices_of_client()
    """,
    """
    CREATE TRIGGER invoice_words BEFORE INSERT OR UPDATE OF words, client_id ON invoices
    FOR EACH ROW EXECUTE FUNCTION index_invoice()
    """,
    """
    CREATE TRIGGER numbered_invoice_stays BEFORE DELETE ON invoices
    FOR EACH ROW WHEN (old.number IS NOT NULL) EXECUTE FUNCTION keep_numbered_invoice()
    """,
    f"""
    CREATE FUNCTION keep_ledger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' AND {_IS_DEMO} THEN RETURN old; END IF;
        RAISE EXCEPTION 'the ledger is never changed';
    END $$
    """,
    """
    CREATE TRIGGER ledger_stays BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION keep_ledger()
    """,
]
