"""Money at a glance."""

from starlette.responses import Response

from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit

pages = Pages()


@pages.get("/overview")
async def overview(visit: Visit) -> Response:
    return await visit.page("overview.html", nav="overview")
