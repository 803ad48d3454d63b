"""Policies of late fees, and the days that were billed, in the database."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, tuple_

from cleverinvo import money
from cleverinvo.db import zones
from cleverinvo.db.policies import NEVER, Policies
from cleverinvo.db.schema import invoices, late_fee_policies, late_fees
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import rules as invoice_rules
from cleverinvo.late_fees.rules import Fee, LateFeePolicy, Span

NO_POLICY = LateFeePolicy(
    monthly_rate=None,
    amount=None,
    currency=None,
    grace_days=0,
    maximum_rate=None,
    is_automatic=False,
    updated_at=None,
)


class Place(NamedTuple):
    """Where a look at overdue invoices has come to."""

    due_date: str = ""
    seq: int = 0


class Overdue(NamedTuple):
    """An invoice whose due date has passed, and up to which day that was billed."""

    place: Place
    id: str
    billed_until: str | None


_POLICIES = Policies(late_fee_policies, late_fee_policies.c.automatic_since != NEVER)
_BILLED_UNTIL = (
    select(func.max(late_fees.c.until_day))
    .where(late_fees.c.account_id == invoices.c.account_id, late_fees.c.invoice_id == invoices.c.id)
    .scalar_subquery()
)
_OVERDUE = (
    select(invoices.c.due_date, invoices.c.seq, invoices.c.id, _BILLED_UNTIL.label("billed_until"))
    .where(
        invoices.c.account_id == bindparam("account_id"),
        invoices.c.sent_at.is_not(None),
        invoices.c.voided_at.is_(None),
        invoices.c.total > invoices.c.amount_paid + invoices.c.amount_credited,
        invoices.c.fee_for_id.is_(None),
        invoices.c.due_date < bindparam("before"),
        tuple_(invoices.c.due_date, invoices.c.seq) > tuple_(bindparam("after_day"), bindparam("after_seq")),
    )
    .order_by(invoices.c.due_date, invoices.c.seq)
    .limit(bindparam("most"))
)
_OF_INVOICE = (
    select(
        late_fees,
        *(invoices.c[name] for name in ("number", "due_date", "total", "amount_paid", "amount_credited")),
        *(invoices.c[name] for name in ("sent_at", "viewed_at", "voided_at")),
    )
    .select_from(late_fees.outerjoin(invoices, invoices.c.id == late_fees.c.fee_invoice_id))
    .where(late_fees.c.account_id == bindparam("account_id"), late_fees.c.invoice_id == bindparam("invoice_id"))
    .order_by(late_fees.c.seq)
)
_INSERT = insert_into(late_fees)


def get_policy(tx: Tx, account_id: int) -> LateFeePolicy:
    """The account's policy; one that costs nothing where it has never set any."""
    row = _POLICIES.find(tx, account_id)
    if row is None:
        return NO_POLICY
    return LateFeePolicy(
        monthly_rate=_decimal(row.monthly_rate),
        amount=_decimal(row.amount),
        currency=row.currency,
        grace_days=row.grace_days,
        maximum_rate=_decimal(row.maximum_rate),
        is_automatic=bool(row.is_automatic),
        updated_at=row.updated_at,
    )


def automatic_since(tx: Tx, account_id: int) -> str:
    """The day from which drafts are made by themselves; NEVER where they are not."""
    row = _POLICIES.find(tx, account_id)
    return NEVER if row is None else str(row.automatic_since)


def set_policy(tx: Tx, account_id: int, policy: LateFeePolicy, automatic_since: str) -> None:
    _POLICIES.set(
        tx,
        account_id,
        monthly_rate=_text(policy.monthly_rate),
        amount=_text(policy.amount),
        currency=policy.currency,
        grace_days=policy.grace_days,
        maximum_rate=_text(policy.maximum_rate),
        is_automatic=policy.is_automatic,
        automatic_since=automatic_since,
    )


def list_accounts_due(tx: Tx) -> list[int]:
    """The accounts whose late invoices were not looked at today; asked by the worker alone."""
    found: list[int] = []
    for today, here in zones.by_day(tx).items():
        found += _POLICIES.list_accounts_due(tx, today, here)
    return found


def list_overdue(tx: Tx, account_id: int, before: date, after: Place, most: int) -> list[Overdue]:
    """Open invoices due before a day, from a place on, fees themselves left out."""
    bound = {"before": before.isoformat(), "after_day": after.due_date, "after_seq": after.seq, "most": most}
    rows = tx.rows(_OVERDUE, account_id=account_id, **bound)
    return [Overdue(Place(row.due_date, row.seq), row.id, row.billed_until) for row in rows]


def note_done(tx: Tx, account_id: int, day: date) -> None:
    """Note that the account's late invoices of a day were all looked at."""
    _POLICIES.note_done(tx, account_id, day)


def list_of_invoice(tx: Tx, account_id: int, invoice_id: str, today: date) -> Sequence[Fee]:
    """The fees that were billed for an invoice, in their order."""
    return [
        Fee(
            invoice_id=row.fee_invoice_id,
            invoice_number=row.number,
            status=None if row.total is None else invoice_rules.status(row, today),
            from_day=row.from_day,
            until_day=row.until_day,
            amount=money.from_minor(row.amount, row.currency),
        )
        for row in tx.rows(_OF_INVOICE, account_id=account_id, invoice_id=invoice_id)
    ]


def insert(
    tx: Tx, account_id: int, invoice_id: str, fee_invoice_id: str, days: Span, amount: Decimal, currency: str
) -> None:
    """Note that days were billed. The database itself refuses days that begin where others did."""
    tx.change(
        _INSERT,
        account_id=account_id,
        invoice_id=invoice_id,
        fee_invoice_id=fee_invoice_id,
        from_day=days.first.isoformat(),
        until_day=days.last.isoformat(),
        amount=money.to_minor(amount, currency),
        currency=currency,
        created_at=tx.stamp,
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
