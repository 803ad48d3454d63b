"""Letters as they would read: a reminder about an invoice that is made up, for whoever writes its words."""

from datetime import date
from typing import Any, Final

import msgspec

from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.numbering import series_year, write_number
from cleverinvo.accounts.rules import Account
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import rules as documents
from cleverinvo.documents.rules import Document
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import drafts
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.mail.letters import Letter
from cleverinvo.reminders import actions
from cleverinvo.reminders.forms import Remind
from cleverinvo.reminders.rules import ReminderStep
from cleverinvo.shapes import fill

CLIENT_ID: Final = "cli_000000000000"
INVOICE_ID: Final = "inv_000000000000"
NUMBER: Final = 42


def write(tx: Tx, account_id: int, step: ReminderStep, locale: str, *, attaches_pdf: bool) -> Letter:
    """The letter that a step would send today, to a client of that locale."""
    today = clock.today(tx.now, accounts.get(tx, account_id).time_zone)
    document = _document(tx, account_id, clock.days_after(today, -step.days), locale)
    url = f"{tx.links.public_url}/i/…"
    return actions.write(document, url, step.days, Remind(), step, attaches_pdf=attaches_pdf)


def _document(tx: Tx, account_id: int, due: date, locale: str) -> Document:
    account = accounts.get(tx, account_id)
    client = _client(tx.stamp)
    issued = clock.days_after(due, -account.payment_terms_days)
    line = {"description": "Consulting", "quantity": 10, "unitPrice": 150}
    dates = {"issueDate": issued.isoformat(), "dueDate": due.isoformat()}
    form = fill(CreateInvoice, {"clientId": client.id, "lineItems": [line], "locale": locale, **dates})
    draft = drafts.make(
        account, {client.id: client}, form, id=INVOICE_ID, today=issued, stamp=tx.stamp, pdf_url=""
    )
    sent = msgspec.structs.replace(draft, invoice_number=_number(account, draft.issue_date), sent_at=tx.stamp)
    return documents.of_invoice(account_id, sent, invoices.parties_of(account, client, sent.locale), None)


def _client(stamp: str) -> Client:
    nothing: dict[str, Any] = dict.fromkeys(Client.__struct_fields__)
    told = {"id": CLIENT_ID, "name": "Acme Corporation", "is_active": True, "metadata": {}}
    return Client(**{**nothing, **told, "created_at": stamp, "updated_at": stamp})


def _number(account: Account, issue_date: str) -> str:
    return write_number(account.number_format, series_year(account.number_format, issue_date), NUMBER)
