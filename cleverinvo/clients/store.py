"""Clients in the database: rows in, nouns out."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from cleverinvo import shapes
from cleverinvo.clients.forms import CreateClient, ListClients
from cleverinvo.clients.rules import Client
from cleverinvo.db import search
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import clients, counters
from cleverinvo.db.statements import among, insert_into, unindexed
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.paging import Page

_IS_LIVE = clients.c.deleted_at.is_(None)
_BY_ID = select(clients).where(
    clients.c.account_id == bindparam("account_id"), clients.c.id == bindparam("id"), _IS_LIVE
)
_BY_IDS = select(clients).where(
    unindexed(clients.c.account_id) == bindparam("account_id"), among(clients.c.id, "ids")
)
_LIVE_BY_IDS = _BY_IDS.where(_IS_LIVE)
_BY_EXTERNAL_ID = select(clients).where(
    clients.c.account_id == bindparam("account_id"), clients.c.external_id == bindparam("external_id")
)
_COUNT = select(counters.c.client_count).where(counters.c.account_id == bindparam("account_id"))
_ADD_TO_COUNT = (
    counters.update()
    .where(counters.c.account_id == bindparam("account"))
    .values(client_count=counters.c.client_count + bindparam("more"))
)
_INSERT = insert_into(clients)
_UPDATED = [
    column.name
    for column in clients.columns
    if column.name
    not in ("seq", "account_id", "id", "external_id", "created_at", "deleted_at", "request", "checksum")
]
_UPDATE = (
    clients.update()
    .where(clients.c.account_id == bindparam("account"), clients.c.id == bindparam("client"))
    .values({name: bindparam(name) for name in _UPDATED})
)
_DELETE = (
    clients.update()
    .where(clients.c.account_id == bindparam("account"), clients.c.id == bindparam("client"))
    .values(deleted_at=bindparam("now"))
)


def get(tx: Tx, account_id: int, client_id: str) -> Client:
    row = tx.row(_BY_ID, account_id=account_id, id=client_id)
    if row is None:
        raise NotFound("No such client.")
    return _noun(tx, row)


def find_many(
    tx: Tx, account_id: int, client_ids: Iterable[str], *, deleted_too: bool = False
) -> dict[str, Client]:
    """Those of the clients that the account has, by id."""
    rows = tx.rows(_BY_IDS if deleted_too else _LIVE_BY_IDS, account_id=account_id, ids=list(client_ids))
    return {row.id: _noun(tx, row) for row in rows}


def find_twin(tx: Tx, account_id: int, external_id: str) -> tuple[Client | None, CreateClient] | None:
    """The client made under this external id, None if it was deleted, and the form that made it."""
    row = tx.row(_BY_EXTERNAL_ID, account_id=account_id, external_id=external_id)
    if row is None:
        return None
    form = shapes.refill(CreateClient, row.request)
    return (None if row.deleted_at else _noun(tx, row)), form


def list_page(tx: Tx, account_id: int, form: ListClients) -> Page[Client]:
    """The page of clients that the form asks for. Deleted ones are in no list."""
    filters = {
        "email": form.email and fold_email(form.email),
        "is_active": form.is_active,
        "external_id": form.external_id,
        "words": form.q,
    }
    return _LISTING.page(tx, account_id, form, filters, {}, count(tx, account_id))


def count(tx: Tx, account_id: int) -> int:
    """How many clients there are that are not deleted."""
    row = tx.row(_COUNT, account_id=account_id)
    return int(row.client_count) if row else 0


def insert(tx: Tx, account_id: int, client: Client, form: CreateClient) -> None:
    tx.change(
        _INSERT,
        account_id=account_id,
        id=client.id,
        external_id=client.external_id,
        created_at=client.created_at,
        deleted_at=None,
        request=shapes.encode(form).decode() if form.external_id else None,
        **_columns(account_id, client),
    )
    tx.change(_ADD_TO_COUNT, account=account_id, more=1)


def update(tx: Tx, account_id: int, client: Client) -> None:
    tx.change(_UPDATE, account=account_id, client=client.id, **_columns(account_id, client))


def delete(tx: Tx, account_id: int, client_id: str) -> None:
    """Hide a client for ever. Its row stays: invoices refer to it, and its external id stays taken."""
    tx.change(_DELETE, account=account_id, client=client_id, now=tx.stamp)
    tx.change(_ADD_TO_COUNT, account=account_id, more=-1)


def fold_email(email: str) -> str:
    return email.strip().casefold()


def _columns(account_id: int, client: Client) -> dict[str, Any]:
    fields = {name: getattr(client, name) for name in _UPDATED if name in client.__struct_fields__}
    retainer = client.retainer_amount
    return {
        **fields,
        "email_folded": fold_email(client.email) if client.email else None,
        "retainer_amount": None if retainer is None else format(retainer, "f"),
        "metadata": shapes.encode(client.metadata).decode(),
        "words": search.index(
            account_id,
            (client.name, client.email, client.tax_id, client.phone, client.external_id, client.city),
        ),
    }


def _noun(tx: Tx, row: Row) -> Client:
    return Client(
        id=row.id,
        name=row.name,
        email=row.email,
        address=row.address,
        tax_id=row.tax_id,
        phone=row.phone,
        is_active=bool(row.is_active),
        created_at=row.created_at,
        updated_at=row.updated_at,
        retainer_amount=None if row.retainer_amount is None else Decimal(row.retainer_amount),
        currency=row.currency,
        locale=row.locale,
        external_id=row.external_id,
        metadata=msgspec.json.decode(row.metadata),
        street=row.street,
        postal_code=row.postal_code,
        city=row.city,
        country_code=row.country_code,
        electronic_address=row.electronic_address,
        legal_registration_id=row.legal_registration_id,
        buyer_reference=row.buyer_reference,
    )


_CLAUSES = {
    "email": clients.c.email_folded == bindparam("email"),
    "is_active": clients.c.is_active == bindparam("is_active"),
    "external_id": clients.c.external_id == bindparam("external_id"),
}
_LISTING = Listing(clients, clause=_CLAUSES.__getitem__, sorts={"createdAt": None}, noun=_noun, always=_IS_LIVE)
