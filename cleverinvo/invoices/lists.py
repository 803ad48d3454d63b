"""Lists of invoices: what they may be filtered and sorted by."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any, Final, get_args

from sqlalchemy import ColumnElement, bindparam, case, literal_column, or_

from cleverinvo import clock, money
from cleverinvo.accounts import store as accounts
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import invoices
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import store
from cleverinvo.invoices.forms import ListInvoices
from cleverinvo.invoices.rules import Invoice, Status
from cleverinvo.paging import Page

_SETTLED = invoices.c.amount_paid + invoices.c.amount_credited
_IS_OPEN = invoices.c.sent_at.is_not(None) & invoices.c.voided_at.is_(None) & (invoices.c.total > _SETTLED)
_IS_NOT_YET_DUE = invoices.c.due_date >= bindparam("today")
_IS_UNPAID = invoices.c.amount_paid == 0

_STATUS: Final[Mapping[str, ColumnElement[bool]]] = {  # rules.status, asked the other way round
    "DRAFT": invoices.c.sent_at.is_(None) & invoices.c.voided_at.is_(None),
    "SENT": _IS_OPEN & _IS_NOT_YET_DUE & _IS_UNPAID & invoices.c.viewed_at.is_(None),
    "VIEWED": _IS_OPEN & _IS_NOT_YET_DUE & _IS_UNPAID & invoices.c.viewed_at.is_not(None),
    "PARTIALLY_PAID": _IS_OPEN & _IS_NOT_YET_DUE & (invoices.c.amount_paid > 0),
    "OVERDUE": _IS_OPEN & (invoices.c.due_date < bindparam("today")),
    "PAID": invoices.c.sent_at.is_not(None) & invoices.c.voided_at.is_(None) & (invoices.c.total <= _SETTLED),
    "VOID": invoices.c.voided_at.is_not(None),
}
_DIGITS: Final = (0, 2, 3, 4)


def _bound(name: str) -> ColumnElement[int]:
    """A bound amount in the minor units of the row's own currency."""
    return case(
        *((_has_digits(digits), bindparam(f"{name}_{digits}")) for digits in _DIGITS if digits != 2),
        else_=bindparam(f"{name}_2"),
    )


def _has_digits(digits: int) -> ColumnElement[bool]:
    codes = [f"'{code}'" for code, of_code in money.DIGITS.items() if of_code == digits]
    return literal_column(f"invoices.currency IN ({', '.join(codes)})")


_CLAUSES: Final[Mapping[str, ColumnElement[bool]]] = {
    "client_id": invoices.c.client_id == bindparam("client_id"),
    "currency": invoices.c.currency == bindparam("currency"),
    "external_id": invoices.c.external_id == bindparam("external_id"),
    "issue_date_gte": invoices.c.issue_date >= bindparam("issue_date_gte"),
    "issue_date_lte": invoices.c.issue_date <= bindparam("issue_date_lte"),
    "due_date_gte": invoices.c.due_date >= bindparam("due_date_gte"),
    "due_date_lte": invoices.c.due_date <= bindparam("due_date_lte"),
    "total_gte": invoices.c.total >= _bound("total_gte"),
    "total_lte": invoices.c.total <= _bound("total_lte"),
}
"""The clauses whose name is their form field's."""


def _clause(name: str) -> ColumnElement[bool]:
    if name.startswith("status:"):
        return or_(*(_STATUS[status] for status in name.removeprefix("status:").split(",")))
    return _CLAUSES[name]


_LISTING = Listing(
    invoices,
    columns=store.COLUMNS,
    joined=store.JOINED,
    clause=_clause,
    sorts={"createdAt": None, "issueDate": invoices.c.issue_date},
    noun=store.to_noun,
)


def page(tx: Tx, account_id: int, form: ListInvoices) -> Page[Invoice]:
    """The page of invoices that the form asks for."""
    filters: dict[str, Any] = {name: getattr(form, name) for name in _CLAUSES}
    filters["words"] = form.q
    if form.status is not None:
        filters["status:" + ",".join(sorted(set(form.status.split(","))))] = True
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    bound = {"today": today.isoformat(), **_in_minor_units(form)}
    return _LISTING.page(tx, account_id, form, filters, bound, store.count(tx, account_id))


TALLY_MAX: Final = 1_000
"""How far the invoices of each status are counted; more is "999+" to whoever looks."""


def tally(tx: Tx, account_id: int) -> dict[Status, int]:
    """How many invoices there are of each status, counted as far as TALLY_MAX."""
    bound = {"today": clock.today(tx.now, accounts.get(tx, account_id).time_zone).isoformat()}
    counts: dict[Status, int] = {}
    for status in get_args(Status):
        if status != "PAID":  # has no index: it is what the others leave
            counts[status] = _LISTING.count(tx, account_id, {f"status:{status}": True}, bound, TALLY_MAX)
    if max(counts.values()) < TALLY_MAX:
        counts["PAID"] = min(store.count(tx, account_id) - sum(counts.values()), TALLY_MAX)
    else:
        counts["PAID"] = _LISTING.count(tx, account_id, {"status:PAID": True}, bound, TALLY_MAX)
    return counts


def _in_minor_units(form: ListInvoices) -> dict[str, int]:
    """The bounds on the total for currencies of every number of digits; 9.995 of two digits is 1000 at least."""
    bounds = (("total_gte", form.total_gte, ROUND_CEILING), ("total_lte", form.total_lte, ROUND_FLOOR))
    return {
        f"{name}_{digits}": int(money.EXACT.scaleb(amount, digits).to_integral_value(rounding))
        for name, amount, rounding in bounds
        if amount is not None
        for digits in _DIGITS
    }
