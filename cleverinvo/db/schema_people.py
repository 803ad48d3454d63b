"""The tables of people: who logs in, where they are logged in, and by what they prove who they are."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint

from cleverinvo.db.columns import metadata
from cleverinvo.db.columns import needed as _needed

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("name"),
    _needed("email"),
    _needed("email_folded"),
    _needed("role"),  # owner, member, reader
    _needed("password_hash"),
    _needed("created_at"),
    _needed("updated_at"),
    Column("last_login_at", Text),
    UniqueConstraint("email_folded"),
    Index("users_by_account", "account_id", "id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("user_id"),
    _needed("sha256"),  # of the cookie's token; the token itself is nowhere
    _needed("browser"),
    _needed("created_at"),
    _needed("last_seen_at"),
    _needed("expires_at"),
    UniqueConstraint("sha256"),
    Index("sessions_by_user", "account_id", "user_id"),
)

tickets = Table(  # one-time links, and the pause between password and code
    "tickets",
    metadata,
    Column("sha256", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("kind"),  # join, reset, email, signup, code, nobody
    Column("role", Text),
    Column("user_id", Text),
    Column("email", Text),
    _needed("created_at"),
    _needed("expires_at"),
    Index("tickets_by_account", "account_id", "kind"),
)

second_factors = Table(  # a program that shows one-time codes, or one that is being set up
    "second_factors",
    metadata,
    Column("user_id", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("secret"),  # sealed
    _needed("last_counter", BigInteger),  # of the newest code that was used: it and those before it work no more
    _needed("created_at"),
    Column("confirmed_at", Text),  # null until a first code was right
)

recovery_codes = Table(  # each works once, and is then deleted
    "recovery_codes",
    metadata,
    Column("sha256", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("user_id"),
    Index("recovery_codes_by_user", "account_id", "user_id"),
)
