"""What may happen, and the one way to tell of it: a row written with the change itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import astuple
from sqlalchemy import bindparam, select

from cleverinvo import ids, shapes
from cleverinvo.db.schema import counters, events
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Origin, Row, Tx

TYPES: Final = (
    "client.created",
    "client.updated",
    "client.deleted",
    "invoice.created",
    "invoice.updated",
    "invoice.sent",
    "invoice.viewed",
    "invoice.partially_paid",
    "invoice.paid",
    "invoice.overdue",
    "invoice.reminded",
    "invoice.voided",
    "invoice.deleted",
    "payment.recorded",
    "payment.reversed",
    "credit_note.issued",
    "webhook.disabled",
    "webhook.test",
)
"""Every type of event. An integration may rely on a name and its meaning for ever."""

FAMILIES: Final = tuple(dict.fromkeys(type.partition(".")[0] for type in TYPES))
"""What types begin with, for `invoice.*`."""

NEWS: Final = "events"
"""The topic of the news that an account has new events."""


class Happened(NamedTuple):
    """One change: its type, the object as it is now, and what changed of it as it was before."""

    type: str
    noun: Any
    origin: Origin
    previous: Mapping[str, Any] | None = None


_NEWEST = select(counters.c.event_sequence).where(counters.c.account_id == bindparam("account_id"))
_COUNT = (
    counters.update()
    .where(counters.c.account_id == bindparam("account"))
    .values(event_sequence=bindparam("newest"))
)
_INSERT = insert_into(events)


def emit(tx: Tx, account_id: int, type: str, noun: Any, previous: Mapping[str, Any] | None = None) -> int:
    """Tell of one change, in the transaction that makes it: no event without its cause, no cause untold.

    Gives the event's sequence number.
    """
    return emit_many(tx, account_id, [Happened(type, noun, tx.origin, previous)])


def emit_many(tx: Tx, account_id: int, changes: Sequence[Happened]) -> int:
    """Tell of changes in their order, with consecutive sequence numbers; the first of them, 0 for none."""
    if not changes:
        return 0
    tx.tell(NEWS, account_id)
    known = (TYPES, account_id)
    if known not in tx.known:
        row: Row = tx.row(_NEWEST, account_id=account_id)
        tx.known[known] = int(row.event_sequence)
    first = tx.known[known] + 1
    newest = tx.known[known] = tx.known[known] + len(changes)
    tx.append(_INSERT, [_row(tx, account_id, first + place, change) for place, change in enumerate(changes)])
    tx.append(_COUNT, [{"account": account_id, "newest": newest}])
    return int(first)


def _row(tx: Tx, account_id: int, sequence: int, change: Happened) -> dict[str, Any]:
    assert change.type in TYPES
    return {
        "account_id": account_id,
        "sequence": sequence,
        "id": ids.new("evt", tx.now),
        "type": change.type,
        "object_id": change.noun.id,
        "data": tx.encode(change.noun).decode(),
        "previous": shapes.encode(change.previous).decode() if change.previous else None,
        "request_id": change.origin.request_id,
        "idempotency_key": change.origin.idempotency_key,
        "created_at": tx.stamp,
    }


def expand(filters: Iterable[str]) -> list[str]:
    """The types that filters such as `invoice.paid`, `invoice.*` and `*` let through."""
    wanted = set(filters)
    return [type for type in TYPES if wanted & {"*", type, f"{type.partition('.')[0]}.*"}]


def difference(before: Any, after: Any) -> dict[str, Any]:
    """The fields of a noun that changed, by their names on the wire, with the values they had before."""
    values = zip(before.__struct_encode_fields__, astuple(before), astuple(after), strict=True)
    return {wire: old for wire, old, new in values if old != new and wire != "updatedAt"}
