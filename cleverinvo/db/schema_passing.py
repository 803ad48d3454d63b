"""The tables of what is kept for a while only: the log of requests, their counts, and lists being imported."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from cleverinvo.db.columns import SEQ, metadata
from cleverinvo.db.columns import needed as _needed
from cleverinvo.db.columns import seq_column as _seq

requests = Table(
    "requests",
    metadata,
    _seq(),
    _needed("account_id", BigInteger),
    _needed("id"),  # of this log's line
    _needed("request_id"),  # as the answer told it; a caller may give several requests the same
    _needed("key_id"),
    _needed("method"),
    _needed("path"),
    _needed("query"),
    _needed("status", Integer),
    _needed("microseconds", BigInteger),
    Column("content_type", Text),
    Column("body", Text),  # its beginning, without secrets
    Column("refusal", Text),  # the answer's body where the status is 400 or above
    _needed("created_at"),
    Index("requests_in_order", "account_id", "seq"),
    Index("requests_by_request_id", "account_id", "request_id", "seq"),
)

usage = Table(  # how many requests there were in each hour
    "usage",
    metadata,
    Column("account_id", SEQ, primary_key=True, autoincrement=False),
    Column("hour", Text, primary_key=True),  # 2026-03-01T10
    _needed("accepted", Integer),
    _needed("refused", Integer),  # by the rate limit
    _needed("unlogged", Integer),  # of both, those for whose line in the log there was no room
)

imports = Table(  # a list of clients as it was uploaded, and how far it has been taken in
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("account_id", BigInteger),
    _needed("user_id"),
    _needed("name"),
    _needed("content", LargeBinary),
    Column("plan", Text),  # JSON of what each column is; null until the import has begun
    _needed("position", Integer),  # rows that were taken in or refused
    _needed("created_clients", Integer),
    _needed("updated_clients", Integer),
    _needed("skipped_rows", Integer),
    _needed("failures", Text),  # JSON list of rows and what is wrong with them
    _needed("created_at"),
    Index("imports_by_age", "created_at"),
)
