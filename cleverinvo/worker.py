"""Work that is due: one loop of plain calls, each doing a bounded batch between two looks at the clock."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select

from cleverinvo import clock
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.engine import Database
from cleverinvo.db.schema import heartbeats
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.renderer import Renderer
from cleverinvo.errors import Unavailable
from cleverinvo.web import idempotency

BEAT_SECONDS: Final = 5
SILENCE_SECONDS_MAX: Final = 30
"""A worker that has not been heard of for so long is taken for dead."""

NAME: Final = "worker"

logger = logging.getLogger("cleverinvo.worker")

_BEAT = heartbeats.update().where(heartbeats.c.name == bindparam("of")).values(beat_at=bindparam("now"))
_FIRST_BEAT = insert_into(heartbeats)
_LAST_BEAT = select(heartbeats.c.beat_at).where(heartbeats.c.name == bindparam("of"))


async def run(database: Database, renderer: Renderer) -> None:
    """Work until cancelled. An outage of the database is waited out."""
    while True:
        is_more = False
        try:
            await database.write(beat, NO_ACCOUNT)
            await database.write(idempotency.forget_old, NO_ACCOUNT)
            is_more = await renderer.keep_due()
        except Unavailable as error:
            logger.warning("the worker waits: %s", error)
        except Exception:
            logger.exception("a bug, met by the worker")
        await asyncio.sleep(0 if is_more else BEAT_SECONDS)


def beat(tx: Tx, _: int) -> None:
    """Say that the worker lives."""
    if not tx.change(_BEAT, of=NAME, now=tx.stamp):
        tx.change(_FIRST_BEAT, name=NAME, beat_at=tx.stamp)


def is_alive(tx: Tx) -> bool:
    """Whether a worker has said so lately, in this process or another."""
    row = tx.row(_LAST_BEAT, of=NAME)
    return row is not None and row.beat_at > clock.stamp(tx.now - timedelta(seconds=SILENCE_SECONDS_MAX))
