"""A checksum in every row, so that `verify` notices what changed on the disk, or by a hand that left it as it was.

CRC-32 misses no change of a single byte, nor of any four in a row; it is damage that it is for. Against somebody
who works it out anew there is the ledger.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Select, Table, Update, bindparam, null, select

NAME: Final = "checksum"

_PUTS: Final = "puts_checksums"

WITHOUT: Final = ("counters", "series")
"""Tables of which every figure can be counted again, and which change with every write."""


def add_to(metadata: MetaData) -> None:
    """Give every table the column. It is null between a change of its row and the end of the transaction."""
    for table in metadata.tables.values():
        if table.name not in WITHOUT:
            table.append_column(Column(NAME, BigInteger))


def is_kept(table: Any) -> bool:
    return NAME in table.c


def columns(table: Table) -> list[Column[Any]]:
    """What a row's checksum is of: all but itself, and the row number that only the database knows beforehand."""
    return [column for column in table.c if column.autoincrement is not True and column.name != NAME]


@cache
def recipe(table: Table) -> Callable[[Sequence[Any]], int]:
    """Works out the checksum of a row from its values of `columns`."""
    has_truths = any(isinstance(column.type, Boolean) for column in columns(table))
    return _of_truths if has_truths else _of


def changed_table(statement: Any) -> Any:
    """The table whose rows an UPDATE changes, if they have checksums and it does not give them."""
    is_update = isinstance(statement, Update) and is_kept(statement.table)
    return statement.table if is_update and _PUTS not in statement.get_execution_options() else None


def clearing(statement: Any) -> Any:
    """The statement; an UPDATE also takes away the checksums of its rows, so that they are worked out anew."""
    return statement if changed_table(statement) is None else statement.values({NAME: null()})


@cache
def changed_rows(table: Table) -> Select[Any]:
    """The key, then the `columns`, of rows that have no checksum."""
    key = [column.label(f"key_{column.name}") for column in table.primary_key]
    return select(*key, *columns(table)).where(table.c[NAME].is_(None))


@cache
def putting(table: Table) -> Update:
    """Gives the row of a key its checksum."""
    key = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    statement = table.update().where(*key).values({NAME: bindparam(NAME)})
    return statement.execution_options(**{_PUTS: True})


def _of(values: Sequence[Any]) -> int:
    return zlib.crc32(_encode(values))


def _of_truths(values: Sequence[Any]) -> int:
    """One database keeps a truth value as a number: the checksum is the same in both."""
    return _of([int(value) if isinstance(value, bool) else value for value in values])


_encode: Final = msgspec.msgpack.Encoder(enc_hook=str).encode
