"""Gathering what stands on a document, and sending with a look at it first."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from cleverinvo import clock
from cleverinvo.accounts import numbering
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Logo
from cleverinvo.clients import store as clients
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import rules, store
from cleverinvo.documents.einvoice import cii, compliance, ubl
from cleverinvo.documents.einvoice.compliance import Compliance, Profile
from cleverinvo.documents.forms import Syntax
from cleverinvo.documents.previews import Preview
from cleverinvo.documents.rules import Document, Kind
from cleverinvo.errors import Fault, Invalid
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import drafts
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.invoices.rules import Invoice, Parties
from cleverinvo.ledger import actions as ledger
from cleverinvo.ledger.rules import Type
from cleverinvo.shapes import fill, given

SAMPLE: Final[Mapping[str, Any]] = {
    "clientId": "sample",
    "lineItems": [
        {"description": "Website redesign", "quantity": 1, "unitPrice": 5000},
        {"description": "Development, by the hour", "quantity": 40, "unitPrice": 150},
        {"description": "Hosting, a year", "quantity": 1, "unitPrice": 240},
    ],
    "notes": "Thank you for your business.",
}
"""An invoice that nobody gets, as a form."""

SAMPLE_NUMBER: Final = 42

PROFILES: Final[dict[Syntax, Profile]] = {"cii": "EN16931", "ubl": "PEPPOL", "xrechnung": "XRECHNUNG"}
STORED: Final[dict[Kind, Type]] = {
    "invoice": "invoice.document_stored",
    "credit_note": "credit_note.document_stored",
}


def find(tx: Tx, account_id: int, invoice_id: str) -> Document:
    """The document of an invoice: with the parties it was sent with, or those of today while it is a draft."""
    return of_invoice(tx, account_id, invoice_store.get(tx, account_id, invoice_id))


def find_by_link(tx: Tx, _: int, invoice_id: str) -> Document:
    """The document behind a signed address, whose signature stands in for the account's key."""
    return find_shown(tx, invoice_store.find_owner(tx, invoice_id), invoice_id)


def find_shown(tx: Tx, account_id: int, invoice_id: str) -> Document:
    """The document as people are to see it: that of a void invoice stamped, every other as it was sent."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    document = of_invoice(tx, account_id, invoice)
    return rules.copy_of_today(document, invoice) if invoice.status == "VOID" else document


def find_copy(tx: Tx, account_id: int, invoice_id: str) -> Document:
    """A copy of the document that shows what was paid since, and whether the invoice is paid or void."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    return rules.copy_of_today(of_invoice(tx, account_id, invoice), invoice)


def of_invoice(tx: Tx, account_id: int, invoice: Invoice) -> Document:
    """The document of an invoice, be it stored or not."""
    parties = invoice_store.find_parties(tx, account_id, invoice.id) or _parties_now(tx, account_id, invoice)
    return rules.of_invoice(account_id, invoice, parties, _logo(tx, account_id, parties))


def check(tx: Tx, account_id: int, invoice_id: str, profile: Profile) -> Compliance:
    """Whether the invoice can be an e-invoice, and what it lacks."""
    return compliance.check(find(tx, account_id, invoice_id), profile)


def preview(tx: Tx, account_id: int, form: CreateInvoice) -> Preview:
    """What creating would give, and whether it could be an e-invoice; nothing is stored and no number taken."""
    invoice = invoices.draft(tx, account_id, form)
    found = compliance.check(of_invoice(tx, account_id, invoice))
    fields = {name: getattr(invoice, name) for name in Preview.__struct_fields__ if name != "compliance"}
    return Preview(compliance=found, **fields)


def sample(tx: Tx, account_id: int, changes: UpdateAccount, logo: Logo | None) -> Document:
    """An invoice as it would look if the account were changed so; with `logo`, or else the one that it has."""
    account = msgspec.structs.replace(accounts.get(tx, account_id), **given(changes))
    form = fill(CreateInvoice, SAMPLE)
    unknown: dict[str, Any] = dict.fromkeys(Client.__struct_fields__)
    client = Client(**{**unknown, "id": form.client_id, "name": "Acme Corporation", "metadata": {}})
    today = clock.today(tx.now, account.time_zone)
    invoice = drafts.make(
        account, {client.id: client}, form, id=form.client_id, today=today, stamp=tx.stamp, pdf_url=""
    )
    parties = invoices.parties_of(account, client, invoice.locale)
    document = rules.of_invoice(account_id, invoice, parties, logo or _logo(tx, account_id, parties))
    number = numbering.write_number(account.number_format, today.year, SAMPLE_NUMBER)
    return document._replace(number=number, stamp=None)


def send(tx: Tx, account_id: int, invoice_id: str) -> Invoice:
    """Send an invoice. Where the account asks for e-invoices only, raises Invalid with the rules it breaks."""
    if accounts.get(tx, account_id).require_e_invoice:
        before = invoice_store.get(tx, account_id, invoice_id)
        if before.status == "DRAFT":
            refuse_incomplete(compliance.check(of_invoice(tx, account_id, before)))
    return invoices.send(tx, account_id, invoice_id)


def keep(tx: Tx, account_id: int, kind: Kind, id: str, sha256: str) -> str:
    """Note the hash under which a document was stored. Where one was noted before, that stays, and is given."""
    if store.record(tx, account_id, kind, id, sha256):
        ledger.enter(tx, account_id, STORED[kind], id, stored_record(id, sha256))
        return sha256
    return store.find_recorded(tx, account_id, kind, id)


def stored_record(id: str, sha256: str) -> dict[str, str]:
    """What the ledger keeps of a document that was stored."""
    return {"id": id, "pdfSha256": sha256}


def refuse_incomplete(found: Compliance) -> None:
    """Raises Invalid with everything that stands between the document and an e-invoice."""
    if not found.ready:
        raise Invalid([Fault(one.field, f"{one.message} ({one.rule})") for one in found.missing])


def write_xml(document: Document, syntax: Syntax) -> str:
    """The e-invoice in a syntax. Raises Invalid with the rules it breaks where it cannot be one."""
    profile = PROFILES[syntax]
    refuse_incomplete(compliance.check(document, profile))
    return cii.write(document) if syntax == "cii" else ubl.write(document, profile)


def _parties_now(tx: Tx, account_id: int, invoice: Invoice) -> Parties:
    client = clients.find_many(tx, account_id, [invoice.client_id], deleted_too=True)[invoice.client_id]
    return invoices.parties_of(accounts.get(tx, account_id), client, invoice.locale)


def _logo(tx: Tx, account_id: int, parties: Parties) -> Logo | None:
    sha256 = parties.branding.logo_sha256
    return accounts.find_logo(tx, account_id, sha256) if sha256 else None
