"""Events in the database: rows in, nouns out."""

import msgspec
from sqlalchemy import bindparam, select

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
_NEWEST = select(counters.c.event_sequence).where(counters.c.account_id == bindparam("account_id"))
_BY_ID = select(events).where(events.c.account_id == bindparam("account_id"), events.c.id == bindparam("id"))


def read(tx: Tx, account_id: int, form: ReadFeed) -> Feed:
    """The events after a sequence number, in the order in which they were committed."""
    bound = {"account_id": account_id, "after": form.after, "most": form.limit + 1}
    if form.types:
        rows = tx.rows(_AFTER_OF_TYPES, types=form.wanted(), **bound)
    else:
        rows = tx.rows(_AFTER, **bound)
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
