"""The verbs of public pages: show, rotate, revoke, note a view, and mail a fresh link."""

from typing import NamedTuple

from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.rules import Document
from cleverinvo.errors import InvalidTransition, NotFound
from cleverinvo.hosting import rules, store
from cleverinvo.hosting.rules import HostedPage
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.rules import Invoice
from cleverinvo.mail import actions as mail
from cleverinvo.mail import headers, letters
from cleverinvo.mail import store as mail_store
from cleverinvo.mail.forms import Recipients


class Shown(NamedTuple):
    """What a token opens."""

    account_id: int
    invoice: Invoice
    document: Document
    is_expired: bool


def find(tx: Tx, _: int, token: str) -> Shown:
    """The invoice behind a token. An unknown, a rotated and a revoked one are the same: not there."""
    owned = store.find_owner(tx, rules.digest(token)) if rules.TOKEN.fullmatch(token) else None
    if owned is None:
        raise NotFound("There is nothing at this address.")
    account_id, invoice_id = owned
    invoice = invoice_store.get(tx, account_id, invoice_id)
    page = get(tx, account_id, invoice_id)
    return Shown(account_id, invoice, mail.document_of_today(tx, account_id, invoice), page.is_expired)


def get(tx: Tx, account_id: int, invoice_id: str) -> HostedPage:
    invoice = invoice_store.get(tx, account_id, invoice_id)
    page = store.get(tx, account_id, invoice_id)
    expires_on = rules.expires_on(invoice, page.days, page.extended_to)
    return HostedPage(
        url=invoice.hosted_url,
        expires_on=expires_on,
        is_expired=expires_on < clock.today(tx.now, accounts.get(tx, account_id).time_zone).isoformat(),
        view_count=page.view_count,
        first_viewed_at=invoice.viewed_at,
        last_viewed_at=page.last_viewed_at,
    )


def rotate(tx: Tx, account_id: int, invoice_id: str) -> HostedPage:
    """A new address, good for as many days from today at least; the old one opens nothing any more."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    if not invoice.sent_at:
        raise InvalidTransition("A draft has no public page; send it first.")
    page = store.get(tx, account_id, invoice_id)
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    token = tx.links.page_token(invoice_id, page.version + 1)
    until = clock.days_after(today, page.days).isoformat()
    store.open_page(tx, account_id, invoice_id, page.version + 1, rules.digest(token), until)
    return get(tx, account_id, invoice_id)


def keep_open(tx: Tx, account_id: int, invoice_id: str) -> str | None:
    """The page's address, good for as many days from today at least; None where it was revoked."""
    page = store.get(tx, account_id, invoice_id)
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    until = max(clock.days_after(today, page.days).isoformat(), page.extended_to or "")
    store.open_page(tx, account_id, invoice_id, page.version, page.sha256, until)
    return invoice_store.get(tx, account_id, invoice_id).hosted_url


def revoke(tx: Tx, account_id: int, invoice_id: str) -> None:
    """Close the page; rotating opens it again under another address."""
    page = store.get(tx, account_id, invoice_id)
    store.open_page(tx, account_id, invoice_id, page.version, None, page.extended_to)


def note_view(tx: Tx, account_id: int, invoice_id: str) -> None:
    """Note that a person has looked. The first time is an event and a status; every time is counted."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    if invoice.voided_at:
        return
    store.count_view(tx, account_id, invoice_id)
    invoices.view(tx, account_id, invoice_id)


def mail_link(tx: Tx, account_id: int, invoice_id: str) -> None:
    """Mail a fresh link to the address the invoice was made out to, at most once a day; else do nothing."""
    invoice = invoice_store.get(tx, account_id, invoice_id)
    document = mail.document_of_today(tx, account_id, invoice)
    to = headers.address(document.client.email or "")
    if to is None or invoice.voided_at or mail_store.has_link_since(tx, account_id, invoice_id, mail.DAY):
        return
    url = rotate(tx, account_id, invoice_id).url
    assert url is not None
    letter = letters.write(document, url)
    mail.post(tx, account_id, invoice_id, "link", document, letter, Recipients([to]))
