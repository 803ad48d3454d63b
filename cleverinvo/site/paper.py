"""An invoice as the sheet that its client sees: the texts of the PDF, set in HTML."""

from collections.abc import Mapping
from typing import Any, Final

from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store as clients
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.documents import rules
from cleverinvo.documents.pdf import view
from cleverinvo.documents.rules import Document
from cleverinvo.documents.words import Words
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import drafts
from cleverinvo.invoices.forms import CreateInvoice

NEW: Final = "new"
"""Stands for a client who is not on file yet."""

Paper = Mapping[str, Any]


def find(tx: Tx, account_id: int, invoice_id: str) -> Paper:
    """The sheet of an invoice as it is today: what was paid since it was sent is on it."""
    return of_document(documents.find_copy(tx, account_id, invoice_id))


def preview(tx: Tx, account_id: int, form: CreateInvoice, number: str | None, new_client: str = "") -> Document:
    """The document that a form would make. Raises Invalid where it would make none."""
    account = accounts.get(tx, account_id)
    known = clients.find_many(tx, account_id, [form.client_id], deleted_too=True)
    client = known.get(form.client_id) or _somebody(new_client or "\N{EM DASH}")
    invoice = drafts.make(
        account,
        {form.client_id: client},
        form,
        id=NEW,
        today=clock.today(tx.now, account.time_zone),
        stamp=tx.stamp,
        pdf_url="",
    )
    parties = invoices.parties_of(account, client, invoice.locale)
    document = rules.of_invoice(account_id, invoice, parties, logo=None)
    return document._replace(number=number)


def _somebody(name: str) -> Client:
    """A client of whom only the name is known."""
    blank: dict[str, Any] = dict.fromkeys(Client.__struct_fields__)
    return Client(**{**blank, "id": NEW, "name": name, "is_active": True, "metadata": {}})


def of_document(document: Document) -> Paper:
    words = Words(document.locale, document.currency)
    texts = view.texts(document, words)
    issued, *others = texts["facts"]
    due = [words.labels["due_date"], words.date(document.due_date)]
    initials = [part[0] for part in document.seller.name.split() if part[0].isalnum()]
    return {
        **texts,
        "facts": [issued, due, *(fact for fact in others if fact != due)],
        "lang": words.language,
        "dir": "rtl" if words.is_rtl else "ltr",
        "accent": document.branding.accent_color,
        "initials": "".join(initials[:1] + initials[1:][-1:]).upper(),
        "logo": document.branding.logo_sha256,
    }
