"""The feed over HTTP."""

from typing import Final

from cleverinvo.feed import follow, store
from cleverinvo.feed.forms import ReadFeed
from cleverinvo.feed.rules import Event, Feed
from cleverinvo.web.answers import EVENT_STREAM, Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Events")

NOT_KEPT: Final = (b"cache-control", b"no-store")


@routes.get("/events", query=ReadFeed, gives=Feed, follows=True)
async def read(request: Request) -> Feed | Answer:
    """Read what happened, in order; wait for what comes, or follow it as a stream of server-sent events."""
    if EVENT_STREAM in (request.header(b"accept") or ""):
        events = follow.stream(request, request.query)
        return Answer(200, content_type=EVENT_STREAM.encode(), headers=[NOT_KEPT], stream=events)
    if request.query.wait:
        return await follow.wait(request, request.query)
    return await request.read(store.read, request.query)  # type: ignore[no-any-return]


@routes.get("/events/{id}", gives=Event)
async def get(request: Request) -> Event:
    """Get one event."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]
