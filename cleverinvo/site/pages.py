"""What is served beside the API: pages, style sheets, health, and documents behind signed addresses."""

import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path

from cleverinvo import __version__, shapes, worker
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.migrate import HEAD
from cleverinvo.documents import actions as documents
from cleverinvo.errors import NotFound, Unavailable
from cleverinvo.site import (
    branding,
    builder,
    bulk,
    clients,
    credits,
    developers,
    doors,
    einvoice,
    handbook,
    imports,
    invoice,
    invoices,
    keys,
    links,
    numbering,
    overview,
    payments,
    plan,
    reminders,
    reports,
    routing,
    sending,
    settings,
    sharing,
    statement,
    tour,
    trouble,
    undo,
    webhooks,
    you,
)
from cleverinvo.site.hosted import HostedPages
from cleverinvo.site.routing import Page
from cleverinvo.site.visit import House, Visit
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer

PDF_SUFFIX: Final = ".pdf"

PAGES: Final[Sequence[Page]] = [
    *doors.pages.all,
    *links.pages.all,
    *overview.pages.all,
    *tour.pages.all,
    *bulk.pages.all,
    *undo.pages.all,
    *invoices.pages.all,
    *builder.pages.all,
    *invoice.pages.all,
    *sending.pages.all,
    *payments.pages.all,
    *credits.pages.all,
    *sharing.pages.all,
    *einvoice.pages.all,
    *statement.pages.all,
    *imports.pages.all,
    *clients.pages.all,
    *keys.pages.all,
    *developers.pages.all,
    *reports.pages.all,
    *webhooks.pages.all,
    *settings.pages.all,
    *reminders.pages.all,
    *branding.pages.all,
    *numbering.pages.all,
    *you.pages.all,
    *plan.pages.all,
    *handbook.pages.all,
]
"""Every page that people see."""


class Site:
    """The handlers of what is no page, and everything put together."""

    def __init__(self, house: House) -> None:
        self._house = house

    def build(self) -> Starlette:
        """Everything beside the API as one ASGI application."""
        return Starlette(
            routes=[
                *(routing.route(page, self._house) for page in PAGES),
                Route("/static/{version}/{name:path}", trouble.calm(self._house, self._house.assets.serve)),
                Route("/healthz", self.health),
                Route("/readyz", self.readiness),
                Route("/storage/invoices/{name}", trouble.calm(self._house, self.pdf)),
                *HostedPages(self._house).routes,
                Route("/{path:path}", self.nothing),
            ],
            exception_handlers={HTTPException: self._refuse},  # type: ignore[dict-item]
        )

    async def health(self, _: Request) -> Response:
        """The process lives and answers."""
        return _json(200, {"status": "alive", "version": __version__})

    async def readiness(self, _: Request) -> Response:
        """The server can do its work: the database answers and a worker has lately said that it lives."""
        checks = {"database": False, "worker": False, "schema": HEAD}
        try:
            checks["worker"] = await self._house.database.scan(worker.is_alive)
            checks["database"] = True
        except Unavailable:
            pass
        is_ready = bool(checks["database"] and checks["worker"])
        return _json(200 if is_ready else 503, {"status": "ready" if is_ready else "not ready", "checks": checks})

    async def pdf(self, request: Request) -> Response:
        """An invoice's document, for whoever was given its address."""
        name = request.path_params["name"]
        invoice_id = name.removesuffix(PDF_SUFFIX)
        signature = request.query_params.get("sig", "")
        if not name.endswith(PDF_SUFFIX) or not self._house.links.is_pdf_signature(invoice_id, signature):
            raise NotFound("There is nothing at this address.")
        document = await self._house.database.read(documents.find_by_link, NO_ACCOUNT, invoice_id)
        body = await self._house.renderer.pdf(document)
        name = f"{document.name}.pdf"
        answer = answers.of_file(body, "application/pdf", name, request.headers.get("if-none-match"))
        return _response(answer)

    async def nothing(self, request: Request) -> Response:
        """Every other address. Where a form is sent to, a browser's address line leads back to the form."""
        path = request.url.path
        if any(pattern.fullmatch(path) for pattern in _SENT_TO):
            return Visit(self._house, request, None).go(page_above(path))
        visit = Visit(self._house, request, None)
        return trouble.refuse(visit, NotFound("There is no page at this address."))

    async def _refuse(self, request: Request, refusal: HTTPException) -> Response:
        """What no route takes, such as a method."""
        visit = Visit(self._house, request, None)
        return trouble.refuse(visit, trouble.problem_of(visit, refusal))


def page_above(path: str) -> str:
    """The nearest page on the way to an address."""
    while path and not any(pattern.fullmatch(path) for pattern in _LOOKED_AT):
        path = path.rpartition("/")[0]
    return path or "/"


def _patterns(method: str) -> list[re.Pattern[str]]:
    return [compile_path(page.path)[0] for page in PAGES if page.method == method]


_LOOKED_AT: Final = _patterns("GET")
_SENT_TO: Final = _patterns("POST")


def _json(status: int, content: Any) -> Response:
    return Response(shapes.encode(content), status, media_type="application/json")


def _response(answer: Answer) -> Response:
    headers = {name.decode(): value.decode() for name, value in answer.all_headers()}
    return Response(answer.body, answer.status, headers)
