"""An invoice's public page, as its owner sees it: given a new address, or closed."""

from starlette.responses import Response

from cleverinvo.errors import STATUS, Problem
from cleverinvo.hosting import actions
from cleverinvo.site.invoice import show_with
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

pages = Pages()


@pages.post("/invoices/{id}/page/rotate")
async def rotate(visit: Visit) -> Response:
    try:
        await visit.write(actions.rotate, visit.id)
    except Problem as problem:
        return await show_with(visit, STATUS[problem.code], problem=problem)
    return visit.go(f"/invoices/{visit.id}", "The page has a new address. The old one opens nothing any more.")


@pages.post("/invoices/{id}/page/revoke")
async def revoke(visit: Visit) -> Response:
    await visit.write(actions.revoke, visit.id)
    return visit.go(f"/invoices/{visit.id}", "The page is closed. The document and this page stay.")
