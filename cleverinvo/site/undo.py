"""Taking back what was done to many invoices: payments are reversed, mails withdrawn that have not gone yet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeVar

from starlette.responses import Response

from cleverinvo import clock
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import NotFound
from cleverinvo.mail import actions as mail
from cleverinvo.mail import store as mails
from cleverinvo.payments import actions, store
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

PAID: Final = "paid"
MAILED: Final = "mailed"
COOKIES: Final = {"PAID": PAID, "mail": MAILED}
"""Name payments or mails: a hundred ids without their prefix, which is half of what a browser keeps in one."""

TIME: Final = timedelta(minutes=10)
NAMED_MAX: Final = 100
NOTHING: Final = "There is nothing to undo any more."

N = TypeVar("N")

pages = Pages()


@pages.post("/invoices/undo")
async def undo(visit: Visit) -> Response:
    """Reverse the payments. What drafts were marked as sent with them stays sent."""
    found = await visit.read(find_payments, visit.request.cookies.get(PAID, ""))
    for payment_id in found:
        await visit.write(actions.reverse, payment_id)
    visit.set_cookie(PAID, "", 0)
    if not found:
        return visit.go("/invoices", NOTHING)
    return visit.go("/invoices", f"Undone: {len(found)} payment{'' if len(found) == 1 else 's'} reversed.")


@pages.post("/invoices/withdraw")
async def withdraw(visit: Visit) -> Response:
    """Let the mails not go out that still wait. The invoices stay sent: nothing changes them any more."""
    cookie = visit.request.cookies.get(MAILED, "")
    found = await visit.read(find_mails, cookie)
    withdrawn = sum([await visit.write(mail.withdraw, mail_id) for mail_id in found])
    visit.set_cookie(MAILED, "", 0)
    if not withdrawn:
        return visit.go("/invoices", "Too late: the mails have gone out.")
    gone = len(_names(cookie)) - withdrawn
    notice = f"{withdrawn} mail{'' if withdrawn == 1 else 's'} withdrawn. The invoices stay sent and frozen."
    return visit.go("/invoices", notice + (f" {gone} had gone out already." if gone else ""))


def offer(visit: Visit, cookie: str, ids: Sequence[str]) -> None:
    """Let the list of invoices offer to take these back."""
    names = [id.partition("_")[2] for id in ids]
    visit.set_cookie(cookie, ".".join(names), int(TIME.total_seconds()))


def find_payments(tx: Tx, account_id: int, cookie: str) -> list[str]:
    """Of the payments that a cookie names, those of the account that were recorded just now and still count."""
    earliest = clock.stamp(tx.now - TIME)
    found = _find(tx, account_id, store.get, "pay", cookie)
    return [one.id for one in found if one.created_at > earliest and not one.reversed_at]


def find_mails(tx: Tx, account_id: int, cookie: str) -> list[str]:
    """Of the mails that a cookie names, those of the account that nobody has tried to send yet."""
    found = _find(tx, account_id, mails.get, "mail", cookie)
    return [one.id for one in found if one.status == "waiting" and not one.attempts]


def _find(tx: Tx, account_id: int, get: Callable[[Tx, int, str], N], prefix: str, cookie: str) -> Iterator[N]:
    """Those of the things that a cookie names which the account has."""
    for name in _names(cookie):
        with suppress(NotFound):
            yield get(tx, account_id, f"{prefix}_{name}")


def _names(cookie: str) -> list[str]:
    return cookie.split(".")[:NAMED_MAX] if cookie else []
