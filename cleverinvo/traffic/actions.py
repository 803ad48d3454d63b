"""The verbs of the log: keep what was asked, and forget it after some days."""

from collections.abc import Sequence
from typing import Final

from cleverinvo.db.transaction import Tx
from cleverinvo.traffic import store
from cleverinvo.traffic.rules import Count, Entry

HOURS_KEPT_DAYS: Final = 40


def keep(tx: Tx, account_id: int, entries: Sequence[Entry], counts: Sequence[Count]) -> None:
    """Add requests to the log, and to the counts of their hours."""
    asked = {entry.account_id for entry in entries} | {count.account_id for count in counts}
    known = store.find_accounts(tx, account_id, asked)
    store.insert(tx, account_id, [one for one in entries if one.account_id in known])
    store.add(tx, account_id, [one for one in counts if one.account_id in known])


def forget_old(tx: Tx, account_id: int, days: int) -> bool:
    """Delete some of what is older; whether there may be more."""
    return store.forget_old(tx, account_id, days, HOURS_KEPT_DAYS)
