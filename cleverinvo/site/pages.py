"""The pages beside the API: the front door, the server's health, and documents behind signed addresses."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cleverinvo import __version__, ids, shapes, worker
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.engine import Database
from cleverinvo.db.migrate import HEAD
from cleverinvo.documents import actions as documents
from cleverinvo.documents.renderer import Renderer
from cleverinvo.errors import NotFound, Problem, Unavailable
from cleverinvo.links import Links
from cleverinvo.reference import openapi
from cleverinvo.site.hosted import HostedPages
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer
from cleverinvo.web.routes import Route as ApiRoute

PDF_SUFFIX: Final = ".pdf"
STATIC: Final = Path(__file__).parent / "static"
SECURITY_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Pages:
    """The handlers of the pages, and what they need."""

    def __init__(self, database: Database, links: Links, renderer: Renderer, routes: Sequence[ApiRoute]) -> None:
        self._database = database
        self._links = links
        self._renderer = renderer
        self._routes = routes
        self._description: bytes | None = None

    def build(self) -> Starlette:
        """The pages as one ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.start),
                Mount("/static", StaticFiles(directory=STATIC)),
                Route("/docs/api/openapi.json", self.openapi),
                Route("/healthz", self.health),
                Route("/readyz", self.readiness),
                Route("/storage/invoices/{name}", self.pdf),
                *HostedPages(self._database, self._renderer).routes,
            ],
            exception_handlers={Problem: self._refuse},  # type: ignore[dict-item]
        )

    async def start(self, _: Request) -> Response:
        """The front door, for whoever opens the printed address."""
        return FileResponse(STATIC / "start.html", headers=SECURITY_HEADERS)

    async def openapi(self, _: Request) -> Response:
        """The description of the API, for programs and for the pages that explain it."""
        if self._description is None:
            self._description = shapes.encode(openapi.build(self._routes, self._links.public_url))
        return Response(self._description, media_type="application/json")

    async def health(self, _: Request) -> Response:
        """The process lives and answers."""
        return _json(200, {"status": "alive", "version": __version__})

    async def readiness(self, _: Request) -> Response:
        """The server can do its work: the database answers and a worker has lately said that it lives."""
        checks = {"database": False, "worker": False, "schema": HEAD}
        try:
            checks["worker"] = await self._database.scan(worker.is_alive)
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
        if not name.endswith(PDF_SUFFIX) or not self._links.is_pdf_signature(invoice_id, signature):
            raise NotFound("There is nothing at this address.")
        document = await self._database.read(documents.find_by_link, NO_ACCOUNT, invoice_id)
        body = await self._renderer.pdf(document)
        name = f"{document.name}.pdf"
        answer = answers.of_file(body, "application/pdf", name, request.headers.get("if-none-match"))
        return _response(answer)

    async def _refuse(self, request: Request, problem: Problem) -> Response:
        request_id = ids.new("req", self._database.clock())
        return _response(answers.of_problem(problem, request_id))


def _json(status: int, content: Any) -> Response:
    return Response(shapes.encode(content), status, media_type="application/json")


def _response(answer: Answer) -> Response:
    headers = {name.decode(): value.decode() for name, value in answer.all_headers()}
    return Response(answer.body, answer.status, headers)
