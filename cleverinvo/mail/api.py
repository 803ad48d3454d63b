"""Mail over HTTP."""

from cleverinvo.invoices import store as invoices
from cleverinvo.invoices.rules import Invoice
from cleverinvo.mail import actions, store
from cleverinvo.mail.forms import ListMails, ListMailsOfInvoice, SendInvoice
from cleverinvo.mail.rules import Mail
from cleverinvo.paging import Page
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Mail")


@routes.post("/invoices/{id}/send", takes=SendInvoice, gives=Invoice)
async def send(request: Request) -> Answer:
    """Send an invoice by e-mail; a draft is frozen first."""
    return await request.write(actions.send, request.id, request.body)


@routes.get("/invoices/{id}/mails", query=ListMailsOfInvoice, gives=Page[Mail])
async def list_of_invoice(request: Request) -> Page[Mail]:
    """List an invoice's mails."""
    invoice = await request.read(invoices.get, request.id)
    return await request.read(store.list_page_of_invoice, invoice.id, request.query)  # type: ignore[no-any-return]


@routes.get("/mails", query=ListMails, gives=Page[Mail])
async def list_(request: Request) -> Page[Mail]:
    """List mails."""
    return await request.read(store.list_page, request.query)  # type: ignore[no-any-return]


@routes.get("/mails/{id}", gives=Mail)
async def get(request: Request) -> Mail:
    """Get a mail, and what became of it."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]


@routes.post("/mails/{id}/retry", gives=Mail)
async def retry(request: Request) -> Answer:
    """Try a mail again, at once."""
    return await request.write(actions.retry, request.id)
