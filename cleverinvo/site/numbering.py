"""Settings of numbers: how they look, where a series begins, and the proof that none is missing."""

from typing import Any, Final

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.accounts.numbering import write_number
from cleverinvo.accounts.rules import Account
from cleverinvo.errors import Problem
from cleverinvo.numbers import actions, store
from cleverinvo.numbers.forms import StartNumbers
from cleverinvo.site import settings
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

NUMBERS: Final = ("numberFormat", "numbering")
START: Final = ("document", "year", "next")
RUNS_SHOWN: Final = 50

pages = Pages()


@pages.get("/settings/numbers")
async def show_numbers(visit: Visit) -> Response:
    """With `audit=yes` every number is looked at, which takes its time where there are many."""
    is_wanted = visit.request.query_params.get("audit") == "yes"
    return await settings.show(visit, "numbers", NUMBERS, **await _context(visit, is_audited=is_wanted))


@pages.post("/settings/numbers", role="owner")
async def save_numbers(visit: Visit) -> Response:
    return await settings.save(visit, "numbers", NUMBERS, **await _context(visit))


@pages.post("/settings/numbers/start", role="owner")
async def start(visit: Visit) -> Response:
    """Say where a series begins that has no number yet."""
    tree: dict[str, Any] = visit.form.filled(*START)
    tree |= {name: int(tree[name]) for name in ("year", "next") if str(tree.get(name, "")).isdecimal()}
    try:
        form = faults.filled(StartNumbers, tree)
        await visit.write(actions.start, form)
    except Problem as problem:
        return await settings.show(visit, "numbers", NUMBERS, problem, **await _context(visit))
    return visit.go("/settings/numbers", f"The series begins with {form.next}.")


async def _context(visit: Visit, *, is_audited: bool = False) -> dict[str, Any]:
    account: Account = await visit.account()
    series = await visit.scan(store.list_series)
    return {
        "series": [(row, _next(account, row)) for row in series],
        "audit": await visit.scan(actions.audit) if is_audited else None,
        "runs_shown": RUNS_SHOWN,
        "year": visit.now.year,
        "is_yearly": "{year}" in account.number_format,
    }


def _next(account: Account, row: Any) -> str:
    """The number that comes next, as far as it is the account's own format that makes it."""
    if row.document != "invoice" or bool(row.year) != ("{year}" in account.number_format):
        return ""
    return write_number(account.number_format, row.year, row.last_number + 1)
