"""What may be wrong with an SQLite file itself: its pages, its schema, and what search finds in it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cleverinvo.db.driver import Connection

INTEGRITY_TOLD_MAX: Final = 20

_MASK: Final = (1 << 64) - 1

_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'sqlite_stat%'"
_CLIENTS: Final = "SELECT seq, words, '' FROM clients"
_INVOICES: Final = """
    SELECT invoices.seq, invoices.words, coalesce(clients.words, '')
    FROM invoices LEFT JOIN clients ON clients.id = invoices.client_id
"""
_SEARCHED: Final = {"clients": _CLIENTS, "invoices": _INVOICES}


def open_vocabularies(connection: Connection) -> None:
    """Tables, of this connection alone, that read the search index as pairs of a word and a row."""
    for name in _SEARCHED:
        vocabulary = f"fts5vocab('main', '{name}_search', 'instance')"
        connection.execute(f"CREATE VIRTUAL TABLE temp.{name}_vocabulary USING {vocabulary}")


def schema(connection: Connection) -> frozenset[tuple[Any, ...]]:
    """Everything that was created, with the SQL that created it."""
    return frozenset(_rows(connection, _SCHEMA))


def find(connection: Connection, told: frozenset[tuple[Any, ...]]) -> Iterator[str]:
    """Everything that SQLite finds, and where the schema is not as `told`, or search not as the rows."""
    for (fault,) in connection.execute(f"PRAGMA integrity_check({INTEGRITY_TOLD_MAX})").fetchall():
        if fault != "ok":
            yield f"the file is damaged: {fault}"
    for kind, name, *_ in sorted(schema(connection) ^ told, key=str):
        yield f"the schema is not this version's: {kind} {name!r}"
    for name, sql in _SEARCHED.items():
        if _sum(_words(connection, sql)) != _sum(_indexed(connection, name)):
            yield f"the search index of {name} does not hold the words of its rows"


def _words(connection: Connection, sql: str) -> Iterator[tuple[int, str]]:
    """The words that each row should be found by, each once."""
    for seq, own, others in _rows(connection, sql):
        for word in {*own.split(), *others.split()}:
            yield seq, word


def _indexed(connection: Connection, name: str) -> Iterator[tuple[int, str]]:
    """The words that each row is found by; the index folds a few letters more than we do."""
    for seq, word in _rows(connection, f"SELECT doc, term FROM temp.{name}_vocabulary"):
        yield seq, word.casefold()


def _sum(pairs: Iterable[tuple[int, str]]) -> int:
    """The same for the same pairs in whichever order."""
    total = 0
    for pair in pairs:
        total += hash(pair)
    return total & _MASK


def _rows(connection: Connection, sql: str) -> Iterator[Any]:
    cursor: Any = connection.execute(sql, ())
    yield from cursor
