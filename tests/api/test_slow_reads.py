"""A question that takes too long for the event loop moves to a thread, and is in nobody's way."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from cleverinvo import clock
from cleverinvo.db import migrate
from cleverinvo.db.driver import Connection
from cleverinvo.db.engine import INLINE_SECONDS, Database
from cleverinvo.db.schema import accounts
from cleverinvo.db.sqlite import SqliteDriver
from cleverinvo.db.transaction import Tx
from cleverinvo.links import Links
from cleverinvo.sealing import Seal

SECRET = b"x" * 32
HOW_MANY = select(func.count().label("accounts")).select_from(accounts)


class Watchful(SqliteDriver):
    """Looks at the clock at every step, where others do so only after thousands."""

    def connect_reader(self, is_over: Callable[[], bool] | None = None) -> Connection:
        connection: Any = super().connect_reader(is_over)
        if is_over is not None:
            connection.set_progress_handler(is_over, 1)
        return connection  # type: ignore[no-any-return]


def slow_before(tx: Tx) -> Any:
    time.sleep(2 * INLINE_SECONDS)
    return tx.row(HOW_MANY)


def slow_after(tx: Tx) -> Any:
    found = tx.row(HOW_MANY)
    time.sleep(2 * INLINE_SECONDS)
    return found


def quick(tx: Tx) -> Any:
    return tx.row(HOW_MANY)


def test_after_a_slow_question_the_next_is_answered(tmp_path: Path) -> None:
    driver = Watchful(tmp_path / "database.sqlite3")
    migrate.upgrade(driver)

    async def ask() -> list[int]:
        database = Database(driver, Links("http://localhost", SECRET), Seal(SECRET), clock.now)
        try:
            questions = (slow_before, quick, slow_after, quick)
            return [(await database.read(question)).accounts for question in questions]
        finally:
            await database.close()

    assert asyncio.run(ask()) == [0, 0, 0, 0]
