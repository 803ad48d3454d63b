"""A client's statement as a document like the others: in the client's language, with the seller's looks."""

from datetime import date

from cleverinvo import money
from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store as clients
from cleverinvo.db.transaction import Tx
from cleverinvo.documents.rules import Balance, Booking, Document
from cleverinvo.errors import Fault, Invalid, NotFound
from cleverinvo.invoices import actions as invoices
from cleverinvo.reports import lists, store
from cleverinvo.reports.rules import Statement

TOO_MANY = Fault("from", f"More than {lists.ENTRIES_MAX:,} entries; choose a shorter time")


def find_all(tx: Tx, account_id: int, client_id: str, first: date, last: date) -> list[Statement]:
    """The statements of a client, one for each currency. Raises Invalid where there would be too much on one."""
    found = lists.statements(tx, account_id, client_id, first, last)
    if any(len(one.entries) > lists.ENTRIES_MAX for one in found):
        raise Invalid([TOO_MANY])
    return found


def find(tx: Tx, account_id: int, client_id: str, first: date, last: date, currency: str) -> Document:
    """The document of the one in a currency, with seller and client as they are today."""
    account, client = accounts.get(tx, account_id), clients.get(tx, account_id, client_id)
    found = [one for one in find_all(tx, account_id, client_id, first, last) if one.currency == currency]
    if not found:
        raise NotFound("Nothing was billed or owed in this currency in this time.")
    parties = invoices.parties_of(account, client, None)
    sha256 = parties.branding.logo_sha256
    zero = money.from_minor(0, currency)
    return Document(
        kind="statement",
        account_id=account_id,
        id=client.id,
        number=None,
        issue_date=store.today(tx, account_id).isoformat(),
        due_date=last.isoformat(),
        delivery_date=None,
        currency=currency,
        locale=parties.locale,
        lines=(),
        groups=(),
        subtotal=zero,
        discount=zero,
        discount_rate=None,
        discount_total=zero,
        tax_total=zero,
        total=found[0].closing,
        paid=zero,
        notes=None,
        terms=None,
        purchase_order=None,
        buyer_reference=None,
        tax_exemption_reason=None,
        preceding=None,
        seller=parties.seller,
        client=parties.client,
        payment=parties.payment,
        branding=parties.branding,
        logo=accounts.find_logo(tx, account_id, sha256) if sha256 else None,
        stamp=None,
        is_frozen=False,
        sha256=None,
        balance=_balance(found[0], first, last),
    )


def _balance(statement: Statement, first: date, last: date) -> Balance:
    bookings = [
        Booking(one.day.isoformat(), one.kind, one.words, one.amount, one.balance) for one in statement.entries
    ]
    return Balance(first.isoformat(), last.isoformat(), statement.opening, bookings, statement.closing)
