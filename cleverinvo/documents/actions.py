"""Gathering what stands on a document."""

from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store as clients
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.rules import Document
from cleverinvo.invoices import store as invoices
from cleverinvo.invoices.actions import parties_of


def find(tx: Tx, account_id: int, invoice_id: str) -> Document:
    """The document of an invoice: with the parties it was sent with, or those of today while it is a draft."""
    invoice = invoices.get(tx, account_id, invoice_id)
    account = accounts.get(tx, account_id)
    client = clients.find_many(tx, account_id, [invoice.client_id], deleted_too=True)[invoice.client_id]
    parties = invoices.find_parties(tx, account_id, invoice_id) or parties_of(account, client)
    return Document(invoice, parties, invoice.locale or client.locale or account.locale)


def find_by_link(tx: Tx, _: int, invoice_id: str) -> Document:
    """The document behind a signed address, whose signature stands in for the account's key."""
    return find(tx, invoices.find_owner(tx, invoice_id), invoice_id)
