"""One transaction as a verb sees it: rows, the time, and a way to run other verbs that may fail alone."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
from sqlalchemy import Table

from cleverinvo import clock, shapes
from cleverinvo.db import checksums
from cleverinvo.db.driver import Connection, Driver
from cleverinvo.db.news import Notice
from cleverinvo.db.statements import Prepared, Statement, Statements
from cleverinvo.errors import PreconditionFailed, Problem
from cleverinvo.links import Links
from cleverinvo.sealing import Seal

T = TypeVar("T")

Row = Any
"""A named tuple of a statement's columns."""


class Origin(NamedTuple):
    """Where a change comes from, for the events that tell of it and the ledger."""

    request_id: str | None = None
    idempotency_key: str | None = None
    by: str = "server"
    """Who does it: a key's id, a user's, command_line, or the server by itself."""


NOBODY = Origin()


class Asked(NamedTuple):
    """One of the requests that a Together verb answers."""

    form: Any
    origin: Origin


class Together:
    """A verb written for many: called once with all waiting requests of one account, it gives as many outcomes.

    An outcome is an answer, or the Problem with that one request, found before anything was written for it.
    """

    def __init__(self, verb: Callable[["Tx", int, Sequence[Asked]], list[Any]]) -> None:
        self._verb = verb
        self.__name__ = verb.__name__
        self.__doc__ = verb.__doc__

    def __call__(self, tx: "Tx", account_id: int, asked: Sequence[Asked]) -> list[Any]:
        return self._verb(tx, account_id, asked)


class Call(NamedTuple):
    """A verb that waits to be run. A Together verb takes exactly one argument after the account."""

    verb: Callable[..., Any]
    account_id: int
    arguments: tuple[Any, ...]
    origin: Origin = NOBODY


class Spoiled(Exception):
    """A verb has failed after it had changed something, and there is no savepoint to undo it alone."""


class Tx:
    """What a verb or a question may use: rows, the moment, the links to print, and the seal over secrets."""

    def __init__(
        self,
        driver: Driver,
        statements: Statements,
        connection: Connection,
        now: datetime,
        links: Links,
        seal: Seal,
    ) -> None:
        self.driver = driver
        self.now = now
        self.links = links
        self.seal = seal
        self.notices: set[Notice] = set()
        """Whom this concerns once it is committed."""
        self.origin = NOBODY
        """Where the verb that runs now comes from; a Together verb is told with each request instead."""
        self.has_new_invoices = False
        """Whether there may be some that the search does not know yet."""
        self._changed: set[Table] = set()
        """Tables in which there may be rows without a checksum."""
        self._appended: dict[Statement, list[Mapping[str, Any]]] = {}
        self._appended_to: set[Table] = set()
        """Tables in which rows are missing that were appended."""
        self._recalled: dict[Hashable, tuple[int, Any]] = {}
        self._change_count = 0
        self._has_savepoints = False
        self.known: dict[object, Any] = {}
        """What nearly every verb asks for, read once; whoever changes it, or is undone, forgets it."""
        self._encoded: dict[int, tuple[object, bytes]] = {}
        self._statements = statements
        self._connection = connection

    @cached_property
    def stamp(self) -> str:
        """The moment as it is stored: RFC 3339 with milliseconds."""
        return clock.stamp(self.now)

    def encode(self, noun: object) -> bytes:
        """The noun as JSON, made once: event, answer and idempotency record are the same bytes."""
        known = self._encoded.get(id(noun))
        if known is None:
            known = self._encoded[id(noun)] = (noun, shapes.encode(noun))
        return known[1]

    def encoded(self, noun: T) -> T:
        """The JSON of the noun, to stand for it in a larger one: 500 invoices are not encoded a second time."""
        return cast(T, msgspec.Raw(self.encode(noun)))

    def expect(self, noun: object, if_match: str | None) -> None:
        """Go on only if the caller has seen the noun as it is now; `if_match` is an If-Match header."""
        if if_match is not None and not shapes.matches(if_match, self.encode(noun)):
            raise PreconditionFailed("The object has changed since; read it again and repeat the change.")

    def recall(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` gave when it was asked before, as long as this transaction has changed nothing since."""
        known = self._recalled.get(key)
        if known is None or known[0] != self._change_count:
            known = self._recalled[key] = (self._change_count, read())
        answer: T = known[1]
        return answer

    def tell(self, topic: str, account_id: int) -> None:
        """Let those know who wait for news of this account, after the commit; they look for themselves."""
        self.notices.add(Notice(topic, account_id))

    def row(self, statement: Statement, /, **values: Any) -> Row | None:
        prepared = self._prepare(statement)
        found = self._connection.execute(prepared.sql, prepared.values(values)).fetchone()
        return None if found is None else prepared.row(found)

    def rows(self, statement: Statement, /, **values: Any) -> list[Row]:
        prepared = self._prepare(statement)
        found = self._connection.execute(prepared.sql, prepared.values(values)).fetchall()
        return list(map(prepared.row, found))

    def stream(self, statement: Statement, /, **values: Any) -> Iterator[Row]:
        """The rows one after another, for questions about all of them."""
        prepared = self._prepare(statement)
        found = self.driver.stream(self._connection, prepared.sql, prepared.values(values))
        return map(prepared.row, found)

    def change(self, statement: Statement, /, **values: Any) -> int:
        """Run an INSERT, UPDATE or DELETE; the number of rows it touched."""
        prepared = self._prepare(statement)
        return self._connection.execute(prepared.sql, prepared.values(values)).rowcount

    def change_many(self, statement: Statement, rows: Iterable[Mapping[str, Any]]) -> None:
        prepared = self._prepare(statement)
        self._connection.cursor().executemany(prepared.sql, list(map(prepared.values, rows)))

    def append(self, statement: Statement, rows: Iterable[Mapping[str, Any]]) -> None:
        """As `change_many`, but later: when something else touches the table, at the latest before the commit.

        For what nearly every verb writes and none reads, so that all verbs of a transaction write it together.
        """
        if self._has_savepoints:  # what is undone must be there
            self.change_many(statement, rows)
            return
        self._change_count += 1
        self._appended.setdefault(statement, []).extend(rows)
        self._appended_to |= self._statements.prepare(statement).tables

    def index_new(self) -> None:
        """Let new invoices be found once this is committed."""
        self.has_new_invoices = True

    def _sum_up(self) -> None:
        """Work out the checksums of the rows that were changed; the last thing before the commit."""
        while self._changed:
            table = self._changed.pop()
            work_out, width = checksums.recipe(table), len(table.primary_key)
            names = [f"key_{column.name}" for column in table.primary_key]
            found = self.rows(checksums.changed_rows(table))
            sums = [
                {**dict(zip(names, row, strict=False)), checksums.NAME: work_out(row[width:])} for row in found
            ]
            self.change_many(checksums.putting(table), sums)

    def _prepare(self, statement: Statement) -> Prepared:
        prepared = self._statements.prepare(statement)
        if not self._appended_to.isdisjoint(prepared.tables):
            self._write_appended()
        if prepared.changed is not None:
            self._changed.add(prepared.changed)
        if not prepared.is_question:
            self._change_count += 1
        return prepared

    def _write_appended(self) -> None:
        appended, self._appended, self._appended_to = self._appended, {}, set()
        for statement, rows in appended.items():
            self.change_many(statement, rows)

    def run(self, calls: Sequence[Call], *, has_savepoints: bool) -> list[Any]:
        """All that a transaction is for: `each`, and what is left for the end.

        Without savepoints, which hardly a verb needs and each pays for, a verb may fail only before it has changed
        anything: what fails later raises Spoiled, and the whole transaction is to be run again with them.
        """
        self._has_savepoints = has_savepoints
        outcomes = self.each(calls)
        self._write_appended()
        if self.has_new_invoices:
            self.driver.index_new(self._connection)
        self._sum_up()
        return outcomes

    def each(self, calls: Sequence[Call]) -> list[Any]:
        """Run every call; one that fails is undone alone, and its exception is its outcome.

        An outage of the database is nobody's own failure: it is raised.
        """
        outcomes: list[Any] = [None] * len(calls)
        for places in _by_verb_and_account(calls):
            for place, outcome in zip(places, self._run([calls[place] for place in places]), strict=True):
                outcomes[place] = outcome
        return outcomes

    def _run(self, alike: list[Call]) -> list[Any]:
        verb = alike[0].verb
        if not isinstance(verb, Together):
            return [self._attempt(verb, call.account_id, call.arguments, call.origin) for call in alike]
        asked = [Asked(call.arguments[0], call.origin) for call in alike]
        outcomes = self._attempt(verb, alike[0].account_id, (asked,), NOBODY)
        if not isinstance(outcomes, Exception):
            return outcomes  # type: ignore[no-any-return]
        if len(asked) == 1:
            return [outcomes]
        return [self._run([call])[0] for call in alike]  # one of them spoils it: each alone

    def _attempt(
        self, verb: Callable[..., Any], account_id: int, arguments: tuple[Any, ...], origin: Origin
    ) -> Any:
        """Run a verb: its answer, or its exception where there is nothing to undo or it is undone."""
        self.origin = origin
        if self._has_savepoints:
            return self._attempt_undoably(verb, account_id, arguments)
        before = self._change_count
        try:
            return verb(self, account_id, *arguments)
        except Problem as problem:
            if self._change_count > before:
                raise Spoiled from problem
            return problem
        except Exception as error:  # on PostgreSQL a failed statement ends its transaction
            if isinstance(error, Spoiled) or self.driver.is_outage(error):
                raise
            raise Spoiled from error

    def _attempt_undoably(self, verb: Callable[..., Any], account_id: int, arguments: tuple[Any, ...]) -> Any:
        self._connection.execute("SAVEPOINT attempt")
        try:
            outcome = verb(self, account_id, *arguments)
        except Exception as error:
            if self.driver.is_outage(error):
                raise
            self._connection.execute("ROLLBACK TO SAVEPOINT attempt")
            self._change_count += 1
            self.known.clear()
            outcome = error
        self._connection.execute("RELEASE SAVEPOINT attempt")
        return outcome


def _by_verb_and_account(calls: Sequence[Call]) -> Iterable[list[int]]:
    groups: dict[tuple[Callable[..., Any], int], list[int]] = {}
    for place, call in enumerate(calls):
        groups.setdefault((call.verb, call.account_id), []).append(place)
    return groups.values()
