"""What moved money since a moment, told by the ledger: which sums may be others now, and which cannot."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from cleverinvo import clock
from cleverinvo.db.schema import accounts, invoices, ledger
from cleverinvo.db.statements import among, unindexed
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.payments import rules as payment_rules

ENTRIES_MAX: Final = 500
"""So many entries are looked through; after more, everything may have changed."""

_SUMLESS: Final = ("invoice.document_stored", "credit_note.document_stored")


class Moment(NamedTuple):
    """Where an account's money stands: its newest entry in the ledger, and its day."""

    sequence: int
    time_zone: str
    today: date


class Changes(NamedTuple):
    """What was touched: clients, days on which something was billed or credited, days on which money came in."""

    clients: frozenset[str]
    billed: frozenset[tuple[str, str]]
    """Currency and day of issue: of the invoices, also where they were paid, and of their credit notes."""
    paid: frozenset[tuple[str, str]]
    """Currency and day, in the account's own time."""

    def has_billed(self, currency: str, first: date, last: date) -> bool:
        return _has(self.billed, currency, first, last)

    def has_paid(self, currency: str, first: date, last: date) -> bool:
        return _has(self.paid, currency, first, last)


class _Record(msgspec.Struct, rename="camel"):
    """What of a ledger's record says where its sums stand."""

    id: str
    currency: str
    client_id: str = ""
    invoice_id: str = ""
    issue_date: str = ""
    paid_at: str = ""


_NEWEST = (
    select(func.max(ledger.c.sequence)).where(ledger.c.account_id == bindparam("account_id")).scalar_subquery()
)
_MOMENT = select(func.coalesce(_NEWEST, 0).label("sequence"), accounts.c.time_zone).where(
    accounts.c.id == bindparam("account_id")
)
_SINCE = (
    select(ledger.c.type, ledger.c.record)
    .where(
        ledger.c.account_id == bindparam("account_id"),
        ledger.c.sequence > bindparam("after"),
        ledger.c.sequence <= bindparam("until"),
    )
    .order_by(ledger.c.sequence)
)
_INVOICES = select(invoices.c.client_id, invoices.c.currency, invoices.c.issue_date).where(
    unindexed(invoices.c.account_id) == bindparam("account_id"), among(invoices.c.id, "invoice_ids")
)


def moment(tx: Tx, account_id: int) -> Moment:
    """What all sums of an account follow from."""
    row: Row = tx.row(_MOMENT, account_id=account_id)
    return Moment(int(row.sequence), row.time_zone, clock.today(tx.now, row.time_zone))


def between(tx: Tx, account_id: int, before: Moment, after: Moment) -> Changes | None:
    """What was touched from one moment to another; None where that is too much to say, or a day began."""
    if before[1:] != after[1:] or not 0 <= after.sequence - before.sequence <= ENTRIES_MAX:
        return None
    rows = tx.rows(_SINCE, account_id=account_id, after=before.sequence, until=after.sequence)
    records = [_record.decode(row.record) for row in rows if row.type not in _SUMLESS]
    touched = {record.invoice_id or record.id for record in records}
    found = tx.rows(_INVOICES, account_id=account_id, invoice_ids=list(touched)) if touched else []
    return Changes(
        frozenset(row.client_id for row in found),
        frozenset((row.currency, row.issue_date) for row in found) | frozenset(_days_of_issue(records)),
        frozenset(
            (one.currency, payment_rules.day_of(one.paid_at, after.time_zone).isoformat())
            for one in records
            if one.paid_at
        ),
    )


def _days_of_issue(records: Iterable[_Record]) -> Iterable[tuple[str, str]]:
    return ((one.currency, one.issue_date[:10]) for one in records if one.issue_date)


def _has(touched: frozenset[tuple[str, str]], currency: str, first: date, last: date) -> bool:
    return any(code == currency and str(first) <= day <= str(last) for code, day in touched)


_record: Any = msgspec.json.Decoder(_Record)
