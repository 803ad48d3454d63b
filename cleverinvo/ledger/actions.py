"""The one verb of the ledger: entering what was just done, in the transaction that does it."""

from collections.abc import Mapping
from typing import Any

from cleverinvo import ids
from cleverinvo.db.transaction import Tx
from cleverinvo.ledger import rules, store
from cleverinvo.ledger.rules import Type


def enter(tx: Tx, account_id: int, type: Type, object_id: str, record: Mapping[str, Any]) -> None:
    """Enter what was done to an object. `record` is what of it is fixed from now on, by its names on the wire.

    One writer at a time writes for an account, so the entry that is newest here stays the one before.
    """
    previous = store.find_newest(tx, account_id)
    entry_id = ids.new("led", tx.now)
    entry = rules.enter(previous, type, tx.origin.by, object_id, record, entry_id, tx.stamp)
    store.insert(tx, account_id, entry)
