"""Payments over HTTP."""

from cleverinvo.documents.renderer import Renderer
from cleverinvo.invoices import store as invoices
from cleverinvo.paging import Page
from cleverinvo.payments import actions, receipts, store
from cleverinvo.payments.forms import ListPayments, ListPaymentsOfInvoice, RecordPayment
from cleverinvo.payments.rules import Payment
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Payments")
COLLECTION = "/api/v1/payments"
PDF = "application/pdf"


@routes.post("/invoices/{id}/payments", takes=RecordPayment, gives=Payment, status=201, collection=COLLECTION)
async def record(request: Request) -> Answer:
    """Record a payment of an invoice."""
    return await request.write(actions.record, request.id, request.body)


@routes.get("/invoices/{id}/payments", query=ListPaymentsOfInvoice, gives=Page[Payment])
async def list_of_invoice(request: Request) -> Page[Payment]:
    """List an invoice's payments."""
    invoice = await request.read(invoices.get, request.id)
    return await request.read(store.list_page_of_invoice, invoice.id, request.query)  # type: ignore[no-any-return]


@routes.get("/payments", query=ListPayments, gives=Page[Payment])
async def list_(request: Request) -> Page[Payment]:
    """List payments."""
    return await request.read(store.list_page, request.query)  # type: ignore[no-any-return]


@routes.get("/payments/{id}", gives=Payment)
async def get(request: Request) -> Payment:
    """Get a payment."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]


@routes.delete("/payments/{id}")
async def reverse(request: Request) -> Answer:
    """Reverse a payment. It stays on file with the moment of its reversal."""
    return await request.write(actions.reverse, request.id, request.if_match)


@routes.get("/payments/{id}/pdf", gives=bytes, media_type=PDF)
async def receipt(request: Request) -> Answer:
    """Download the receipt of a payment as PDF."""
    document = await request.read(receipts.find, request.id)
    body = await request.tool(Renderer).pdf(document)
    return answers.of_file(body, PDF, f"receipt-{document.name}.pdf", request.header(b"if-none-match"))
