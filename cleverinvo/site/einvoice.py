"""Whether an invoice can be an e-invoice: what it lacks, and the page on which that is put right."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.documents.einvoice import compliance
from cleverinvo.documents.einvoice.compliance import Missing
from cleverinvo.documents.forms import AskXml, Syntax
from cleverinvo.documents.rules import Document
from cleverinvo.invoices.rules import Invoice
from cleverinvo.site.routing import Pages
from cleverinvo.site.settings import PAYMENT
from cleverinvo.site.visit import Visit

KINDS: Final[Sequence[tuple[Syntax, str]]] = (
    ("cii", "EN 16931 (Factur-X, ZUGFeRD)"),
    ("ubl", "Peppol BIS Billing 3"),
    ("xrechnung", "XRechnung 3"),
)
_LINE: Final = re.compile(r"lineItems\[(\d+)\]", re.ASCII)

pages = Pages()


class Lack(NamedTuple):
    """One thing that is missing, and where to put it. `href` is empty where that is too late."""

    message: str
    rule: str
    href: str
    place: str


class Profile(NamedTuple):
    """One kind of e-invoice."""

    syntax: Syntax
    name: str
    lacks: list[Lack]


@pages.get("/invoices/{id}/xml")
async def xml(visit: Visit) -> Response:
    """The e-invoice, to keep."""
    return answer_with_xml(visit, await visit.read(documents.find, visit.id))


def answer_with_xml(visit: Visit, document: Document) -> Response:
    """A document in the syntax that the address asks for. Raises Invalid with the rules it breaks."""
    asked = faults.filled(AskXml, {"format": visit.request.query_params.get("format", "cii")})
    body = documents.write_xml(document, asked.format).encode()
    return visit.file(body, "application/xml", f"{document.name}.xml")


def look(tx: Tx, account_id: int, invoice: Invoice) -> list[Profile]:
    """Each kind of e-invoice with what the invoice lacks for it. What was sent cannot be mended any more."""
    document = documents.of_invoice(tx, account_id, invoice)
    mending = Mending(f"/invoices/{invoice.id}/edit", invoice.client_id) if invoice.status == "DRAFT" else None
    return [Profile(syntax, name, lacks(document, documents.PROFILES[syntax], mending)) for syntax, name in KINDS]


class Mending(NamedTuple):
    """Where what is missing can be put: the builder's page, or nothing on that page itself, and the client."""

    builder: str
    client_id: str


def lacks(document: Document, profile: compliance.Profile, mending: Mending | None) -> list[Lack]:
    """What a document lacks for a profile, each field once."""
    found = {one.field: one for one in reversed(compliance.check(document, profile).missing)}
    return [_lack(one, mending) for one in reversed(found.values())]


def _lack(one: Missing, mending: Mending | None) -> Lack:
    builder, client_id = mending or Mending("", "")
    noun, _, field = one.field.partition(".")
    line = _LINE.match(one.field)
    if line:
        href, place = f"{builder}#description-{line[1]}", f"Line {int(line[1]) + 1}"
    elif noun == "account":
        href, place = f"/settings{'/payment' if field in PAYMENT else ''}#{field}", "Your settings"
    elif noun == "client":
        href, place = f"/clients/{client_id}/edit#{field}", "The client"
    else:
        href, place = f"{builder}#{noun}", "The invoice"
    return Lack(one.message, one.rule, href if mending else "", place)
