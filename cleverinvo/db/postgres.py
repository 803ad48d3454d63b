"""PostgreSQL: for more than one machine; several writers, an account always on the same one."""

import asyncio
import json
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final
from typing import cast as cast_to
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import Dialect, Select, Table, bindparam, cast, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect

from cleverinvo.db import postgres_faults, search
from cleverinvo.db.driver import Connection
from cleverinvo.db.news import ANYTHING, Board, Notice

CONNECT_TIMEOUT_SECONDS: Final = 5
LOCK_TIMEOUT_MILLISECONDS: Final = 5_000
STREAM_ROWS: Final = 1_000

CHANNEL: Final = "cleverinvo_news"
NEWS_SECONDS: Final = 0.01
"""Between two messages of one process: a busy server sends a hundred a second, not one for each commit."""

MESSAGE_BYTES_MAX: Final = 7_500
"""PostgreSQL carries a little less than 8,000."""

ACCOUNT_LOCKS: Final = int.from_bytes(b"clev") << 32
"""Where the advisory locks of accounts begin, apart from those that other software may take."""

_CLAIM: Final = "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number"


class PostgresDriver:
    sqlalchemy_url = "postgresql+psycopg://"
    begin_sql = "BEGIN"
    writer_count = 4
    reads_inline = False
    serves_many = True

    def __init__(self, url: str) -> None:
        self._url = url
        self.dialect: Dialect = psycopg_dialect(paramstyle="format")  # type: ignore[no-untyped-call]

    @property
    def where(self) -> str:
        parts = urlsplit(self._url)
        return f"postgresql://{parts.hostname or ''}{parts.path}"

    def connect(self) -> Connection:
        return psycopg.connect(  # type: ignore[return-value]
            self._url,
            autocommit=True,
            prepare_threshold=1,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            options=f"-c lock_timeout={LOCK_TIMEOUT_MILLISECONDS} -c synchronous_commit=on -c timezone=UTC",
        )

    def connect_reader(self, is_over: Callable[[], bool] | None = None) -> Connection:
        connection = self.connect()
        connection.execute("SET default_transaction_read_only = on")
        return connection

    def connect_auditor(self) -> Connection:
        return self.connect_reader()

    def faults(self, connection: Connection) -> Iterator[str]:
        return postgres_faults.find(connection)

    async def exchange_news(self, board: Board) -> None:
        """Messages go out after the commits, over a connection of their own.

        NOTIFY inside of a transaction would make all commits of the server wait for one another.
        """
        own = secrets.token_hex(8)
        async with await self._connect_for_news() as outgoing, await self._connect_for_news() as incoming:
            both = [
                asyncio.create_task(self._send_news(outgoing, board, own)),
                asyncio.create_task(self._hear_news(incoming, board, own)),
            ]
            try:
                await asyncio.gather(*both)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.wait(both)

    async def _connect_for_news(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS
        )

    async def _send_news(self, connection: psycopg.AsyncConnection[Any], board: Board, own: str) -> None:
        while True:
            message = json.dumps([own, *await board.collect()])
            if len(message) > MESSAGE_BYTES_MAX:
                message = json.dumps([own, ANYTHING])
            await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, message))
            await asyncio.sleep(NEWS_SECONDS)

    async def _hear_news(self, connection: psycopg.AsyncConnection[Any], board: Board, own: str) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        async for message in connection.notifies():
            sender, *notices = json.loads(message.payload)
            if sender != own:
                for notice in notices:
                    board.tell(Notice(*notice))

    def has_table(self, connection: Connection, name: str) -> bool:
        row = connection.execute("SELECT to_regclass(%s)", (name,)).fetchone()
        return row is not None and row[0] is not None

    def begin(self, connection: Connection, account_ids: Collection[int]) -> None:
        connection.execute(self.begin_sql)
        # In ascending order, so that two processes never wait for each other.
        connection.execute(_CLAIM, ([ACCOUNT_LOCKS + account_id for account_id in sorted(account_ids)],))

    def begin_snapshot(self, connection: Connection) -> None:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def stream(self, connection: Connection, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        with cast_to(psycopg.Connection[Any], connection).cursor(name="stream") as cursor:
            cursor.itersize = STREAM_ROWS
            cursor.execute(sql, values)
            yield from cursor

    def renumber(self, connection: Connection, table: str, column: str) -> None:
        newest = f"SELECT coalesce(max({column}), 0) + 1 FROM {table}"
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), ({newest}), false)")

    def is_outage(self, error: Exception) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError)

    def is_collision(self, error: Exception) -> bool:
        return isinstance(error, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure)

    @staticmethod
    def as_list(values: Sequence[Any]) -> list[Any]:
        return list(values)

    def index_new(self, connection: Connection) -> None:
        """Nothing to do: a trigger fills the column that is searched."""

    def matching(self, statement: Select[Any], searched: Table) -> Select[Any]:
        found = literal_column(f"{searched.name}.search").op("@@")(cast(bindparam("words"), TSQUERY))
        return statement.where(found)

    def match(self, account_id: int, words: Sequence[str]) -> str:
        return " & ".join([f"'{search.account_word(account_id)}'", *(f"'{word}':*" for word in words)])
