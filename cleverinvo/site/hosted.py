"""The public page of an invoice: without login, cookies or foreign hosts, and complete without JavaScript."""

import base64
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.documents import actions as documents
from cleverinvo.documents import colors, transfer
from cleverinvo.documents.pdf import qr, view
from cleverinvo.documents.rules import Document
from cleverinvo.documents.words import Words
from cleverinvo.errors import STATUS, NotFound, Problem
from cleverinvo.hosting import actions, rules
from cleverinvo.hosting.actions import Shown
from cleverinvo.site import trouble
from cleverinvo.site.trouble import Handler
from cleverinvo.site.visit import House, Visit
from cleverinvo.web import answers

FOLDER: Final = Path(__file__).parent / "hosted"
ASSETS: Final = {"hosted.css": "text/css", "hosted.js": "text/javascript"}
ASSET_SECONDS: Final = 3_600

AGAIN: Final = (
    "Load the page again in a moment. Should it happen again, tell whoever sent you the link, with the id below."
)


class HostedPages:
    """The handlers below `/i/`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._database = house.database
        self._renderer = house.renderer

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/i/assets/{name}", self._calm(self.asset)),
            Route("/i/{token}", self._calm(self.show)),
            Route("/i/{token}/seen", self._calm(self.note_view), methods=["POST"]),
            Route("/i/{token}/link", self._calm(self.mail_link), methods=["POST"]),
            Route("/i/{token}/pdf", self._calm(self.pdf)),
            Route("/i/{token}/xml", self._calm(self.xml)),
        ]

    async def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            raise NotFound("There is nothing at this address.")
        headers = {"cache-control": f"public, max-age={ASSET_SECONDS}", "x-content-type-options": "nosniff"}
        return FileResponse(FOLDER / name, media_type=ASSETS[name], headers=headers)

    async def show(self, request: Request) -> Response:
        """The invoice itself; looking at it counts only once the page says that somebody does."""
        shown = await self._find(request)
        if shown.is_expired:
            return _page("expired.html", 410, **_labels(shown), token=request.path_params["token"], is_sent=False)
        return _page("invoice.html", 200, **_invoice(shown), token=request.path_params["token"])

    async def note_view(self, request: Request) -> Response:
        """The page tells that it was in sight for a second."""
        await self._note_view(request, await self._find(request))
        return Response(status_code=204)

    async def mail_link(self, request: Request) -> Response:
        """Mail a fresh link, if that can be; the answer does not tell."""
        shown = await self._find(request)
        if shown.is_expired:
            await self._database.write(actions.mail_link, shown.account_id, shown.invoice.id)
        return _page("expired.html", 200, **_labels(shown), token=request.path_params["token"], is_sent=True)

    async def pdf(self, request: Request) -> Response:
        """The document; whoever opens it has seen the invoice."""
        shown = await self._find_open(request)
        find = documents.find_shown
        document = await self._database.scan(find, shown.account_id, shown.invoice.id)
        body = await self._renderer.pdf(document)
        await self._note_view(request, shown)
        return _file(body, "application/pdf", f"{document.name}.pdf")

    async def xml(self, request: Request) -> Response:
        """The e-invoice, where the invoice can be one."""
        shown = await self._find_open(request)
        document = await self._database.scan(documents.find, shown.account_id, shown.invoice.id)
        try:
            body = documents.write_xml(document, "cii").encode()
        except Problem:
            raise NotFound("There is nothing at this address.") from None
        return _file(body, "application/xml", f"{document.name}.xml")

    def _calm(self, handler: Handler) -> Handler:
        """What goes wrong, as a page in the looks of the others."""

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as met:
                visit = Visit(self._house, request, None)
                return _refuse(visit, trouble.problem_of(visit, met))

        return answer

    async def _find(self, request: Request) -> Shown:
        return await self._database.read(actions.find, NO_ACCOUNT, request.path_params["token"])

    async def _find_open(self, request: Request) -> Shown:
        shown = await self._find(request)
        if shown.is_expired:
            raise NotFound("There is nothing at this address.")
        return shown

    async def _note_view(self, request: Request, shown: Shown) -> None:
        if not shown.is_expired and rules.is_person(request.method, request.headers, request.cookies):
            await self._database.write(actions.note_view, shown.account_id, shown.invoice.id)


def _refuse(visit: Visit, problem: Problem) -> Response:
    """What did not work, for somebody who knows the sender of the link and not who runs the server."""
    is_ours = trouble.is_ours(problem)
    values = {"title": trouble.title_of(problem), "message": AGAIN if is_ours else problem.message}
    page = _page("trouble.html", STATUS[problem.code], **values, request_id=visit.request_id if is_ours else None)
    page.headers.update(trouble.headers_of(visit, problem))
    return page


def _page(template: str, status_code: int, **values: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self'; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
    }
    body = _environment().get_template(template).render(nonce=nonce, **values)
    return Response(body, status_code, headers, "text/html; charset=utf-8")


def _file(body: bytes, media_type: str, name: str) -> Response:
    answer = answers.of_file(body, media_type, name, None)
    headers = {key.decode(): value.decode() for key, value in answer.all_headers()}
    return Response(body, 200, headers | {"x-robots-tag": "noindex", "referrer-policy": "no-referrer"})


def _labels(shown: Shown) -> dict[str, Any]:
    words = Words(shown.document.locale, shown.document.currency)
    return {"labels": words.labels, "lang": words.language, "rtl": words.is_rtl}


def _invoice(shown: Shown) -> dict[str, Any]:
    """The texts of the PDF, with what was paid since it was sent, and how to pay the rest."""
    invoice, document = shown.invoice, shown.document
    words = Words(document.locale, document.currency)
    request = transfer.of_document(document)
    is_open = invoice.amount_due > 0 and not invoice.voided_at
    texts = view.texts(document, words)
    dates = [words.labels["issue_date"], words.labels["due_date"]]
    return {
        **texts,
        **_labels(shown),
        "accent": colors.readable(document.branding.accent_color)[0],
        "logo": _data_url(document.logo.media_type, document.logo.content) if document.logo else None,
        "number": document.name,
        "stamp": texts["stamp_note"],
        "issued": words.date(document.issue_date),
        "due_on": words.date(document.due_date) if is_open else None,
        "due": words.money(invoice.amount_due),
        "facts": [fact for fact in texts["facts"] if fact[0] not in dates],
        "pay": list(_ways_to_pay(document, request, words)) if is_open else [],
        "pay_url": transfer.payment_address(document) if is_open else None,
        "qr": _data_url("image/svg+xml", qr.draw(request.text).encode()) if request and is_open else None,
        "has_xml": _can_be_e_invoice(document),
    }


def _can_be_e_invoice(document: Document) -> bool:
    try:
        documents.write_xml(document, "cii")
    except Problem:
        return False
    return True


def _ways_to_pay(document: Document, request: transfer.Transfer | None, words: Words) -> Iterator[tuple[str, str]]:
    payment, labels = document.payment, words.labels
    for label, value in (
        ("IBAN", payment.iban and view.grouped(payment.iban)),
        ("BIC", payment.bic),
        (labels["bank"], payment.bank_name),
        ("UPI", payment.upi_id if document.currency == "INR" else None),
    ):
        if value:
            yield label, value
    if payment.iban or payment.upi_id:
        yield labels["reference"], request.reference if request else document.name


def _data_url(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
