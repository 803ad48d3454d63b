"""The audit of numbers, and the verb that says where a series begins."""

from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.numbering import UNBROKEN, series_year
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import REQUIRED, Conflict, Fault, Invalid
from cleverinvo.numbers import rules, store
from cleverinvo.numbers.forms import StartNumbers
from cleverinvo.numbers.rules import NumberingAudit


def audit(tx: Tx, account_id: int) -> NumberingAudit:
    """Look at every number of every series of the account."""
    found = [
        rules.audit(
            row.document,
            row.year,
            row.first_number,
            row.last_number,
            store.fates(tx, account_id, row.document, row.year),
        )
        for row in store.list_series(tx, account_id)
    ]
    return NumberingAudit(is_gapless=not any(one.missing for one in found), series=found)


def start(tx: Tx, account_id: int, form: StartNumbers) -> NumberingAudit:
    """Let a series begin where another program's has ended. Raises Conflict once it has begun."""
    number_format = accounts.get(tx, account_id).number_format
    is_yearly = form.document == "invoice" and series_year(number_format, "0001-01-01") != UNBROKEN
    if is_yearly and form.year is None:
        raise Invalid([Fault("year", REQUIRED)])
    if not is_yearly and form.year is not None:
        raise Invalid([Fault("year", "This series does not begin anew each year")])
    year = form.year or UNBROKEN
    if any((row.document, row.year) == (form.document, year) for row in store.list_series(tx, account_id)):
        raise Conflict("The series has begun; its numbers go on without a gap.")
    store.begin(tx, account_id, form.document, year, form.next)
    return audit(tx, account_id)
