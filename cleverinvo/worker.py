"""Work that is due: loops of plain calls, each doing a bounded batch between two looks at the clock."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select

from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.engine import Database
from cleverinvo.db.schema import heartbeats
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.renderer import Renderer
from cleverinvo.errors import Problem, Unavailable
from cleverinvo.imports import store as imports
from cleverinvo.late_fees import actions as late_fees
from cleverinvo.late_fees import store as late_fee_store
from cleverinvo.late_fees.store import Place
from cleverinvo.lifecycle import actions as lifecycle
from cleverinvo.lifecycle import store as lifecycle_store
from cleverinvo.mail.post import Postman, Server
from cleverinvo.reminders import actions as reminders
from cleverinvo.reminders import store as reminder_store
from cleverinvo.settings import Settings
from cleverinvo.traffic import actions as traffic
from cleverinvo.users import actions as users
from cleverinvo.web import idempotency
from cleverinvo.webhooks import dispatch
from cleverinvo.webhooks.addresses import Guard
from cleverinvo.webhooks.deliver import Deliverer
from cleverinvo.webhooks.rules import STANDARD, Terms
from cleverinvo.webhooks.wire import Courier, SystemLookup

BEAT_SECONDS: Final = 5
PRINT_SECONDS: Final = 5
MAIL_SECONDS: Final = 2
OVERDUE_SECONDS: Final = 20
OVERDUE_BATCH: Final = 500
REMIND_SECONDS: Final = 60
REMIND_BATCH: Final = 50
LATE_FEE_SECONDS: Final = 300
LATE_FEE_BATCH: Final = 200
SWEEP_SECONDS: Final = 3_600
IMPORTS_KEPT: Final = timedelta(days=1)
SILENCE_SECONDS_MAX: Final = 30
"""A worker that has not been heard of for so long is taken for dead."""

NAME: Final = "worker"

logger = logging.getLogger("cleverinvo.worker")

_BEAT = heartbeats.update().where(heartbeats.c.name == bindparam("of")).values(beat_at=bindparam("now"))
_FIRST_BEAT = insert_into(heartbeats)
_LAST_BEAT = select(heartbeats.c.beat_at).where(heartbeats.c.name == bindparam("of"))


async def run(database: Database, renderer: Renderer, settings: Settings, terms: Terms = STANDARD) -> None:
    """Work until cancelled."""
    lookup = SystemLookup()
    courier = Courier(Guard(allow_private=settings.allow_private_webhooks), lookup)
    with contextlib.closing(lookup):
        async with asyncio.TaskGroup() as group:
            group.create_task(_repeat(BEAT_SECONDS, lambda: _beat(database)))
            group.create_task(_repeat(PRINT_SECONDS, renderer.keep_due))
            group.create_task(_repeat(SWEEP_SECONDS, lambda: _sweep(database, settings)))
            group.create_task(_repeat(OVERDUE_SECONDS, lambda: tell_overdue(database)))
            group.create_task(_repeat(REMIND_SECONDS, lambda: remind_due(database)))
            group.create_task(_repeat(LATE_FEE_SECONDS, lambda: bill_late(database)))
            if settings.smtp_url:
                server = Server.of_url(settings.smtp_url, database.links.public_url)
                group.create_task(_repeat(MAIL_SECONDS, Postman(database, renderer, server).deliver_due))
            group.create_task(Deliverer(database, courier, terms).run())


async def run_alone(database: Database, renderer: Renderer, settings: Settings, terms: Terms = STANDARD) -> None:
    """Work until cancelled, beside processes that serve."""
    logger.info("the worker has begun")
    async with asyncio.TaskGroup() as group:
        group.create_task(database.exchange_news())
        group.create_task(run(database, renderer, settings, terms))


async def _repeat(seconds: float, work: Callable[[], Awaitable[bool | None]]) -> None:
    """Do something again and again, at once where it says that there is more. An outage is waited out."""
    while True:
        is_more: bool | None = False
        try:
            is_more = await work()
        except Unavailable as error:
            logger.warning("the worker waits: %s", error)
        except Exception:
            logger.exception("a bug, met by the worker")
        await asyncio.sleep(0 if is_more else seconds)


async def _beat(database: Database) -> None:
    await database.write(beat, NO_ACCOUNT)
    await database.write(idempotency.forget_old, NO_ACCOUNT)
    await database.write(users.forget_old, NO_ACCOUNT)


async def tell_overdue(database: Database) -> bool:
    """Tell of invoices that have become overdue, also while nobody worked; whether there are more."""
    found = await database.scan(lifecycle_store.list_overdue, OVERDUE_BATCH)
    for account_id, invoice_ids in found.items():
        await database.write(lifecycle.tell_overdue, account_id, invoice_ids)
    return sum(map(len, found.values())) >= OVERDUE_BATCH


async def remind_due(database: Database) -> bool:
    """Queue a batch of the reminders that are due for each account whose turn it is; whether there are more."""
    account_ids = await database.scan(reminder_store.list_accounts_due)
    return any([await _remind_account(database, account_id) for account_id in account_ids])


async def _remind_account(database: Database, account_id: int) -> bool:
    """Each invoice in a transaction of its own: what is wrong with one holds up no other."""
    today, due = await database.scan(reminders.find_due, account_id, REMIND_BATCH)
    if not due:
        await database.write(reminders.note_done, account_id, today)
        return False
    outcomes = await asyncio.gather(
        *(database.write(reminders.remind_due, account_id, invoice_id) for invoice_id in due),
        return_exceptions=True,
    )
    for error in outcomes:
        if isinstance(error, Unavailable):
            raise error
        if isinstance(error, BaseException):
            logger.error("a bug, met by a reminder", exc_info=error)
    return True in outcomes


async def bill_late(database: Database) -> None:
    """Draft the fees of months that are over, once a day for each account that has them drafted by themselves."""
    for account_id in await database.scan(late_fee_store.list_accounts_due):
        today = await database.scan(late_fees.today_of, account_id)
        place: Place | None = Place()
        while place is not None:
            due, place = await database.scan(late_fees.find_due, account_id, place, LATE_FEE_BATCH)
            for invoice_id in due:
                await _bill_late(database, account_id, invoice_id)
        await database.write(late_fees.note_done, account_id, today)


async def _bill_late(database: Database, account_id: int, invoice_id: str) -> None:
    try:
        await database.write(late_fees.bill_by_itself, account_id, invoice_id)
    except Unavailable:
        raise
    except Problem as problem:
        logger.warning("no late fee for %s: %s", invoice_id, problem)
    except Exception:
        logger.exception("a bug, met by the late fee of %s", invoice_id)


async def _sweep(database: Database, settings: Settings) -> None:
    """Delete what is old, in small steps: lists that were imported, requests, and events account after account."""
    await database.write(imports.forget_old, NO_ACCOUNT, IMPORTS_KEPT)
    while await database.write(traffic.forget_old, NO_ACCOUNT, settings.request_retention_days):
        await asyncio.sleep(0)
    for account_id, _ in await database.scan(accounts.list_ids):
        while await database.write(dispatch.forget_old, account_id, settings.event_retention_days):
            await asyncio.sleep(0)


def beat(tx: Tx, _: int) -> None:
    """Say that the worker lives."""
    if not tx.change(_BEAT, of=NAME, now=tx.stamp):
        tx.change(_FIRST_BEAT, name=NAME, beat_at=tx.stamp)


def is_alive(tx: Tx) -> bool:
    """Whether a worker has said so lately, in this process or another."""
    row = tx.row(_LAST_BEAT, of=NAME)
    return row is not None and row.beat_at > clock.stamp(tx.now - timedelta(seconds=SILENCE_SECONDS_MAX))
