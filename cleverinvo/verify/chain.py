"""The ledger's chain, entry by entry, and whether what is stored now is what the entries say."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select

from cleverinvo import shapes
from cleverinvo.db.schema import ledger
from cleverinvo.db.transaction import Tx
from cleverinvo.ledger import rules, store
from cleverinvo.ledger.rules import BEGINNING, Type

_ENTRIES: Final = (
    select(ledger).where(ledger.c.account_id == bindparam("account_id")).order_by(ledger.c.sequence, ledger.c.seq)
)


class Chain:
    """The entries of one account. What they tell of is compared with what is stored, object after object."""

    def __init__(self, tx: Tx, account_id: int) -> None:
        self._tx = tx
        self._account_id = account_id
        self._told: dict[tuple[str, str], tuple[int, str]] = {}
        self.head = (0, BEGINNING)

    def faults(self) -> Iterator[str]:
        """Where an entry is missing, was added, moved or rewritten."""
        for row in self._tx.stream(_ENTRIES, account_id=self._account_id):
            entry = store.to_noun(self._tx, row)
            sequence, previous_hash = self.head
            if entry.sequence != sequence + 1:
                yield f"the ledger is broken: after entry {sequence} comes {entry.sequence}"
            if entry.previous_hash != previous_hash:
                yield f"ledger entry {entry.sequence} does not follow the entry before it"
            if hashlib.sha256(bytes(entry.record)).hexdigest() != entry.record_sha256:
                yield f"ledger entry {entry.sequence} has another record than it was made with"
            if rules.hash_of(entry) != entry.hash:
                yield f"ledger entry {entry.sequence} was rewritten"
            if (entry.type, entry.object_id) in self._told:
                yield f"ledger entry {entry.sequence} tells again of {entry.type} {entry.object_id}"
            self._told[entry.type, entry.object_id] = (entry.sequence, entry.record_sha256)
            self.head = (entry.sequence, entry.hash)

    def compare(self, type: Type, object_id: str, record: Mapping[str, Any]) -> Iterator[str]:
        """Whether the ledger tells of this, and of the object as it is stored now."""
        sequence, sha256 = self._told.pop((type, object_id), (0, ""))
        if not sequence:
            yield f"the ledger does not tell of {type}"
        elif hashlib.sha256(shapes.canonical(record)).hexdigest() != sha256:
            yield f"it is not what ledger entry {sequence} ({type}) says it was"

    def left(self) -> Iterator[str]:
        """What the ledger tells of and is not there any more."""
        for (type, object_id), (sequence, _) in self._told.items():
            yield f"ledger entry {sequence} tells of {type} {object_id}, of which nothing is stored"
