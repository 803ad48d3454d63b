"""Taking back that many invoices were marked as paid: for a while, by reversing the payments that it recorded."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from cleverinvo import clock
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import NotFound
from cleverinvo.payments import actions, store
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

COOKIE: Final = "paid"
"""Names the payments: a hundred ids without their prefix, which is half of what a browser keeps in one."""

PREFIX: Final = "pay_"
TIME: Final = timedelta(minutes=10)
PAYMENTS_MAX: Final = 100

pages = Pages()


@pages.post("/invoices/undo")
async def undo(visit: Visit) -> Response:
    """Reverse the payments. What drafts were marked as sent with them stays sent."""
    found = await visit.read(find, visit.request.cookies.get(COOKIE, ""))
    for payment_id in found:
        await visit.write(actions.reverse, payment_id)
    visit.set_cookie(COOKIE, "", 0)
    if not found:
        return visit.go("/invoices", "There is nothing to undo any more.")
    return visit.go("/invoices", f"Undone: {len(found)} payment{'' if len(found) == 1 else 's'} reversed.")


def offer(visit: Visit, payment_ids: Sequence[str]) -> None:
    """Let the list of invoices offer to take these payments back."""
    names = [payment_id.removeprefix(PREFIX) for payment_id in payment_ids]
    visit.set_cookie(COOKIE, ".".join(names), int(TIME.total_seconds()))


def find(tx: Tx, account_id: int, cookie: str) -> list[str]:
    """Of the payments that a cookie names, those of the account that were recorded just now and still count."""
    earliest = clock.stamp(tx.now - TIME)
    found = []
    for name in cookie.split(".")[:PAYMENTS_MAX] if cookie else []:
        try:
            payment = store.get(tx, account_id, PREFIX + name)
        except NotFound:
            continue
        if payment.created_at > earliest and not payment.reversed_at:
            found.append(payment.id)
    return found
