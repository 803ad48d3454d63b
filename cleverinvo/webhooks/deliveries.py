"""Deliveries and their attempts in the database: what is due, what came of it, and the log."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, null, select

from cleverinvo import clock, shapes
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import attempts, deliveries, webhooks
from cleverinvo.db.statements import among, insert_into, unindexed
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.paging import Page
from cleverinvo.webhooks.forms import ListDeliveries
from cleverinvo.webhooks.rules import Attempt, Delivery, Outcome, ReceivedResponse, SentRequest, Status, status


class Claim(NamedTuple):
    """A delivery that a worker has taken."""

    seq: int
    id: str
    event_sequence: int
    attempt_count: int
    tries: int


_LIVE_WEBHOOKS = select(webhooks.c.id).where(
    webhooks.c.account_id == bindparam("account_id"), webhooks.c.deleted_at.is_(None)
)
_BY_ID = select(deliveries).where(
    deliveries.c.account_id == bindparam("account_id"),
    deliveries.c.id == bindparam("id"),
    deliveries.c.webhook_id.in_(_LIVE_WEBHOOKS),
)
_INSERT = insert_into(deliveries)
_INSERT_ATTEMPT = insert_into(attempts)
_ATTEMPTS = (
    select(attempts)
    .where(attempts.c.account_id == bindparam("account_id"), attempts.c.delivery_id == bindparam("delivery_id"))
    .order_by(attempts.c.seq)
)
_DUE = (
    select(deliveries.c.seq)
    .where(
        deliveries.c.account_id == bindparam("account"),
        deliveries.c.webhook_id == bindparam("webhook"),
        deliveries.c.due_at <= bindparam("now"),
    )
    .order_by(deliveries.c.due_at, deliveries.c.seq)
    .limit(bindparam("most"))
)
_CLAIM = (
    deliveries.update()
    .where(deliveries.c.seq.in_(_DUE))
    .values(due_at=bindparam("until"))
    .returning(
        deliveries.c.seq,
        deliveries.c.id,
        deliveries.c.event_sequence,
        deliveries.c.attempt_count,
        deliveries.c.tries,
    )
)
_RELEASE = (
    deliveries.update()
    .where(
        unindexed(deliveries.c.account_id) == bindparam("account"),
        among(deliveries.c.seq, "seqs"),
        deliveries.c.due_at.is_not(None),
    )
    .values(due_at=bindparam("now"))
)
_SETTLE = (
    deliveries.update()
    .where(
        deliveries.c.account_id == bindparam("account"),
        deliveries.c.seq == bindparam("row"),
        deliveries.c.due_at.is_not(None),
    )
    .values(
        due_at=bindparam("due"),
        attempt_count=deliveries.c.attempt_count + 1,
        tries=deliveries.c.tries + 1,
        last_attempt_at=bindparam("attempted"),
        response_status=bindparam("answered"),
        error=bindparam("words"),
        succeeded_at=bindparam("succeeded"),
    )
)
_RESTART = (
    deliveries.update()
    .where(
        deliveries.c.account_id == bindparam("account"),
        deliveries.c.webhook_id == bindparam("webhook"),
        among(deliveries.c.event_sequence, "sequences"),
    )
    .values(due_at=bindparam("now"), tries=0, succeeded_at=null())
)
_THERE = select(deliveries.c.seq).where(
    among(deliveries.c.seq, "seqs"), unindexed(deliveries.c.account_id) == bindparam("account_id")
)
_KNOWN = select(deliveries.c.event_sequence, deliveries.c.due_at, deliveries.c.succeeded_at).where(
    deliveries.c.account_id == bindparam("account_id"),
    deliveries.c.webhook_id == bindparam("webhook_id"),
    among(deliveries.c.event_sequence, "sequences"),
)
_NEEDED = (
    select(func.min(deliveries.c.event_sequence).label("sequence"))
    .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
    .where(
        deliveries.c.account_id == bindparam("account_id"),
        deliveries.c.due_at.is_not(None),
        webhooks.c.is_active.is_(True),
        webhooks.c.deleted_at.is_(None),
    )
)
_UNREAD = select((func.min(webhooks.c.position) + 1).label("sequence")).where(
    webhooks.c.account_id == bindparam("account_id"),
    webhooks.c.is_active.is_(True),
    webhooks.c.deleted_at.is_(None),
)
_OF_OLD = (deliveries.c.account_id == bindparam("account"), deliveries.c.event_sequence <= bindparam("until"))
_FORGET_ATTEMPTS = attempts.delete().where(
    attempts.c.account_id == bindparam("account"),
    attempts.c.delivery_id.in_(select(deliveries.c.id).where(*_OF_OLD)),
)
_FORGET_DELIVERIES = deliveries.delete().where(*_OF_OLD)


def get(tx: Tx, account_id: int, delivery_id: str) -> Delivery:
    row = tx.row(_BY_ID, account_id=account_id, id=delivery_id)
    if row is None:
        raise NotFound("No such delivery.")
    return _noun(tx, row)


def list_page(tx: Tx, account_id: int, webhook_id: str, form: ListDeliveries) -> Page[Delivery]:
    """The log of one endpoint."""
    filters: dict[str, Any] = {"webhook_id": webhook_id, "types": form.wanted()}
    if form.status is not None:
        filters[form.status] = True
    return _LISTING.page(tx, account_id, form, filters, {}, 0)


def list_attempts(tx: Tx, account_id: int, delivery_id: str) -> list[Attempt]:
    return [_attempt(row) for row in tx.rows(_ATTEMPTS, account_id=account_id, delivery_id=delivery_id)]


def insert(tx: Tx, account_id: int, added: Sequence[Delivery]) -> None:
    tx.change_many(_INSERT, [_row(account_id, delivery) for delivery in added])


def claim(tx: Tx, account_id: int, webhook_id: str, most: int, until: str) -> list[Claim]:
    """Take what is due of one endpoint, the oldest first; it is due again at `until` if nothing is heard of it."""
    taken = tx.rows(_CLAIM, account=account_id, webhook=webhook_id, now=tx.stamp, until=until, most=most)
    return sorted((Claim(*row) for row in taken), key=lambda claim: claim.event_sequence)


def release(tx: Tx, account_id: int, seqs: Sequence[int]) -> None:
    """Give back what was taken and not tried."""
    tx.change(_RELEASE, account=account_id, seqs=list(seqs), now=tx.stamp)


def find_there(tx: Tx, account_id: int, seqs: Sequence[int]) -> set[int]:
    """Which deliveries are still there, by their rows."""
    return {row.seq for row in tx.rows(_THERE, account_id=account_id, seqs=list(seqs))}


def settle(tx: Tx, account_id: int, settled: Iterable[tuple[int, Outcome, str | None]]) -> None:
    """Note what came of deliveries, by their rows, with the times at which they are due again.

    A delivery that has come to its end meanwhile stays as it is.
    """
    tx.change_many(
        _SETTLE,
        [
            {
                "account": account_id,
                "row": seq,
                "due": due_at,
                "attempted": clock.stamp(outcome.attempted_at),
                "answered": outcome.status,
                "words": outcome.error,
                "succeeded": clock.stamp(outcome.attempted_at) if outcome.error is None else None,
            }
            for seq, outcome, due_at in settled
        ],
    )


def insert_attempts(tx: Tx, account_id: int, made: Iterable[tuple[str, int, str, Outcome]]) -> None:
    """Keep attempts: each with its delivery's id, its number, and the URL it went to."""
    tx.change_many(
        _INSERT_ATTEMPT,
        [
            {
                "account_id": account_id,
                "delivery_id": delivery_id,
                "number": number,
                "attempted_at": clock.stamp(outcome.attempted_at),
                "milliseconds": outcome.milliseconds,
                "url": url,
                "request_headers": shapes.encode(outcome.request_headers).decode(),
                "response": shapes.encode(outcome.response).decode() if outcome.response else None,
                "error": outcome.error,
            }
            for delivery_id, number, url, outcome in made
        ],
    )


def restart(tx: Tx, account_id: int, webhook_id: str, sequences: Sequence[int]) -> None:
    """Let deliveries of these events be due now, with the whole schedule before them."""
    tx.change(_RESTART, account=account_id, webhook=webhook_id, sequences=list(sequences), now=tx.stamp)


def find_statuses(tx: Tx, account_id: int, webhook_id: str, sequences: Sequence[int]) -> dict[int, Status]:
    """Those of the events that are, or were, on their way to the endpoint."""
    rows = tx.rows(_KNOWN, account_id=account_id, webhook_id=webhook_id, sequences=list(sequences))
    return {row.event_sequence: status(row.due_at, row.succeeded_at) for row in rows}


def find_first_needed(tx: Tx, account_id: int) -> int | None:
    """The oldest event that an active endpoint has yet to get; None where all have got all."""
    needed = [tx.row(_NEEDED, account_id=account_id), tx.row(_UNREAD, account_id=account_id)]
    return min((row.sequence for row in needed if row and row.sequence is not None), default=None)


def forget(tx: Tx, account_id: int, until: int) -> None:
    """Delete the log of the events up to a sequence number."""
    tx.change(_FORGET_ATTEMPTS, account=account_id, until=until)
    tx.change(_FORGET_DELIVERIES, account=account_id, until=until)


def _row(account_id: int, delivery: Delivery) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "event_id": delivery.event_id,
        "event_sequence": delivery.event_sequence,
        "event_type": delivery.event_type,
        "due_at": delivery.next_attempt_at,
        "attempt_count": 0,
        "tries": 0,
        "last_attempt_at": None,
        "response_status": None,
        "error": None,
        "succeeded_at": None,
        "created_at": delivery.created_at,
    }


def _noun(_: Tx, row: Row) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        event_type=row.event_type,
        event_sequence=row.event_sequence,
        status=status(row.due_at, row.succeeded_at),
        attempt_count=row.attempt_count,
        next_attempt_at=row.due_at,
        last_attempt_at=row.last_attempt_at,
        response_status=row.response_status,
        error=row.error,
        created_at=row.created_at,
        succeeded_at=row.succeeded_at,
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(
        number=row.number,
        attempted_at=row.attempted_at,
        milliseconds=row.milliseconds,
        request=SentRequest(url=row.url, headers=msgspec.json.decode(row.request_headers)),
        response=shapes.fill(ReceivedResponse, msgspec.json.decode(row.response)) if row.response else None,
        error=row.error,
    )


_IS_OVER = deliveries.c.due_at.is_(None)
_CLAUSES = {
    "webhook_id": deliveries.c.webhook_id == bindparam("webhook_id"),
    "types": among(deliveries.c.event_type, "types"),
    "PENDING": deliveries.c.due_at.is_not(None),
    "SUCCEEDED": _IS_OVER & deliveries.c.succeeded_at.is_not(None),
    "FAILED": _IS_OVER & deliveries.c.succeeded_at.is_(None),
}
_LISTING = Listing(deliveries, clause=_CLAUSES.__getitem__, sorts={"createdAt": None}, noun=_noun)
