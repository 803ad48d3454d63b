"""What an entry of the ledger is, and how it is chained to the one before."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from cleverinvo import shapes
from cleverinvo.shapes import Noun

Type = Literal[
    "invoice.issued",
    "invoice.voided",
    "invoice.document_stored",
    "credit_note.issued",
    "credit_note.document_stored",
    "payment.recorded",
    "payment.reversed",
]
ObjectType = Literal["invoice", "credit_note", "payment"]

TYPES: Final[tuple[Type, ...]] = get_args(Type)

BEGINNING: Final = "0" * 64
"""The hash before the first entry's."""


class LedgerEntry(Noun, frozen=True):
    """Something that was done and is never undone but by another entry."""

    id: str
    sequence: int
    """1, 2, 3 … without gaps."""
    type: Type
    by: str
    """The id of the API key or the user who did it, `command_line`, or `server` for what it does by itself."""
    created_at: str
    object_type: ObjectType
    object_id: str
    record: msgspec.Raw
    """The object as it was then, all that was fixed of it. Amounts are strings, with all their digits."""
    record_sha256: str
    """Of the record in canonical form: keys in order, no spaces, UTF-8."""
    previous_hash: str
    """The `hash` of the entry before; 64 zeros before the first."""
    hash: str
    """The SHA-256 of this entry in canonical form, without `hash` and `record`."""


def enter(
    previous: tuple[int, str], type: Type, by: str, object_id: str, record: Mapping[str, Any], id: str, stamp: str
) -> LedgerEntry:
    """The entry that follows the one of this sequence number and hash."""
    content = shapes.canonical(record)
    entry = LedgerEntry(
        id=id,
        sequence=previous[0] + 1,
        type=type,
        by=by,
        created_at=stamp,
        object_type=object_type(type),
        object_id=object_id,
        record=msgspec.Raw(content),
        record_sha256=hashlib.sha256(content).hexdigest(),
        previous_hash=previous[1],
        hash="",
    )
    return msgspec.structs.replace(entry, hash=hash_of(entry))


def hash_of(entry: LedgerEntry) -> str:
    return hashlib.sha256(shapes.canonical(shapes.noun_fields(entry, "hash", "record"))).hexdigest()


def object_type(type: Type) -> ObjectType:
    return type.partition(".")[0]  # type: ignore[return-value]
