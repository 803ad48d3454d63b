"""The ledger over HTTP: for reading and checking, never for writing."""

from cleverinvo.ledger import store
from cleverinvo.ledger.forms import ListLedger
from cleverinvo.ledger.rules import LedgerEntry
from cleverinvo.paging import Page
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Ledger")


@routes.get("/ledger", query=ListLedger, gives=Page[LedgerEntry])
async def list_(request: Request) -> Page[LedgerEntry]:
    """List the entries of the ledger, in their order."""
    return await request.read(store.list_page, request.query)  # type: ignore[no-any-return]


@routes.get("/ledger/{id}", gives=LedgerEntry)
async def get(request: Request) -> LedgerEntry:
    """Get an entry."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]
