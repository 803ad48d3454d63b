"""Second factors and recovery codes in the database: rows in, nouns out."""

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select

from cleverinvo.access.rules import Factor
from cleverinvo.db.schema import recovery_codes, second_factors
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx

_FACTOR = select(second_factors).where(
    second_factors.c.account_id == bindparam("account_id"), second_factors.c.user_id == bindparam("user_id")
)
_INSERT = insert_into(second_factors)
_THIS = (second_factors.c.account_id == bindparam("account"), second_factors.c.user_id == bindparam("user"))
_USE = second_factors.update().where(*_THIS).values(last_counter=bindparam("counter"))
_CONFIRM = second_factors.update().where(*_THIS).values(confirmed_at=bindparam("now"))
_DELETE = second_factors.delete().where(*_THIS)
_THESE = (recovery_codes.c.account_id == bindparam("account"), recovery_codes.c.user_id == bindparam("user"))
_COUNT = select(func.count().label("count")).select_from(recovery_codes).where(*_THESE)
_INSERT_CODE = insert_into(recovery_codes)
_USE_CODE = recovery_codes.delete().where(*_THESE, recovery_codes.c.sha256 == bindparam("digest"))
_DELETE_CODES = recovery_codes.delete().where(*_THESE)


def find(tx: Tx, account_id: int, user_id: str) -> Factor | None:
    row = tx.row(_FACTOR, account_id=account_id, user_id=user_id)
    return row and Factor(row.user_id, row.secret, row.last_counter, row.confirmed_at is not None)


def insert(tx: Tx, account_id: int, user_id: str, sealed: str) -> None:
    """A factor that is being set up, instead of one that was and came to nothing."""
    delete(tx, account_id, user_id)
    fields = {"account_id": account_id, "user_id": user_id, "secret": sealed, "last_counter": 0}
    tx.change(_INSERT, **fields, created_at=tx.stamp, confirmed_at=None)


def confirm(tx: Tx, account_id: int, user_id: str) -> None:
    tx.change(_CONFIRM, account=account_id, user=user_id, now=tx.stamp)


def use(tx: Tx, account_id: int, user_id: str, counter: int) -> None:
    """Note that a code was used: it and those before it work no more."""
    tx.change(_USE, account=account_id, user=user_id, counter=counter)


def delete(tx: Tx, account_id: int, user_id: str) -> bool:
    """Remove a factor with its recovery codes; whether there was one."""
    tx.change(_DELETE_CODES, account=account_id, user=user_id)
    return tx.change(_DELETE, account=account_id, user=user_id) == 1


def count_recovery_codes(tx: Tx, account_id: int, user_id: str) -> int:
    row = tx.row(_COUNT, account=account_id, user=user_id)
    assert row is not None
    return int(row.count)


def keep_recovery_codes(tx: Tx, account_id: int, user_id: str, digests: Iterable[str]) -> None:
    """New recovery codes instead of those there were."""
    tx.change(_DELETE_CODES, account=account_id, user=user_id)
    rows = [{"sha256": digest, "account_id": account_id, "user_id": user_id} for digest in digests]
    tx.change_many(_INSERT_CODE, rows)


def use_recovery_code(tx: Tx, account_id: int, user_id: str, digest: str) -> bool:
    """Whether there was such a code, which is no more."""
    return tx.change(_USE_CODE, account=account_id, user=user_id, digest=digest) == 1
