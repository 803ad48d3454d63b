"""Which calendar day it is, and for whose accounts."""

from datetime import date

from sqlalchemy import select

from cleverinvo import clock
from cleverinvo.db.schema import accounts
from cleverinvo.db.transaction import Tx

_ZONES = select(accounts.c.time_zone).distinct()


def by_day(tx: Tx) -> dict[date, list[str]]:
    """The time zones of all accounts by the day that it is there; there are at most three on Earth at once."""
    zones: dict[date, list[str]] = {}
    for row in tx.rows(_ZONES):
        zones.setdefault(clock.today(tx.now, row.time_zone), []).append(row.time_zone)
    return zones
