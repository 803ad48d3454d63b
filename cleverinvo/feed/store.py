"""Events in the database: rows in, nouns out."""

import msgspec
from sqlalchemy import bindparam, select

from cleverinvo.db.schema import events
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
_BY_ID = select(events).where(events.c.account_id == bindparam("account_id"), events.c.id == bindparam("id"))


def read(tx: Tx, account_id: int, form: ReadFeed) -> Feed:
    """The events after a sequence number, in the order in which they were committed."""
    statement = _AFTER_OF_TYPES if form.types else _AFTER
    types = form.types.split(",") if form.types else []
    rows = tx.rows(statement, account_id=account_id, after=form.after, most=form.limit + 1, types=types)
    found = [_noun(row) for row in rows[: form.limit]]
    position = FeedPosition(
        limit=form.limit,
        has_more=len(rows) > form.limit,
        next_after=found[-1].sequence if found else form.after,
    )
    return Feed(data=found, pagination=position)


def get(tx: Tx, account_id: int, event_id: str) -> Event:
    row = tx.row(_BY_ID, account_id=account_id, id=event_id)
    if row is None:
        raise NotFound("No such event.")
    return _noun(row)


def _noun(row: Row) -> Event:
    return Event(
        id=row.id,
        type=row.type,
        sequence=row.sequence,
        created_at=row.created_at,
        data=msgspec.Raw(row.data.encode()),
        previous=msgspec.Raw(row.previous.encode()) if row.previous else None,
        request=EventRequest(id=row.request_id, idempotency_key=row.idempotency_key),
    )
