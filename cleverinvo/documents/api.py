"""Documents over HTTP."""

from cleverinvo.documents import actions
from cleverinvo.documents.renderer import Renderer
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Invoices")
PDF = "application/pdf"


@routes.get("/invoices/{id}/pdf", gives=bytes, media_type=PDF)
async def pdf(request: Request) -> Answer:
    """Download an invoice as PDF."""
    document = await request.read(actions.find, request.id)
    body = await request.tool(Renderer).pdf(document)
    name = document.invoice.invoice_number or document.invoice.id
    return answers.of_file(body, PDF, f"{name}.pdf", request.header(b"if-none-match"))
