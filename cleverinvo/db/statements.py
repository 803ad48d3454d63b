"""SQLAlchemy statements turned into the driver's own SQL once, so that running one costs what the driver costs."""

from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, Insert, Select, Table, Update, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.types import Boolean, UserDefinedType

from cleverinvo.db import checksums
from cleverinvo.db.driver import Driver

Statement = Select[Any] | Insert | Update | Delete

CACHE_MAX: Final = 2_000
"""Statements are few and live as long as the process. More than this means: one is built anew for every call."""


class ListOfValues(UserDefinedType[Any]):
    """The type of a bound list; the driver says how it travels."""

    cache_ok = True


class among(ColumnElement[bool]):
    """`column IN (the list bound as name)`, as one statement whatever the list's length."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.list = bindparam(name, type_=ListOfValues())

    def self_group(self, against: Any = None) -> "among":
        """As it is. SQLAlchemy would write `… = 1` where there are no truth values, and no index serves that."""
        return self


def unindexed(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, to be compared in rows that were found by another one.

    Of `account_id = ? AND id IN (…)` SQLite would take the first, and read all that an account has.
    """
    return number + 0


@compiles(among, "sqlite")
def _among_in_sqlite(element: among, compiler: Any, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.list, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(among, "postgresql")
def _among_in_postgres(element: among, compiler: Any, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.list, **options)
    return f"{column} = ANY({values})"


def insert_into(table: Table, without: Collection[str] = ()) -> Insert:
    """An INSERT of every column but the row number, which the database gives, and those that begin as NULL."""
    columns = [
        column.name for column in table.columns if column.autoincrement is not True and column.name not in without
    ]
    return table.insert().values({name: bindparam(name) for name in columns}).inline()


class Prepared:
    """One statement in the driver's SQL, and how to line up its values and name its answers."""

    def __init__(self, statement: Statement, driver: Driver) -> None:
        compiled = checksums.clearing(statement).compile(dialect=driver.dialect)
        self.sql = str(compiled)
        assert "[POSTCOMPILE" not in self.sql, "column.in_(…) has no fixed SQL: use among(column, name)"
        self._names: list[str] = list(getattr(compiled, "positiontup", None) or [])
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._lists = [
            name
            for name, parameter in getattr(compiled, "binds", {}).items()
            if isinstance(parameter.type, ListOfValues)
        ]
        self._as_list = driver.as_list
        self._line_up = itemgetter(*self._names) if len(self._names) > 1 else None
        self.is_question = isinstance(statement, Select)
        elements = [*visitors.iterate(statement), getattr(statement, "table", None)]
        self.tables = {element for element in elements if isinstance(element, Table)}
        self.changed = checksums.changed_table(statement)
        """The table whose rows lose their checksums, which are to be worked out before the commit."""
        self._sum_up: Callable[[Sequence[Any]], int] | None = None
        if isinstance(statement, Insert) and checksums.is_kept(statement.table):
            assert self._names[-1] == checksums.NAME
            self._fill = itemgetter(*self._names[:-1])
            self._whole = _whole_row(statement.table, self._names[:-1])
            self._sum_up = checksums.recipe(statement.table)
        names = [str(name) for name in statement.exported_columns.keys()]  # noqa: SIM118 - not a mapping
        row: Any = namedtuple("Row", names)  # type: ignore[misc]
        self.row: Callable[[Sequence[Any]], Any] = row._make

    def values(self, named: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order of their placeholders. A missing name is a KeyError, never a NULL.

        A new row gets its checksum here, unless it comes with one, as a row of a backup does.
        """
        if self._sum_up is not None and checksums.NAME not in named:
            filled: tuple[Any, ...] = self._fill(named)
            return (*filled, self._sum_up(self._whole((*filled, None))))
        if self._fixed or self._lists:
            named = {**self._fixed, **named, **{name: self._as_list(named[name]) for name in self._lists}}
        if self._line_up is not None:
            return self._line_up(named)  # type: ignore[no-any-return]
        return tuple(named[name] for name in self._names)


def _whole_row(table: Any, given: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Lines up a whole row of what its checksum is of, from the values given and, after them, one NULL."""
    names = [column.name for column in checksums.columns(table)]
    return itemgetter(*(given.index(name) if name in given else len(given) for name in names))


class Statements:
    """The prepared statements of one database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._prepared: dict[Statement, Prepared] = {}

    def prepare(self, statement: Statement) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            assert len(self._prepared) < CACHE_MAX, "a statement is being built anew for every call"
            prepared = self._prepared[statement] = Prepared(statement, self._driver)
        return prepared
