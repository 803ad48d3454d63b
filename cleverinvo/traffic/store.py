"""The log of requests and their counts in the database: rows in, nouns out."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select

from cleverinvo import clock, ids
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import accounts, api_keys, requests, usage
from cleverinvo.db.statements import among, insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.paging import Page
from cleverinvo.traffic.forms import SPANS, ListRequests
from cleverinvo.traffic.rules import Count, Entry, Hour, LoggedRequest

FORGOTTEN_AT_ONCE: Final = 1_000

_COLUMNS = (*requests.c, api_keys.c.name.label("key_name"), api_keys.c.prefix, api_keys.c.last4)
_JOINED = requests.outerjoin(
    api_keys, (api_keys.c.account_id == requests.c.account_id) & (api_keys.c.id == requests.c.key_id)
)
_BY_ID = (
    select(*_COLUMNS)
    .select_from(_JOINED)
    .where(requests.c.account_id == bindparam("account_id"), requests.c.id == bindparam("id"))
)
_INSERT = insert_into(requests)
_ACCOUNTS = select(accounts.c.id).where(among(accounts.c.id, "ids"))
_COUNTED = (usage.c.account_id == bindparam("account"), usage.c.hour == bindparam("in_hour"))
_ADD = (
    usage.update()
    .where(*_COUNTED)
    .values(
        accepted=usage.c.accepted + bindparam("more_accepted"),
        refused=usage.c.refused + bindparam("more_refused"),
        unlogged=usage.c.unlogged + bindparam("more_unlogged"),
    )
)
_FIRST = insert_into(usage)
_HOURS = (
    select(usage.c.hour, usage.c.accepted, usage.c.refused, usage.c.unlogged)
    .where(usage.c.account_id == bindparam("account_id"), usage.c.hour >= bindparam("since"))
    .order_by(usage.c.hour)
)
_OLDEST = select(requests.c.seq, requests.c.created_at).order_by(requests.c.seq).limit(bindparam("most"))
_FORGET = requests.delete().where(requests.c.seq <= bindparam("last"))
_FORGET_HOURS = usage.delete().where(usage.c.hour < bindparam("before"))


def get(tx: Tx, account_id: int, entry_id: str) -> LoggedRequest:
    row = tx.row(_BY_ID, account_id=account_id, id=entry_id)
    if row is None:
        raise NotFound("This request is not in the log, or no longer.")
    return _noun(tx, row)


def list_page(tx: Tx, account_id: int, form: ListRequests) -> Page[LoggedRequest]:
    first, last = SPANS[form.status] if form.status else (None, None)
    filters = {"status": first, "path": form.path and _anywhere(form.path), "request_id": form.request_id}
    bound = {"status_to": last}
    return _LISTING.page(tx, account_id, form, {**filters, "all": 0}, bound, 0)


def list_hours(tx: Tx, account_id: int, since: str) -> list[Hour]:
    return [Hour(*row) for row in tx.rows(_HOURS, account_id=account_id, since=since)]


def find_accounts(tx: Tx, _: int, account_ids: Iterable[int]) -> set[int]:
    """Which of these accounts there are: one may be removed while its last requests wait to be written."""
    return {row.id for row in tx.rows(_ACCOUNTS, ids=list(account_ids))}


def insert(tx: Tx, _: int, entries: Sequence[Entry]) -> None:
    """Add lines to the log, of any account."""
    tx.change_many(_INSERT, [{"id": ids.new("log", tx.now), **entry._asdict()} for entry in entries])


def add(tx: Tx, _: int, counts: Sequence[Count]) -> None:
    """Add to the counts of hours, of any account."""
    for account_id, hour in counts:
        more = {"more_accepted": hour.accepted, "more_refused": hour.refused, "more_unlogged": hour.unlogged}
        if not tx.change(_ADD, account=account_id, in_hour=hour.hour, **more):
            tx.change(_FIRST, account_id=account_id, **hour._asdict())


def forget_old(tx: Tx, _: int, days: int, hours_days: int) -> bool:
    """Delete some lines of more than so many days ago, and old counts; whether there may be more lines."""
    tx.change(_FORGET_HOURS, before=clock.stamp(tx.now - timedelta(days=hours_days))[:13])
    before = clock.stamp(tx.now - timedelta(days=days))
    old = [row.seq for row in tx.rows(_OLDEST, most=FORGOTTEN_AT_ONCE) if row.created_at < before]
    if old:
        tx.change(_FORGET, last=old[-1])
    return len(old) == FORGOTTEN_AT_ONCE


def _anywhere(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _noun(_: Tx, row: Row) -> LoggedRequest:
    fields = {name: getattr(row, name) for name in LoggedRequest._fields if name not in ("key_name", "key_shown")}
    shown = f"{row.prefix}…{row.last4}" if row.last4 else ""
    return LoggedRequest(key_name=row.key_name or "", key_shown=shown, **fields)


_CLAUSES = {
    "all": requests.c.seq
    > bindparam("all"),  # a filter, for the list is counted no further than filtered ones are
    "status": requests.c.status.between(bindparam("status"), bindparam("status_to")),
    "path": requests.c.path.like(bindparam("path"), escape="\\"),
    "request_id": requests.c.request_id == bindparam("request_id"),
}
_LISTING = Listing(
    requests,
    clause=_CLAUSES.__getitem__,
    sorts={"createdAt": None},
    noun=_noun,
    columns=_COLUMNS,
    joined=_JOINED,
)
