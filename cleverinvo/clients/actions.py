"""The verbs of clients."""

from typing import Any

import msgspec

from cleverinvo import events, ids, money
from cleverinvo.accounts import store as accounts
from cleverinvo.clients import store
from cleverinvo.clients.forms import CreateClient, UpdateClient
from cleverinvo.clients.rules import Client, merge_metadata
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Fault, Invalid
from cleverinvo.naturalkey import Repeated, settle_twin
from cleverinvo.shapes import given


def create(tx: Tx, account_id: int, form: CreateClient) -> Client | Repeated:
    """A new client, or the one that the same external id and content made before."""
    if form.external_id is not None:
        twin = store.find_twin(tx, account_id, form.external_id)
        if twin is not None:
            return settle_twin(form.external_id, *twin, form)
    client = Client(
        id=ids.new("cli", tx.now),
        name=form.name,
        email=form.email,
        address=form.address,
        tax_id=form.tax_id,
        phone=form.phone,
        is_active=form.is_active,
        created_at=tx.stamp,
        updated_at=tx.stamp,
        retainer_amount=form.retainer_amount,
        currency=form.currency,
        locale=form.locale,
        external_id=form.external_id,
        metadata=form.metadata,
        street=form.street,
        postal_code=form.postal_code,
        city=form.city,
        country_code=form.country_code,
        electronic_address=form.electronic_address,
        legal_registration_id=form.legal_registration_id,
        buyer_reference=form.buyer_reference,
    )
    client = _with_exact_retainer(tx, account_id, client)
    store.insert(tx, account_id, client, form)
    events.emit(tx, account_id, "client.created", client)
    return client


def update(tx: Tx, account_id: int, client_id: str, form: UpdateClient, if_match: str | None = None) -> Client:
    """Change the fields that were sent. Invoices already sent keep the client they were sent to."""
    before = store.get(tx, account_id, client_id)
    tx.expect(before, if_match)
    changes = given(form)
    if "metadata" in changes:
        changes["metadata"] = merge_metadata(before.metadata, changes["metadata"])
    after = _with_exact_retainer(tx, account_id, msgspec.structs.replace(before, **changes))
    previous = events.difference(before, after)
    if not previous:
        return before
    after = msgspec.structs.replace(after, updated_at=tx.stamp)
    store.update(tx, account_id, after)
    events.emit(tx, account_id, "client.updated", after, previous)
    return after


def delete(tx: Tx, account_id: int, client_id: str, if_match: str | None = None) -> None:
    """Take a client off every list. Its invoices stay, with their own copy of its data."""
    client = store.get(tx, account_id, client_id)
    tx.expect(client, if_match)
    store.delete(tx, account_id, client_id)
    events.emit(tx, account_id, "client.deleted", client)


def _with_exact_retainer(tx: Tx, account_id: int, client: Client) -> Client:
    """The retainer in the digits of the currency it will be billed in."""
    retainer: Any = client.retainer_amount
    if retainer is None:
        return client
    currency = client.currency or accounts.get(tx, account_id).currency
    if not money.is_exact(retainer, currency):
        raise Invalid([Fault("retainerAmount", f"{currency} has {money.DIGITS[currency]} decimals")])
    return msgspec.structs.replace(client, retainer_amount=money.with_digits(retainer, currency))
