"""SQLite: one file beside the server, write-ahead logged, every commit on the disk before it is answered."""

import asyncio
import contextlib
import functools
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Dialect, Select, Table, bindparam, column, literal_column, table
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from cleverinvo.db import migrate, search, sqlite_faults
from cleverinvo.db.driver import Connection
from cleverinvo.db.news import ANYTHING, Board

BUSY_TIMEOUT_MILLISECONDS: Final = 5_000
CACHE_KIBIBYTES: Final = 32 * 1024
SCANNER_CACHE_KIBIBYTES: Final = 8 * 1024
"""Of each connection that scans, of which there are several: the system has the file in memory anyway."""

CHECKPOINT_PAGES: Final = 4_000
"""Pages of the log (16 MB) between copies into the file: fewer copies, and a restart still reads it in no time."""

STEPS_BETWEEN_LOOKS: Final = 5_000
"""Steps of SQLite's machine, a fraction of a millisecond, after which a bounded read looks at the clock."""

NEWS_SECONDS: Final = 0.02
"""Between two looks at whether another process has committed; a look takes microseconds."""

SAFE_VERSION: Final = (3, 51, 3)
"""Before it, two connections could corrupt a write-ahead log (https://sqlite.org/wal.html#walresetbug)."""

# pysqlite looks for an adapter for whatever is not exactly int, float or str, and for want of one asks the value
# itself, which takes a microsecond. An invoice has 27 columns that are NULL, so this is a sixth of a batch's time.
sqlite.register_adapter(type(None), lambda none: none)

# One statement for many rows; a trigger for each would take twice as long.
_INDEX_NEW: Final = """
    INSERT INTO invoices_search (rowid, words)
    SELECT invoices.seq, invoices.words || ' ' || coalesce(clients.words, '')
    FROM invoices LEFT JOIN clients ON clients.id = invoices.client_id
    WHERE invoices.seq > (SELECT coalesce(max(id), 0) FROM invoices_search_docsize)
    ORDER BY invoices.seq
"""


class SqliteDriver:
    sqlalchemy_url = "sqlite://"
    begin_sql = "BEGIN IMMEDIATE"
    writer_count = 1
    reads_inline = True
    serves_many = False

    def __init__(self, path: Path) -> None:
        if sqlite.sqlite_version_info < SAFE_VERSION:
            raise RuntimeError(f"SQLite {sqlite.sqlite_version} can corrupt its log; 3.51.3 or newer is needed")
        self.path = path
        self.dialect: Dialect = sqlite_dialect()

    @property
    def where(self) -> str:
        return str(self.path)

    def connect(self) -> Connection:
        connection = sqlite.connect(
            str(self.path), isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",  # NORMAL would lose acknowledged invoices when the power goes
            f"cache_size=-{CACHE_KIBIBYTES}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        return connection  # type: ignore[no-any-return]

    def connect_reader(self, is_over: Callable[[], bool] | None = None) -> Connection:
        connection = self.connect()
        connection.execute("PRAGMA query_only=ON")
        if is_over is None:
            connection.execute(f"PRAGMA cache_size=-{SCANNER_CACHE_KIBIBYTES}")
        else:
            connection.set_progress_handler(is_over, STEPS_BETWEEN_LOOKS)  # type: ignore[attr-defined]
        return connection

    def connect_auditor(self) -> Connection:
        connection: Any = self.connect()
        sqlite_faults.open_vocabularies(connection)
        connection.execute("PRAGMA query_only=ON")
        connection.text_factory = lambda content: content.decode(errors="surrogateescape")
        return connection  # type: ignore[no-any-return]

    def faults(self, connection: Connection) -> Iterator[str]:
        return sqlite_faults.find(connection, _schema_of_this_version())

    async def exchange_news(self, board: Board) -> None:
        """SQLite sends no messages, but a connection sees that others have committed (PRAGMA data_version)."""
        connection = self.connect_reader()
        try:
            seen = None
            while True:
                version = connection.execute("PRAGMA data_version", ()).fetchone()
                if seen is not None and version != seen:
                    board.tell(ANYTHING)
                seen = version
                await asyncio.sleep(NEWS_SECONDS)
        finally:
            connection.close()

    def has_table(self, connection: Connection, name: str) -> bool:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        return found.fetchone() is not None

    def begin(self, connection: Connection, account_ids: Collection[int]) -> None:
        connection.execute(self.begin_sql)  # which takes the whole file

    def begin_snapshot(self, connection: Connection) -> None:
        connection.execute("BEGIN")

    def stream(self, connection: Connection, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        cursor: Any = connection.execute(sql, values)
        yield from cursor

    def renumber(self, connection: Connection, table: str, column: str) -> None:
        """Nothing to do: SQLite's next row number is one more than the largest."""

    def is_outage(self, error: Exception) -> bool:
        # The low byte is the kind; SQLITE_ERROR is a statement that makes no sense, which is our own fault.
        kind = getattr(error, "sqlite_errorcode", sqlite.SQLITE_ERROR) & 0xFF
        return isinstance(error, sqlite.DatabaseError) and kind not in (
            sqlite.SQLITE_ERROR,
            sqlite.SQLITE_CONSTRAINT,
        )

    def is_collision(self, error: Exception) -> bool:
        return False  # BEGIN IMMEDIATE waits for its turn

    @staticmethod
    def as_list(values: Sequence[Any]) -> str:
        return json.dumps(list(values))

    def index_new(self, connection: Connection) -> None:
        """At the end: FTS5 writes out what it has gathered before each further statement of a savepoint,

        which costs a lone request a tenth of a millisecond.
        """
        connection.execute(_INDEX_NEW)

    def matching(self, statement: Select[Any], searched: Table) -> Select[Any]:
        index = table(f"{searched.name}_search", column("rowid"))
        found = literal_column(index.name).op("MATCH")(bindparam("words"))
        return statement.join(index, index.c.rowid == searched.c.seq).where(found)

    def match(self, account_id: int, words: Sequence[str]) -> str:
        return " AND ".join([f'"{search.account_word(account_id)}"', *(f'"{word}" *' for word in words)])


@functools.cache
def _schema_of_this_version() -> frozenset[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        driver = SqliteDriver(Path(folder) / "fresh.sqlite3")
        migrate.upgrade(driver)
        with contextlib.closing(driver.connect()) as connection:
            return sqlite_faults.schema(connection)
