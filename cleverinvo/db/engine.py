"""The database as the rest of the server knows it: `read` a question, `write` a verb, both awaited.

Writing is committed in groups. A writer takes everything that waits, runs each verb in one transaction, commits
once, and only then answers all. A verb that fails is undone alone. Verbs have no effect outside their
transaction, so the writer may run one again.
"""

import asyncio
import contextlib
import logging
import math
import queue
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from cleverinvo import clock
from cleverinvo.clock import Clock
from cleverinvo.db.driver import Connection, Driver
from cleverinvo.db.news import ANYTHING, Board, Notice
from cleverinvo.db.statements import Statements
from cleverinvo.db.transaction import Call, Origin, Spoiled, Tx
from cleverinvo.errors import Unavailable
from cleverinvo.links import Links
from cleverinvo.sealing import Seal

GROUP_MAX: Final = 256
"""Verbs in one commit: enough to share the cost of the disk, few enough that none waits long."""

WAITING_MAX: Final = 10_000
"""Verbs that may wait; more are refused at once, while there is still memory to say so."""

ATTEMPTS_MAX: Final = 3
"""How often a group is tried that meets a lost connection, or another process's transaction in its way."""

READ_ATTEMPTS_MAX: Final = 2
"""How often a question is asked: a connection may have died while nobody used it."""

UNCERTAIN: Final = (
    "It is not certain that this was stored; send the same request with the same Idempotency-Key again."
)

READER_COUNT: Final = 4

NEWS_PAUSE_SECONDS: Final = 1.0
"""How long other processes are not asked for news after that has failed."""

INLINE_SECONDS: Final = 0.002
"""How long a read may hold up the event loop before it moves to a thread."""

SET_BACK_MAX: Final = timedelta(hours=1)
"""By how much a clock may be set back and time stand still. More, and it was wrong before: what follows is dated
rightly rather than in order, or every new invoice would bear the wrong day until the server is started again."""

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger("cleverinvo.db")


class Database:
    """One open database. Opened and closed by whoever serves; used from one event loop."""

    def __init__(self, driver: Driver, links: Links, seal: Seal, clock: Clock) -> None:
        self.driver = driver
        self.clock = clock
        self.board = Board()
        self.links = links
        self.by = "server"
        """Who writes where no origin is told."""
        self._seal = seal
        self._statements = Statements(driver)
        self._readers: list[Connection] = []
        self._inline = driver.connect_reader(self._is_over) if driver.reads_inline else None
        if self._inline is not None:
            self._readers.append(self._inline)
        self._inline_until = math.inf
        self._threads = ThreadPoolExecutor(READER_COUNT, thread_name_prefix="reader")
        self._of_thread = threading.local()
        self._writers = [Writer(self, number) for number in range(driver.writer_count)]

    async def write(
        self, verb: Callable[..., Any], account_id: int, *arguments: Any, origin: Origin | None = None
    ) -> Any:
        """Run a verb in a transaction of its own or a shared one; returns after the commit.

        Raises what the verb raises, or Unavailable when the database cannot commit now.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        call = Call(verb, account_id, arguments, origin or Origin(by=self.by))
        self._writers[account_id % len(self._writers)].put(call, future)
        return await future

    async def read(self, question: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask something small. What turns out not to be small moves to a thread of its own."""
        if self._inline is not None:
            try:
                with self._reading(self._inline) as tx, self._in_time():
                    return question(tx, *args, **kwargs)
            except Exception as error:
                if not self.driver.is_outage(error):
                    raise
        return await self.scan(question, *args, **kwargs)

    async def scan(self, question: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask something whose cost is the asker's choice, on a thread of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._scan(question, *args, **kwargs))

    async def exchange_news(self) -> None:
        """Tell other processes what was committed here, and hear what was there; until cancelled."""
        while True:
            try:
                await self.driver.exchange_news(self.board)
            except Exception as error:
                if not self.driver.is_outage(error):
                    raise
                logger.warning("no news from other processes: %s", error)
            await asyncio.sleep(NEWS_PAUSE_SECONDS)
            self.board.tell(ANYTHING)

    async def close(self) -> None:
        """Answer what waits, then let go of every connection."""
        for writer in self._writers:
            await asyncio.to_thread(writer.stop)
        await asyncio.to_thread(self._threads.shutdown)
        for reader in self._readers:
            reader.close()

    def transaction(self, connection: Connection, not_before: datetime | None = None) -> Tx:
        """A transaction of now; a clock that was set back a little does not take it before an earlier one."""
        now = self.clock()
        if not_before is not None and now < not_before < now + SET_BACK_MAX:
            now = not_before
        return Tx(self.driver, self._statements, connection, now, self.links, self._seal)

    @contextlib.contextmanager
    def _in_time(self) -> Iterator[None]:
        """Lets an inline question be stopped, but never the statements that begin and end its transaction:

        a transaction that could not be ended would be in the way of every question after it.
        """
        self._inline_until = clock.seconds() + INLINE_SECONDS
        try:
            yield
        finally:
            self._inline_until = math.inf

    def _is_over(self) -> bool:
        return clock.seconds() > self._inline_until

    def _scan(self, question: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(READ_ATTEMPTS_MAX):
            try:
                with self._reading(self._own_reader()) as tx:
                    return question(tx, *args, **kwargs)
            except Exception as error:
                if not self.driver.is_outage(error):
                    raise
                self._drop_own_reader()
                logger.warning("a read failed: %s", error)
        raise Unavailable("The database cannot be read now; try again shortly.")

    def _own_reader(self) -> Connection:
        """This thread's connection for reading."""
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self.driver.connect_reader()
            self._readers.append(connection)
        return connection

    def _drop_own_reader(self) -> None:
        connection = self._of_thread.__dict__.pop("connection", None)
        if connection is not None:
            self._readers.remove(connection)
            with contextlib.suppress(Exception):
                connection.close()

    @contextlib.contextmanager
    def _reading(self, connection: Connection) -> Iterator[Tx]:
        self.driver.begin_snapshot(connection)
        try:
            yield self.transaction(connection)
        finally:
            connection.execute("ROLLBACK")


class Writer:
    """One thread and one connection, through which all writes of its accounts go."""

    def __init__(self, database: Database, number: int) -> None:
        self._database = database
        self._driver = database.driver
        self._waiting: queue.SimpleQueue[tuple[Call, asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._last: datetime | None = None
        self._notices: set[Notice] = set()
        """What is to be told of the group that was committed last."""
        self._thread = threading.Thread(target=self._run, name=f"writer-{number}", daemon=True)
        self._thread.start()

    def put(self, call: Call, future: asyncio.Future[Any]) -> None:
        if self._waiting.qsize() >= WAITING_MAX:
            raise Unavailable("Too many writes are waiting; try again shortly.")
        self._waiting.put((call, future))

    def stop(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while group := self._gather():
            outcomes = self._commit([call for call, _ in group])
            futures = [future for _, future in group]
            notices, self._notices = self._notices, set()
            futures[0].get_loop().call_soon_threadsafe(self._answer, futures, outcomes, notices)
        if self._connection is not None:
            self._connection.close()

    def _gather(self) -> list[tuple[Call, asyncio.Future[Any]]]:
        """Everything that waits, at least one; nothing once the writer is told to stop."""
        first = self._waiting.get()
        group = [first] if first is not None else []
        while group and len(group) < GROUP_MAX:
            try:
                another = self._waiting.get_nowait()
            except queue.Empty:
                break
            if another is None:
                self._waiting.put(None)  # stop after this group
                break
            group.append(another)
        return group

    def _commit(self, calls: list[Call]) -> list[Any]:
        """Run the calls in one transaction: an outcome for each, an answer or the exception to raise.

        Tried again where nothing can have been stored. A COMMIT that failed may have been done all the same, if it
        was only the word of it that did not come back: then only the caller may ask again, with the same key.
        """
        has_savepoints = False
        for _ in range(ATTEMPTS_MAX):
            is_committing = False
            try:
                tx, outcomes = self._run_all(calls, has_savepoints)
                is_committing = True
                self._open_connection().execute("COMMIT")
                self._last, self._notices = tx.now, tx.notices
                return outcomes
            except Spoiled:
                self._roll_back()
                has_savepoints = True
            except Exception as error:
                self._roll_back()
                is_collision = self._driver.is_collision(error)
                if not is_collision and not self._driver.is_outage(error):
                    return [error] * len(calls)
                logger.warning("%d write(s) failed: %s", len(calls), error)
                if is_committing and not is_collision:
                    return [Unavailable(UNCERTAIN)] * len(calls)
        return [Unavailable("Nothing could be stored now; send the same request again shortly.")] * len(calls)

    def _run_all(self, calls: list[Call], has_savepoints: bool) -> tuple[Tx, list[Any]]:
        connection = self._open_connection()
        self._driver.begin(connection, {call.account_id for call in calls})
        tx = self._database.transaction(connection, self._last)
        return tx, tx.run(calls, has_savepoints=has_savepoints)

    def _open_connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._driver.connect()
        return self._connection

    def _roll_back(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.execute("ROLLBACK")
        except Exception:  # the connection is gone, or the database has rolled back by itself
            self._connection.close()
            self._connection = None

    def _answer(
        self, futures: list[asyncio.Future[Any]], outcomes: list[Any], notices: Collection[Notice]
    ) -> None:
        for future, outcome in zip(futures, outcomes, strict=True):
            if future.done():  # the asker has gone
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        self._database.board.post(notices)
