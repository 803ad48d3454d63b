"""Documents over HTTP."""

from cleverinvo.documents import actions, export
from cleverinvo.documents.einvoice.compliance import Compliance
from cleverinvo.documents.export import ExportInvoices
from cleverinvo.documents.forms import AskCompliance, AskPdf, AskXml
from cleverinvo.documents.previews import Preview
from cleverinvo.documents.renderer import Renderer
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Invoices")
PDF = "application/pdf"
XML = "application/xml"
ZIP = "application/zip"


@routes.post("/invoices/preview", takes=CreateInvoice, gives=Preview, only_reads=True)
async def preview(request: Request) -> Preview:
    """Compute an invoice without storing it, and see whether it could be an e-invoice."""
    return await request.read(actions.preview, request.body)  # type: ignore[no-any-return]


@routes.get("/invoices/{id}/pdf", query=AskPdf, gives=bytes, media_type=PDF, raises=("DOCUMENT_DAMAGED",))
async def pdf(request: Request) -> Answer:
    """Download an invoice as PDF."""
    original = actions.find if request.query.original else actions.find_shown
    find = actions.find_copy if request.query.copy else original
    document = await request.read(find, request.id)
    body = await request.tool(Renderer).pdf(document)
    return answers.of_file(body, PDF, f"{document.name}.pdf", request.header(b"if-none-match"))


@routes.get("/invoices/{id}/xml", query=AskXml, gives=bytes, media_type=XML)
async def xml(request: Request) -> Answer:
    """Download an invoice as e-invoice."""
    document = await request.read(actions.find, request.id)
    body = actions.write_xml(document, request.query.format).encode()
    return answers.of_file(body, XML, f"{document.name}.xml", request.header(b"if-none-match"))


@routes.get("/invoices/{id}/compliance", query=AskCompliance, gives=Compliance)
async def check(request: Request) -> Compliance:
    """See whether an invoice can be an e-invoice, and what it lacks."""
    return await request.read(actions.check, request.id, request.query.profile)  # type: ignore[no-any-return]


@routes.get("/invoices/export.zip", query=ExportInvoices, gives=bytes, media_type=ZIP, streams=True)
async def export_all(request: Request) -> Answer:
    """Download the documents of a filtered list as one archive."""
    export.refuse_pages(request.query)
    pieces = export.stream(request.database, request.tool(Renderer), request.bearer.account_id, request.query)
    return answers.of_stream(pieces, ZIP, "invoices.zip")
