"""Invoices in the database: rows in, nouns out."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from cleverinvo import clock, money, shapes
from cleverinvo.db import search
from cleverinvo.db.schema import accounts, counters, invoices, series
from cleverinvo.db.statements import among, insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.invoices import rules
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.invoices.rules import Invoice, LineItem, Parties, TaxShare
from cleverinvo.scalars import midnight

FIRST_PAGE: Final = 1
"""The version of the public page that sending opens."""

_UNREAD = (
    "account_id",
    "parties",
    "request",
    "words",
    "page_extended_to",
    "view_count",
    "last_viewed_at",
    "overdue_told_at",
    "checksum",
)
COLUMNS = (*(column for column in invoices.c if column.name not in _UNREAD), accounts.c.time_zone)
"""What a noun is made of, and the time zone in which it falls due."""

JOINED = invoices.join(accounts, accounts.c.id == invoices.c.account_id)


class Place(NamedTuple):
    """Where an invoice stands among the numbers of its account; no seq before it has a number."""

    year: int | None = None
    seq: int | None = None


_BY_ID = (
    select(*COLUMNS)
    .select_from(JOINED)
    .where(invoices.c.account_id == bindparam("account_id"), invoices.c.id == bindparam("id"))
)
_BY_EXTERNAL_IDS = (
    select(*COLUMNS)
    .select_from(JOINED)
    .where(invoices.c.account_id == bindparam("account_id"), among(invoices.c.external_id, "external_ids"))
    .add_columns(invoices.c.request)
)
_PARTIES = select(invoices.c.parties).where(
    invoices.c.account_id == bindparam("account_id"), invoices.c.id == bindparam("id")
)
_OWNER = select(invoices.c.account_id).where(invoices.c.id == bindparam("id"))
_COUNT = select(counters.c.invoice_count).where(counters.c.account_id == bindparam("account_id"))
_ADD_TO_COUNT = (
    counters.update()
    .where(counters.c.account_id == bindparam("account"))
    .values(invoice_count=counters.c.invoice_count + bindparam("more"))
)
_TAKE_NUMBERS = (
    series.update()
    .where(
        series.c.account_id == bindparam("account"),
        series.c.document == bindparam("of"),
        series.c.year == bindparam("in_year"),
    )
    .values(last_number=series.c.last_number + bindparam("more"))
    .returning(series.c.last_number)
)
_BEGIN_SERIES = insert_into(series)
_LATER = ("page_version", "page_sha256", "page_extended_to", "view_count", "last_viewed_at", "overdue_told_at")
_NOTHING_YET = dict.fromkeys(("amount_paid", "amount_credited", "page_version", "view_count"), 0)
_NEVER_OF_DRAFTS = (
    *("parties", "pdf_sha256", "sent_at", "viewed_at", "paid_at", "voided_at", "revises_id", "revised_by_id"),
    *("fee_for_id", "page_sha256", "page_extended_to", "last_viewed_at", "overdue_told_at"),
)
_INSERT = insert_into(invoices, without=_NEVER_OF_DRAFTS)
_KEPT = ("seq", "account_id", "id", "external_id", "created_at", "request", "pdf_sha256", "checksum", *_LATER)
_UPDATED = [column.name for column in invoices.columns if column.name not in _KEPT]
_UPDATE = (
    invoices.update()
    .where(invoices.c.account_id == bindparam("account"), invoices.c.id == bindparam("invoice"))
    .values({name: bindparam(name) for name in _UPDATED})
)
_MOMENTS = ("sent_at", "viewed_at", "paid_at", "voided_at", "updated_at")
_FACTS = (*_MOMENTS, "amount_paid", "amount_credited", "revises_id", "revised_by_id", "fee_for_id")
_UPDATE_FACTS = (
    invoices.update()
    .where(invoices.c.account_id == bindparam("account"), invoices.c.id == bindparam("invoice"))
    .values({name: bindparam(name) for name in _FACTS})
)
_SENT = ("sent_at", "paid_at", "updated_at", "parties", "words", "page_version", "page_sha256")
_NUMBERED = ("number", "number_year", "number_seq")
_SEND = (
    invoices.update()
    .where(invoices.c.account_id == bindparam("account"), invoices.c.id == bindparam("invoice"))
    .values({name: bindparam(name) for name in _SENT})
)
_NUMBER_AND_SEND = _SEND.values({name: bindparam(name) for name in _NUMBERED})
_DELETE = invoices.delete().where(
    invoices.c.account_id == bindparam("account"), invoices.c.id == bindparam("invoice")
)


def get(tx: Tx, account_id: int, invoice_id: str) -> Invoice:
    return get_with_place(tx, account_id, invoice_id)[0]


def get_with_place(tx: Tx, account_id: int, invoice_id: str) -> tuple[Invoice, Place]:
    return tx.recall((Invoice, account_id, invoice_id), lambda: _read(tx, account_id, invoice_id))


def _read(tx: Tx, account_id: int, invoice_id: str) -> tuple[Invoice, Place]:
    row = tx.row(_BY_ID, account_id=account_id, id=invoice_id)
    if row is None:
        raise NotFound("No such invoice.")
    return to_noun(tx, row), Place(row.number_year, row.number_seq)


def find_parties(tx: Tx, account_id: int, invoice_id: str) -> Parties | None:
    """Who stands on the document, once it is sent."""
    row = tx.row(_PARTIES, account_id=account_id, id=invoice_id)
    return read_parties(row) if row else None


def read_parties(row: Row) -> Parties | None:
    """The parties of a row that has them."""
    return _parties.decode(row.parties) if row.parties else None


def find_owner(tx: Tx, invoice_id: str) -> int:
    """Whose invoice this is; for the one address that is opened by a signature instead of a key."""
    row = tx.row(_OWNER, id=invoice_id)
    if row is None:
        raise NotFound("No such invoice.")
    return int(row.account_id)


def find_twins(tx: Tx, account_id: int, external_ids: Collection[str]) -> dict[str, tuple[Invoice, CreateInvoice]]:
    """The invoices made under these external ids, with the forms that made them."""
    if not external_ids:
        return {}
    rows = tx.rows(_BY_EXTERNAL_IDS, account_id=account_id, external_ids=list(external_ids))
    return {row.external_id: (to_noun(tx, row), shapes.refill(CreateInvoice, row.request)) for row in rows}


def count(tx: Tx, account_id: int) -> int:
    """How many invoices there are, of every status."""
    row = tx.row(_COUNT, account_id=account_id)
    return int(row.invoice_count) if row else 0


def take_numbers(tx: Tx, account_id: int, year: int, how_many: int, document: str = "invoice") -> int:
    """The first of so many consecutive numbers. They are used in this transaction, or not at all."""
    row = tx.row(_TAKE_NUMBERS, account=account_id, of=document, in_year=year, more=how_many)
    if row is None:
        fields = {"account_id": account_id, "document": document, "year": year}
        tx.change(_BEGIN_SERIES, **fields, first_number=1, last_number=how_many)
        return 1
    return int(row.last_number) - how_many + 1


def insert_many(tx: Tx, account_id: int, made: Sequence[tuple[Invoice, Place, CreateInvoice]]) -> None:
    if not made:
        return
    tx.change_many(
        _INSERT,
        [
            {
                "account_id": account_id,
                "id": invoice.id,
                "external_id": invoice.external_id,
                "created_at": invoice.created_at,
                "updated_at": invoice.updated_at,
                "request": shapes.encode(form).decode() if form.external_id else None,
                "words": search.index(account_id, _texts(invoice, place, None)),
                **_NOTHING_YET,
                **_document(invoice, place),
            }
            for invoice, place, form in made
        ],
    )
    tx.index_new()
    tx.change(_ADD_TO_COUNT, account=account_id, more=len(made))


def update(tx: Tx, account_id: int, invoice: Invoice, place: Place) -> None:
    """Store an invoice that has changed."""
    columns = _columns(account_id, invoice, place, find_parties(tx, account_id, invoice.id))
    tx.change(_UPDATE, account=account_id, invoice=invoice.id, **columns)


def send(tx: Tx, account_id: int, invoice: Invoice, place: Place, parties: Parties, *, is_numbered: bool) -> None:
    """Store what sending changes: `parties` go in and stay, and the public page opens; nothing that was indexed
    before is written anew. `is_numbered` says that the number came just now.
    """
    token = tx.links.page_token(invoice.id, FIRST_PAGE)
    columns = {
        "sent_at": invoice.sent_at,
        "paid_at": invoice.paid_at,
        "updated_at": invoice.updated_at,
        "parties": shapes.encode(parties).decode(),
        "words": search.index(account_id, _texts(invoice, place, parties)),
        "page_version": FIRST_PAGE,
        "page_sha256": hashlib.sha256(token.encode()).hexdigest(),  # never the token itself
    }
    if is_numbered:
        columns |= {"number": invoice.invoice_number, "number_year": place.year, "number_seq": place.seq}
    tx.change(_NUMBER_AND_SEND if is_numbered else _SEND, account=account_id, invoice=invoice.id, **columns)


def update_facts(tx: Tx, account_id: int, invoice: Invoice) -> None:
    """Store what happened to an invoice: moments and money, not what stands on it."""
    tx.change(_UPDATE_FACTS, account=account_id, invoice=invoice.id, **_facts(invoice))


def delete(tx: Tx, account_id: int, invoice_id: str) -> None:
    """Remove a draft that never had a number; the database itself refuses any other."""
    tx.change(_DELETE, account=account_id, invoice=invoice_id)
    tx.change(_ADD_TO_COUNT, account=account_id, more=-1)


def to_noun(tx: Tx, row: Row) -> Invoice:
    """The invoice of a row of COLUMNS, with the status it has today."""
    currency = row.currency
    today = clock.today(tx.now, row.time_zone)
    balance = (row.total, row.amount_paid, row.amount_credited)
    return Invoice(
        id=row.id,
        invoice_number=row.number,
        client_id=row.client_id,
        currency=currency,
        issue_date=midnight(row.issue_date),
        due_date=midnight(row.due_date),
        line_items=_line_items.decode(row.line_items),
        subtotal=money.from_minor(row.subtotal, currency),
        tax_total=money.from_minor(row.tax_total, currency),
        discount_total=money.from_minor(row.discount_total, currency),
        total=money.from_minor(row.total, currency),
        status=rules.status(row, today),
        pdf_url=tx.links.pdf(row.id),
        created_at=row.created_at,
        updated_at=row.updated_at,
        amount_paid=money.from_minor(row.amount_paid, currency),
        amount_due=rules.due(*(money.from_minor(minor, currency) for minor in balance)),
        tax_breakdown=_tax_breakdown.decode(row.tax_breakdown),
        discount_rate=_decimal(row.discount_rate),
        discount_amount=_decimal(row.discount_amount),
        notes=row.notes,
        terms=row.terms,
        purchase_order=row.purchase_order,
        locale=row.locale,
        external_id=row.external_id,
        metadata=msgspec.json.decode(row.metadata),
        is_overdue=rules.is_overdue(row, today),
        sent_at=row.sent_at,
        viewed_at=row.viewed_at,
        paid_at=row.paid_at,
        voided_at=row.voided_at,
        buyer_reference=row.buyer_reference,
        delivery_date=midnight(row.delivery_date) if row.delivery_date else None,
        tax_exemption_reason=row.tax_exemption_reason,
        pdf_sha256=row.pdf_sha256,
        amount_credited=money.from_minor(row.amount_credited, currency),
        revises=row.revises_id,
        revised_by=row.revised_by_id,
        fee_for=row.fee_for_id,
        hosted_url=tx.links.page(row.id, row.page_version) if row.page_sha256 else None,
    )


def _columns(account_id: int, invoice: Invoice, place: Place, parties: Parties | None) -> dict[str, Any]:
    return {
        **_document(invoice, place),
        **_facts(invoice),
        "parties": shapes.encode(parties).decode() if parties else None,
        "words": search.index(account_id, _texts(invoice, place, parties)),
    }


def _document(invoice: Invoice, place: Place) -> dict[str, Any]:
    """What stands on an invoice."""
    currency = invoice.currency
    return {
        "number": invoice.invoice_number,
        "number_year": place.year,
        "number_seq": place.seq,
        "client_id": invoice.client_id,
        "currency": currency,
        "issue_date": invoice.issue_date[:10],
        "due_date": invoice.due_date[:10],
        "subtotal": money.to_minor(invoice.subtotal, currency),
        "tax_total": money.to_minor(invoice.tax_total, currency),
        "discount_total": money.to_minor(invoice.discount_total, currency),
        "total": money.to_minor(invoice.total, currency),
        "line_items": shapes.encode(invoice.line_items).decode(),
        "tax_breakdown": shapes.encode(invoice.tax_breakdown).decode(),
        "discount_rate": _text(invoice.discount_rate),
        "discount_amount": _text(invoice.discount_amount),
        "notes": invoice.notes,
        "terms": invoice.terms,
        "purchase_order": invoice.purchase_order,
        "buyer_reference": invoice.buyer_reference,
        "delivery_date": invoice.delivery_date[:10] if invoice.delivery_date else None,
        "tax_exemption_reason": invoice.tax_exemption_reason,
        "locale": invoice.locale,
        "metadata": shapes.encode(invoice.metadata).decode(),
    }


def _facts(invoice: Invoice) -> dict[str, Any]:
    """What has happened to it."""
    return {
        **{name: getattr(invoice, name) for name in _MOMENTS},
        "amount_paid": money.to_minor(invoice.amount_paid, invoice.currency),
        "amount_credited": money.to_minor(invoice.amount_credited, invoice.currency),
        "revises_id": invoice.revises,
        "revised_by_id": invoice.revised_by,
        "fee_for_id": invoice.fee_for,
    }


def _texts(invoice: Invoice, place: Place, parties: Parties | None) -> Iterable[str | None]:
    """What an invoice is found by; the words of its client as it is now are added by the database."""
    yield invoice.invoice_number
    yield str(place.seq or "")  # so that 42 finds INV-0042
    yield invoice.external_id
    yield invoice.purchase_order
    yield parties.client.name if parties else None
    for line in invoice.line_items:
        yield line.description
    yield invoice.notes


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


_line_items = msgspec.json.Decoder(list[LineItem])
_tax_breakdown = msgspec.json.Decoder(list[TaxShare])
_parties = msgspec.json.Decoder(Parties)
