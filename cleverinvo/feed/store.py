"""Events in the database: rows in, nouns out."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, func, select

from cleverinvo.db.schema import counters, events
from cleverinvo.db.statements import among
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.feed.forms import ReadFeed
from cleverinvo.feed.rules import Event, EventRequest, Feed, FeedPosition

_AFTER = (
    select(events)
    .where(events.c.account_id == bindparam("account_id"), events.c.sequence > bindparam("after"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)
_AFTER_OF_TYPES = _AFTER.where(among(events.c.type, "types"))
_BY_SEQUENCES = select(events).where(
    events.c.account_id == bindparam("account_id"), among(events.c.sequence, "sequences")
)
_OLDEST = (
    select(events.c.sequence, events.c.created_at)
    .where(events.c.account_id == bindparam("account_id"), events.c.sequence < bindparam("below"))
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
    .subquery()
)
_LAST_OLD = select(func.max(_OLDEST.c.sequence).label("sequence")).where(
    _OLDEST.c.created_at < bindparam("before")
)
_FORGET = events.delete().where(
    events.c.account_id == bindparam("account"), events.c.sequence <= bindparam("until")
)
_BETWEEN = (
    select(events.c.sequence, events.c.id, events.c.type, events.c.created_at)
    .where(
        events.c.account_id == bindparam("account_id"),
        events.c.sequence > bindparam("after"),
        events.c.sequence <= bindparam("until"),
    )
    .order_by(events.c.sequence)
    .limit(bindparam("most"))
)
_NEWEST = select(counters.c.event_sequence).where(counters.c.account_id == bindparam("account_id"))
_BY_ID = select(events).where(events.c.account_id == bindparam("account_id"), events.c.id == bindparam("id"))


def read(tx: Tx, account_id: int, form: ReadFeed) -> Feed:
    """The events after a sequence number, in the order in which they were committed."""
    statement = _AFTER_OF_TYPES if form.types else _AFTER
    rows = tx.rows(statement, account_id=account_id, after=form.after, most=form.limit + 1, types=form.wanted())
    found = [to_noun(row) for row in rows[: form.limit]]
    has_more = len(rows) > form.limit
    next_after = found[-1].sequence if found else form.after
    if form.types and not has_more:
        next_after = max(next_after, find_newest(tx, account_id))
    return Feed(data=found, pagination=FeedPosition(limit=form.limit, has_more=has_more, next_after=next_after))


def find_newest(tx: Tx, account_id: int) -> int:
    """The sequence number of the account's newest event, 0 before the first."""
    row = tx.row(_NEWEST, account_id=account_id)
    return int(row.event_sequence) if row else 0


def get(tx: Tx, account_id: int, event_id: str) -> Event:
    row = tx.row(_BY_ID, account_id=account_id, id=event_id)
    if row is None:
        raise NotFound("No such event.")
    return to_noun(row)


def find_many(tx: Tx, account_id: int, sequences: Iterable[int]) -> dict[int, Event]:
    """Events by their sequence numbers."""
    rows = tx.rows(_BY_SEQUENCES, account_id=account_id, sequences=list(sequences))
    return {row.sequence: to_noun(row) for row in rows}


def list_heads(tx: Tx, account_id: int, after: int, until: int, most: int) -> list[Row]:
    """Sequence, id, type and moment of events, without what they tell."""
    return tx.rows(_BETWEEN, account_id=account_id, after=after, until=until, most=most)


def find_first_since(tx: Tx, account_id: int, moment: str) -> int:
    """The sequence number from which on events are not older than a stamp.

    Found by halving: sequence and time ascend together.
    """
    low, high = 1, find_newest(tx, account_id) + 1
    while low < high:
        middle = (low + high) // 2
        head = list_heads(tx, account_id, middle - 1, high, 1)
        if head and head[0].created_at < moment:
            low = head[0].sequence + 1
        else:
            high = middle
    return low


def find_last_old(tx: Tx, account_id: int, before: str, below: int, most: int) -> int | None:
    """Up to which event all are older than a stamp, among the oldest so many below a sequence number."""
    row = tx.row(_LAST_OLD, account_id=account_id, before=before, below=below, most=most)
    return None if row is None or row.sequence is None else int(row.sequence)


def forget(tx: Tx, account_id: int, until: int) -> None:
    """Delete the events up to a sequence number."""
    tx.change(_FORGET, account=account_id, until=until)


def to_noun(row: Row) -> Event:
    return Event(
        id=row.id,
        type=row.type,
        sequence=row.sequence,
        created_at=row.created_at,
        timestamp=row.created_at,
        data=msgspec.Raw(row.data.encode()),
        previous=msgspec.Raw(row.previous.encode()) if row.previous else None,
        request=EventRequest(id=row.request_id, idempotency_key=row.idempotency_key),
    )
