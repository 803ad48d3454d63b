"""The lifecycle over HTTP: the PATCH that the guide marks invoices sent and paid with."""

from cleverinvo.invoices.forms import ChangeInvoice
from cleverinvo.invoices.rules import Invoice
from cleverinvo.lifecycle import actions
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Invoices")


@routes.patch("/invoices/{id}", takes=ChangeInvoice, gives=Invoice)
async def change(request: Request) -> Answer:
    """Change a draft's fields, or move an invoice to another status."""
    return await request.write(actions.change, request.id, request.body, request.if_match)


@routes.post("/invoices/{id}/revise", gives=Invoice, status=201, collection="/api/v1/invoices")
async def revise(request: Request) -> Answer:
    """Credit a sent invoice in full, and create a draft to bill it anew."""
    return await request.write(actions.revise, request.id, request.if_match)
