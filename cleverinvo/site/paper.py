"""An invoice as the sheet that its client sees: the words of the PDF, set in HTML."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store as clients
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import view
from cleverinvo.documents.view import LABELS, Words
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import drafts, store
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.invoices.rules import Invoice, Party


class Paper(NamedTuple):
    """What the template prints, all of it text in the client's language."""

    labels: dict[str, str]
    lang: str
    number: str
    initials: str
    seller: dict[str, Any]
    client: dict[str, Any] | None
    facts: list[list[str]]
    lines: list[dict[str, Any]]
    has_tax: bool
    totals: list[list[str]]
    paid: str | None
    due: str
    notes: str
    terms: str


def find(tx: Tx, account_id: int, invoice_id: str) -> Paper:
    """The sheet of an invoice: with the parties it was sent with, or those of today while it is a draft."""
    invoice = store.get(tx, account_id, invoice_id)
    account = accounts.get(tx, account_id)
    client = clients.find_many(tx, account_id, [invoice.client_id], deleted_too=True)[invoice.client_id]
    parties = store.find_parties(tx, account_id, invoice_id) or invoices.parties_of(account, client)
    locale = invoice.locale or client.locale or account.locale
    return _paper(invoice, invoice.invoice_number, parties.seller, parties.client, locale)


NEW: Final = "new"
"""Stands for a client who is not on file yet."""


def preview(tx: Tx, account_id: int, form: CreateInvoice, number: str | None, new_client: str = "") -> Paper:
    """The sheet that a form would make. Raises Invalid where it would make none."""
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
    parties = invoices.parties_of(account, client)
    locale = form.locale or client.locale or account.locale
    return _paper(invoice, number, parties.seller, parties.client, locale)


def _somebody(name: str) -> Client:
    """A client of whom only the name is known."""
    blank: dict[str, Any] = dict.fromkeys(Client.__struct_fields__)
    return Client(**{**blank, "id": NEW, "name": name, "is_active": True, "metadata": {}})


def _paper(invoice: Invoice, number: str | None, seller: Party, client: Party, locale: str) -> Paper:
    words = Words(locale, invoice.currency)
    initials = [part[0] for part in seller.name.split()]
    return Paper(
        labels=LABELS,
        lang=words.locale.language,
        number=number or "",
        initials="".join(initials[:1] + initials[1:][-1:]).upper(),
        seller=view._party(seller, words),
        client=view._party(client, words),
        facts=list(_facts(invoice, words)),
        lines=[view._line(line, words) for line in invoice.line_items],
        has_tax=any(line.tax_rate for line in invoice.line_items),
        totals=list(view._totals(invoice, words)),
        paid=words.money(-invoice.amount_paid) if invoice.amount_paid else None,
        due=words.money(invoice.amount_due),
        notes=invoice.notes or "",
        terms=invoice.terms or "",
    )


def _facts(invoice: Invoice, words: Words) -> Iterator[list[str]]:
    yield [LABELS["issue_date"], words.date(invoice.issue_date)]
    yield [LABELS["due_date"], words.date(invoice.due_date)]
    if invoice.purchase_order:
        yield [LABELS["purchase_order"], invoice.purchase_order]
