"""The feed over HTTP."""

from cleverinvo.feed import store
from cleverinvo.feed.forms import ReadFeed
from cleverinvo.feed.rules import Event, Feed
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Events")


@routes.get("/events", query=ReadFeed, gives=Feed)
async def read(request: Request) -> Feed:
    """Read what happened, in order."""
    return await request.read(store.read, request.query)  # type: ignore[no-any-return]


@routes.get("/events/{id}", gives=Event)
async def get(request: Request) -> Event:
    """Get one event."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]
