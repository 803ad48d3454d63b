"""What the engine asks of a database; sqlite.py and postgres.py answer, and know nothing of each other."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Dialect, Select, Table

from cleverinvo.db.news import Board


class Cursor(Protocol):
    rowcount: int

    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any: ...


class Connection(Protocol):
    def execute(self, sql: Any, values: Any = ..., /) -> Cursor: ...
    def cursor(self) -> Cursor: ...
    def close(self) -> None: ...


class Driver(Protocol):
    dialect: Dialect
    sqlalchemy_url: str
    """The kind of database, for migrations; the connection itself is always the driver's own."""
    begin_sql: str
    writer_count: int
    """How many transactions may be written at once."""
    reads_inline: bool
    """Whether a small read is cheaper than the hop to another thread."""
    serves_many: bool
    """Whether several processes may serve the same database."""

    @property
    def where(self) -> str:
        """Where the data is, without the password, for people to read."""

    def connect(self) -> Connection:
        """A connection that may write, with every commit durable."""

    def connect_reader(self, is_over: Callable[[], bool] | None = None) -> Connection:
        """A connection that only reads, and sees what was committed before each of its transactions.

        Where reads run inline, a statement is stopped once `is_over` says so.
        """

    def connect_auditor(self) -> Connection:
        """A connection that only reads, and gives text whatever its bytes have become."""

    def faults(self, connection: Connection) -> Iterator[str]:
        """What is wrong with the database itself: its files, its schema and guards, its search.

        `connection` is an auditor's, in a snapshot.
        """

    async def exchange_news(self, board: Board) -> None:
        """Carry news between this process and all others on the database, until cancelled or an outage."""

    def has_table(self, connection: Connection, name: str) -> bool: ...

    def begin(self, connection: Connection, account_ids: Collection[int]) -> None:
        """Begin a transaction that writes for these accounts.

        No other process writes for them until it ends: what a verb reads of its account is true when it commits.
        """

    def begin_snapshot(self, connection: Connection) -> None:
        """Begin a transaction in which every statement sees the same state."""

    def stream(self, connection: Connection, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of a question one after another, however many there are."""

    def renumber(self, connection: Connection, table: str, column: str) -> None:
        """Let the database's own row numbers go on after those that were inserted from outside."""

    def is_outage(self, error: Exception) -> bool:
        """Whether the database cannot do this now (disk full, connection lost, stopped by `is_over`)."""

    def is_collision(self, error: Exception) -> bool:
        """Whether another process's transaction was in the way, and the same again may succeed."""

    def as_list(self, values: Sequence[Any]) -> Any:
        """A list as one bound value, for `among`."""

    def index_new(self, connection: Connection) -> None:
        """Let new invoices be found, where no trigger has seen to it; called at the end of a transaction."""

    def matching(self, statement: Select[Any], searched: Table) -> Select[Any]:
        """Only the rows of `searched` whose words match the bound `words`, which `match` has put in form."""

    def match(self, account_id: int, words: Sequence[str]) -> str:
        """The value of `words`: every word must begin a word of the row, and the row must be the account's."""
