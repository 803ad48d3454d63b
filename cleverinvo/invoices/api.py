"""Invoices over HTTP; PATCH stands in lifecycle/, which knows what every status takes."""

from cleverinvo.invoices import actions, lists, store
from cleverinvo.invoices.forms import CreateBatch, CreateInvoice, ListInvoices
from cleverinvo.invoices.rules import Batch, Invoice
from cleverinvo.paging import Page
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Invoices")
COLLECTION = "/api/v1/invoices"


@routes.post("/invoices", takes=CreateInvoice, gives=Invoice, status=201, collection=COLLECTION)
async def create(request: Request) -> Answer:
    """Create an invoice."""
    return await request.write(actions.create, request.body)


@routes.get("/invoices", query=ListInvoices, gives=Page[Invoice])
async def list_(request: Request) -> Page[Invoice]:
    """List invoices."""
    ask = request.scan if request.query.q else request.read
    return await ask(lists.page, request.query)  # type: ignore[no-any-return]


@routes.get("/invoices/{id}", gives=Invoice)
async def get(request: Request) -> Invoice:
    """Get an invoice."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]


@routes.delete("/invoices/{id}")
async def delete(request: Request) -> Answer:
    """Give up a draft. With a number it becomes VOID, without one it disappears."""
    return await request.write(actions.delete, request.id, request.if_match)


@routes.post("/invoices/batch", takes=CreateBatch, gives=Batch)
async def batch(request: Request) -> Answer:
    """Create up to 500 invoices at once."""
    return await request.write(actions.create_batch, request.body)


@routes.post("/invoices/{id}/duplicate", gives=Invoice, status=201, collection=COLLECTION)
async def duplicate(request: Request) -> Answer:
    """Create a new draft from an invoice."""
    return await request.write(actions.duplicate, request.id)


@routes.post("/invoices/{id}/void", gives=Invoice)
async def void(request: Request) -> Answer:
    """Void an invoice. It keeps its number."""
    return await request.write(actions.void, request.id, request.if_match)
