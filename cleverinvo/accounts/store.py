"""Accounts and keys in the database: rows in, nouns out."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from cleverinvo.accounts.rules import Account, ApiKey, Logo
from cleverinvo.db.schema import accounts, api_keys, counters, demos, invoices, logos, metadata, series
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound


class Bearer(NamedTuple):
    """What a key says about the request that carries it."""

    key_id: str
    account_id: int
    public_id: str
    tier: str
    scope: str
    expires_at: str | None
    revoked_at: str | None


_BY_ID = select(accounts).where(accounts.c.id == bindparam("account_id"))
_ID_BY_PUBLIC_ID = select(accounts.c.id).where(accounts.c.public_id == bindparam("public_id"))
_IDS = select(accounts.c.id, accounts.c.public_id).order_by(accounts.c.id)
_ALL = select(accounts).order_by(accounts.c.id)
_COUNT = select(func.count().label("count")).select_from(accounts)
_INSERT = insert_into(accounts).returning(accounts.c.id)
_LOGO = select(logos).where(logos.c.account_id == bindparam("account_id"), logos.c.sha256 == bindparam("sha256"))
_DEMO = select(demos.c.demo_account_id).where(demos.c.account_id == bindparam("account_id"))
_INSERT_DEMO = insert_into(demos)
_IS_DEMO = select(demos.c.account_id).where(demos.c.demo_account_id == bindparam("demo"))
_FORGET_DEMO = demos.delete().where(demos.c.demo_account_id == bindparam("demo"))
_DELETE = accounts.delete().where(accounts.c.id == bindparam("account"))
_DELETE_ALL = [
    table.delete().where(table.c.account_id == bindparam("account"))
    for table in metadata.sorted_tables
    if "account_id" in table.c and table is not demos
]
_INSERT_LOGO = insert_into(logos)
_INSERT_COUNTERS = insert_into(counters)
_INSERT_KEY = insert_into(api_keys)
_KEY_BY_DIGEST = (
    select(
        api_keys.c.id,
        api_keys.c.account_id,
        accounts.c.public_id,
        accounts.c.tier,
        api_keys.c.scope,
        api_keys.c.expires_at,
        api_keys.c.revoked_at,
    )
    .join(accounts, accounts.c.id == api_keys.c.account_id)
    .where(api_keys.c.sha256 == bindparam("sha256"))
)
_KEYS = select(api_keys).where(api_keys.c.account_id == bindparam("account_id")).order_by(api_keys.c.id)
_REVOKE = (
    api_keys.update()
    .where(api_keys.c.account_id == bindparam("account"), api_keys.c.id == bindparam("key"))
    .where(api_keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_LAST_NUMBERS = select(series.c.year, series.c.last_number).where(
    series.c.account_id == bindparam("account_id"), series.c.document == bindparam("of")
)
_NUMBERS = select(invoices.c.number).where(
    invoices.c.account_id == bindparam("account_id"), invoices.c.number.like(bindparam("pattern"))
)
_TOUCH = (
    api_keys.update()
    .where(api_keys.c.account_id == bindparam("account"), api_keys.c.id == bindparam("key"))
    .values(last_used_at=bindparam("now"))
)


def get(tx: Tx, account_id: int) -> Account:
    """The account, read once in a transaction: nobody else writes to it meanwhile."""
    account: Account | None = tx.known.get((Account, account_id))
    if account is None:
        row = tx.row(_BY_ID, account_id=account_id)
        if row is None:
            raise NotFound("No such account.")
        account = tx.known[Account, account_id] = _account(row)
    return account


def find_id(tx: Tx, public_id: str) -> int:
    """The number behind an `acc_…` id, by which everything of the account is kept."""
    row = tx.row(_ID_BY_PUBLIC_ID, public_id=public_id)
    if row is None:
        raise NotFound(f"No account {public_id}.")
    return int(row.id)


def list_ids(tx: Tx) -> list[tuple[int, str]]:
    return [(row.id, row.public_id) for row in tx.rows(_IDS)]


def list_all(tx: Tx) -> list[Account]:
    return [_account(row) for row in tx.rows(_ALL)]


def count(tx: Tx) -> int:
    row = tx.row(_COUNT)
    assert row is not None
    return int(row.count)


def insert(tx: Tx, account: Account) -> int:
    """Store a new account; the number by which everything of it will be kept."""
    row = tx.row(_INSERT, **_columns(account))
    assert row is not None
    tx.change(_INSERT_COUNTERS, account_id=row.id, event_sequence=0, client_count=0, invoice_count=0)
    return int(row.id)


def update(tx: Tx, account_id: int, account: Account) -> None:
    tx.change(_UPDATE, account_id=account_id, **_columns(account))
    tx.known.pop((Account, account_id), None)


def find_demo(tx: Tx, account_id: int) -> int | None:
    """The account that this one has to look around in."""
    row = tx.row(_DEMO, account_id=account_id)
    return None if row is None else int(row.demo_account_id)


def keep_demo(tx: Tx, account_id: int, demo_account_id: int) -> None:
    tx.change(_INSERT_DEMO, account_id=account_id, demo_account_id=demo_account_id)


def is_demo(tx: Tx, account_id: int) -> bool:
    """Whether this is an account to look around in."""
    return tx.row(_IS_DEMO, demo=account_id) is not None


def remove_demo(tx: Tx, account_id: int) -> None:
    """Delete an account to look around in, and every row of it. The record of any other the database keeps."""
    for statement in _DELETE_ALL:
        tx.change(statement, account=account_id)
    tx.change(_DELETE, account=account_id)
    tx.change(_FORGET_DEMO, demo=account_id)
    tx.known.pop((Account, account_id), None)


def find_logo(tx: Tx, account_id: int, sha256: str) -> Logo | None:
    row = tx.row(_LOGO, account_id=account_id, sha256=sha256)
    return None if row is None else Logo(sha256, row.media_type, row.width, row.height, bytes(row.content))


def keep_logo(tx: Tx, account_id: int, logo: Logo) -> None:
    """Store a logo for ever: documents that were sent with it are printed with it."""
    if find_logo(tx, account_id, logo.sha256) is None:
        tx.change(_INSERT_LOGO, account_id=account_id, **logo._asdict())


def find_bearer(tx: Tx, sha256: str) -> Bearer | None:
    """Whose key this is, revoked and expired ones included. The one question asked without an account."""
    row = tx.row(_KEY_BY_DIGEST, sha256=sha256)
    return None if row is None else Bearer(*row)


def insert_key(tx: Tx, account_id: int, key: ApiKey, sha256: str) -> None:
    tx.change(_INSERT_KEY, account_id=account_id, sha256=sha256, **_fields(key))


def list_keys(tx: Tx, account_id: int) -> list[ApiKey]:
    return [
        ApiKey(**{name: getattr(row, name) for name in ApiKey.__struct_fields__})
        for row in tx.rows(_KEYS, account_id=account_id)
    ]


def revoke_key(tx: Tx, account_id: int, key_id: str) -> bool:
    """Whether there was such a key, not revoked before."""
    return tx.change(_REVOKE, account=account_id, key=key_id, now=tx.stamp) == 1


def touch_keys(tx: Tx, account_id: int, used: Mapping[str, str]) -> None:
    """Note when keys were last used: `used` maps key ids to instants."""
    tx.change_many(_TOUCH, [{"account": account_id, "key": key, "now": at} for key, at in used.items()])


def last_numbers(tx: Tx, account_id: int) -> dict[int, int]:
    """The newest number of each series of invoices, by its year."""
    return {row.year: row.last_number for row in tx.rows(_LAST_NUMBERS, account_id=account_id, of="invoice")}


def find_numbers(tx: Tx, account_id: int, pattern: str) -> list[str]:
    """The numbers of invoices that are like a pattern of SQL."""
    return [row.number for row in tx.rows(_NUMBERS, account_id=account_id, pattern=pattern)]


def _account(row: Row) -> Account:
    fields = {name: getattr(row, name) for name in Account.__struct_fields__ if name != "id"}
    fields["require_e_invoice"] = bool(row.require_e_invoice)
    return Account(id=row.public_id, **fields)


def _columns(account: Account) -> dict[str, Any]:
    fields = _fields(account)
    return {"public_id": fields.pop("id"), **fields}


def _fields(noun: Account | ApiKey) -> dict[str, Any]:
    return {name: getattr(noun, name) for name in noun.__struct_fields__}


_UPDATE = (
    accounts.update()
    .where(accounts.c.id == bindparam("account_id"))
    .values(
        {
            column.name: bindparam(column.name)
            for column in accounts.columns
            if column.name not in ("id", "checksum")
        }
    )
)
