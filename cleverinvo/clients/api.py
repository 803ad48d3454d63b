"""Clients over HTTP."""

from cleverinvo.clients import actions, store
from cleverinvo.clients.forms import CreateClient, ListClients, UpdateClient
from cleverinvo.clients.rules import Client
from cleverinvo.paging import Page
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Clients")


@routes.post("/clients", takes=CreateClient, gives=Client, status=201, collection="/api/v1/clients")
async def create(request: Request) -> Answer:
    """Create a client."""
    return await request.write(actions.create, request.body)


@routes.get("/clients", query=ListClients, gives=Page[Client])
async def list_(request: Request) -> Page[Client]:
    """List clients."""
    ask = request.scan if request.query.q else request.read
    return await ask(store.list_page, request.query)  # type: ignore[no-any-return]


@routes.get("/clients/{id}", gives=Client)
async def get(request: Request) -> Client:
    """Get a client."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]


@routes.put("/clients/{id}", takes=UpdateClient, gives=Client)
async def replace(request: Request) -> Answer:
    """Update a client. Only the fields that are sent change."""
    return await request.write(actions.update, request.id, request.body, request.if_match)


@routes.patch("/clients/{id}", takes=UpdateClient, gives=Client)
async def update(request: Request) -> Answer:
    """Update a client, the same as PUT."""
    return await request.write(actions.update, request.id, request.body, request.if_match)


@routes.delete("/clients/{id}")
async def delete(request: Request) -> Answer:
    """Delete a client. Its invoices keep their copy of its data."""
    return await request.write(actions.delete, request.id, request.if_match)
