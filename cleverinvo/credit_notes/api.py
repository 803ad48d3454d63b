"""Credit notes over HTTP."""

from cleverinvo.credit_notes import actions, store
from cleverinvo.credit_notes.forms import IssueCreditNote, ListCreditNotes, ListCreditNotesOfInvoice
from cleverinvo.credit_notes.rules import CreditNote
from cleverinvo.documents import actions as documents
from cleverinvo.documents.forms import AskXml
from cleverinvo.documents.renderer import Renderer
from cleverinvo.invoices import store as invoices
from cleverinvo.paging import Page
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Credit notes")
COLLECTION = "/api/v1/credit-notes"
PDF = "application/pdf"
XML = "application/xml"


@routes.post(
    "/invoices/{id}/credit-notes", takes=IssueCreditNote, gives=CreditNote, status=201, collection=COLLECTION
)
async def issue(request: Request) -> Answer:
    """Issue a credit note for an invoice, in full or by line and quantity."""
    return await request.write(actions.issue, request.id, request.body, request.if_match)


@routes.get("/invoices/{id}/credit-notes", query=ListCreditNotesOfInvoice, gives=Page[CreditNote])
async def list_of_invoice(request: Request) -> Page[CreditNote]:
    """List an invoice's credit notes."""
    invoice = await request.read(invoices.get, request.id)
    return await request.read(store.list_page_of_invoice, invoice.id, request.query)  # type: ignore[no-any-return]


@routes.get("/credit-notes", query=ListCreditNotes, gives=Page[CreditNote])
async def list_(request: Request) -> Page[CreditNote]:
    """List credit notes."""
    return await request.read(store.list_page, request.query)  # type: ignore[no-any-return]


@routes.get("/credit-notes/{id}", gives=CreditNote)
async def get(request: Request) -> CreditNote:
    """Get a credit note."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]


@routes.get("/credit-notes/{id}/pdf", gives=bytes, media_type=PDF, raises=("DOCUMENT_DAMAGED",))
async def pdf(request: Request) -> Answer:
    """Download a credit note as PDF."""
    document = await request.read(actions.find, request.id)
    body = await request.tool(Renderer).pdf(document)
    return answers.of_file(body, PDF, f"{document.name}.pdf", request.header(b"if-none-match"))


@routes.get("/credit-notes/{id}/xml", query=AskXml, gives=bytes, media_type=XML)
async def xml(request: Request) -> Answer:
    """Download a credit note as e-invoice."""
    document = await request.read(actions.find, request.id)
    body = documents.write_xml(document, request.query.format).encode()
    return answers.of_file(body, XML, f"{document.name}.xml", request.header(b"if-none-match"))
