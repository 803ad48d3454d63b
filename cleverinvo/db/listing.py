"""Lists of rows: filters to combine, an order with a stable cursor, and a count that knows when to stop."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, Table, bindparam, func, literal, select, tuple_

from cleverinvo.db import search
from cleverinvo.db.driver import Driver
from cleverinvo.db.statements import Statement
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import Fault, Invalid
from cleverinvo.paging import Page, Window, page_of, refuse_page_and_cursor

COUNT_MAX: Final = 10_000
"""A filtered list is counted this far, so that no filter costs more than a page or two."""


_CURSOR_SEQ: Any = bindparam("cursor_seq")


class Shape(NamedTuple):
    """What distinguishes one statement of a list from another; its values are bound."""

    driver: Driver
    filters: frozenset[str]
    sort: str
    after_cursor: bool


class Listing:
    """The list of one table.

    `clause` gives the condition behind a filter's name, on bound values; a filter called `words` is the table's
    own search. `sorts` are columns by their name on the wire, None for the order of creation.
    """

    def __init__(
        self,
        table: Table,
        *,
        clause: Callable[[str], ColumnElement[bool]],
        sorts: Mapping[str, ColumnElement[Any] | None],
        noun: Callable[[Tx, Row], Any],
        always: ColumnElement[bool] | None = None,
        columns: Sequence[ColumnElement[Any]] = (),
        joined: FromClause | None = None,
    ) -> None:
        self._table = table
        self._clause = clause
        self._sorts = sorts
        self._noun = noun
        self._always = always
        self._columns = columns or tuple(table.c)
        self._joined = table if joined is None else joined
        self._statements: dict[tuple[str, Shape], Statement] = {}

    def page(
        self,
        tx: Tx,
        account_id: int,
        window: Window,
        filters: Mapping[str, Any],
        bound: Mapping[str, Any],
        total: int,
    ) -> Page[Any]:
        """The page that `window` asks for.

        `filters` are values by filter, None where it does not apply; `bound` are values that clauses share;
        `total` is how many rows the list has without filters.
        """
        refuse_page_and_cursor(window)
        applied = {name: value for name, value in filters.items() if value is not None}
        if "words" in applied:
            words = search.query(applied["words"])
            if not words:  # there is nothing in it that could be found
                return page_of([], window, 0)
            applied["words"] = tx.driver.match(account_id, words)
        shape = Shape(tx.driver, frozenset(applied), window.sort, window.cursor is not None)
        values = {"account_id": account_id, **bound, **applied}
        is_exact = True
        if shape.filters:
            total = self._count(tx, shape, values)
            is_exact, total = total <= COUNT_MAX, min(total, COUNT_MAX)
        if window.cursor is not None:
            values |= self._place(tx, account_id, window.sort, window.cursor)
        rows = tx.rows(
            self._statement(self._rows, shape),
            most=window.limit + 1,
            skip=(window.page - 1) * window.limit,
            **values,
        )
        return page_of([self._noun(tx, row) for row in rows], window, total, is_exact=is_exact)

    def count(
        self, tx: Tx, account_id: int, filters: Mapping[str, Any], bound: Mapping[str, Any], most: int
    ) -> int:
        """How many rows pass the filters, counted as far as `most`."""
        shape = Shape(tx.driver, frozenset(filters), "", after_cursor=False)
        return self._count(tx, shape, {"account_id": account_id, **bound, **filters}, most)

    def _count(self, tx: Tx, shape: Shape, values: Mapping[str, Any], most: int = COUNT_MAX + 1) -> int:
        statement = self._statement(self._counted, shape._replace(sort="", after_cursor=False))
        row = tx.row(statement, count_most=most, **values)
        assert row is not None
        return int(row.count)

    def _place(self, tx: Tx, account_id: int, sort: str, cursor: str) -> dict[str, Any]:
        """Where the cursor's row stands in the order."""
        shape = Shape(tx.driver, frozenset(), sort, after_cursor=True)
        row = tx.row(self._statement(self._placed, shape), account_id=account_id, id=cursor)
        if row is None:
            raise Invalid([Fault("cursor", "No such cursor")])
        return {"cursor_seq": row.seq, "cursor_key": row.key}

    def _statement(self, build: Callable[[Shape], Statement], shape: Shape) -> Statement:
        key = (build.__name__, shape)
        if key not in self._statements:
            self._statements[key] = build(shape)
        return self._statements[key]

    def _rows(self, shape: Shape) -> Select[Any]:
        """The rows of a page. Filtered ones are found by their place first, so that only those shown are read."""
        if not shape.filters:
            return self._cut(self._filtered(select(*self._columns).select_from(self._joined), shape), shape)
        found = self._cut(self._filtered(select(self._table.c.seq).select_from(self._table), shape), shape)
        rows = select(*self._columns).select_from(self._joined).where(self._table.c.seq.in_(found))
        return rows.order_by(*self._order(shape))

    def _cut(self, statement: Select[Any], shape: Shape) -> Select[Any]:
        """So many rows in their order, after the cursor."""
        seq, key = self._table.c.seq, self._key(shape.sort)
        if shape.after_cursor:
            here = seq if key is seq else tuple_(key, seq)
            there = _CURSOR_SEQ if key is seq else tuple_(bindparam("cursor_key"), _CURSOR_SEQ)
            statement = statement.where(here < there if shape.sort.startswith("-") else here > there)
        return statement.order_by(*self._order(shape)).limit(bindparam("most")).offset(bindparam("skip"))

    def _order(self, shape: Shape) -> list[ColumnElement[Any]]:
        seq, key = self._table.c.seq, self._key(shape.sort)
        columns: list[ColumnElement[Any]] = [seq] if key is seq else [key, seq]
        return [column.desc() for column in columns] if shape.sort.startswith("-") else columns

    def _placed(self, shape: Shape) -> Select[Any]:
        columns = self._table.c
        return select(columns.seq, self._key(shape.sort).label("key")).where(
            columns.account_id == bindparam("account_id"), columns.id == bindparam("id")
        )

    def _counted(self, shape: Shape) -> Select[Any]:
        matching = self._filtered(select(literal(1).label("one")).select_from(self._table), shape)
        return select(func.count().label("count")).select_from(matching.limit(bindparam("count_most")).subquery())

    def _filtered(self, statement: Select[Any], shape: Shape) -> Select[Any]:
        statement = statement.where(self._table.c.account_id == bindparam("account_id"))
        if self._always is not None:
            statement = statement.where(self._always)
        for name in sorted(shape.filters):
            if name == "words":
                statement = shape.driver.matching(statement, self._table)
            else:
                statement = statement.where(self._clause(name))
        return statement

    def _key(self, sort: str) -> ColumnElement[Any]:
        key = self._sorts[sort.removeprefix("-")]
        return self._table.c.seq if key is None else key
