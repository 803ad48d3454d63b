"""An invoice's public page over HTTP: its address, and who may open it."""

from cleverinvo.hosting import actions
from cleverinvo.hosting.rules import HostedPage
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Invoices")


@routes.get("/invoices/{id}/page", gives=HostedPage)
async def get(request: Request) -> HostedPage:
    """Get an invoice's public page: its address, and how often it was viewed."""
    return await request.read(actions.get, request.id)  # type: ignore[no-any-return]


@routes.post("/invoices/{id}/page/rotate", gives=HostedPage)
async def rotate(request: Request) -> Answer:
    """Give an invoice's public page a new address."""
    return await request.write(actions.rotate, request.id)


@routes.delete("/invoices/{id}/page")
async def revoke(request: Request) -> Answer:
    """Revoke the address of an invoice's public page."""
    return await request.write(actions.revoke, request.id)
