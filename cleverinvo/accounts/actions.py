"""The verbs of accounts and keys."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET

from cleverinvo import clock, ids
from cleverinvo.accounts import numbering, rules, store
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Account, ApiKey, Logo, NewApiKey, Scope, Tier
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Fault, Invalid, NotFound
from cleverinvo.shapes import given

NO_ACCOUNT: Final = 0
"""The account of a verb that makes one."""


def open_account(tx: Tx, _: int, name: str, email: str, tier: Tier) -> tuple[int, Account, NewApiKey]:
    """A new account and its first key."""
    account_id, account = found_account(tx, name, email, tier)
    return account_id, account, create_key(tx, account_id, "First key", "full", None)


def found_account(tx: Tx, name: str, email: str, tier: Tier) -> tuple[int, Account]:
    """A new account with the guide's defaults, and nobody who could speak for it yet."""
    account = Account(
        id=ids.new("acc", tx.now),
        name=name,
        email=email,
        tier=tier,
        address=None,
        street=None,
        postal_code=None,
        city=None,
        country_code=None,
        tax_id=None,
        legal_registration_id=None,
        phone=None,
        contact_name=None,
        electronic_address=None,
        iban=None,
        bic=None,
        bank_name=None,
        upi_id=None,
        payment_url=None,
        layout="modern",
        accent_color="#0d5c46",
        footer=None,
        logo_sha256=None,
        require_e_invoice=False,
        currency="USD",
        locale="en",
        time_zone="UTC",
        payment_terms_days=30,
        hosted_page_days=30,
        numbering="onCreate",
        number_format="INV-{seq:04}",
        created_at=tx.stamp,
        updated_at=tx.stamp,
    )
    return store.insert(tx, account), account


def update(tx: Tx, account_id: int, changes: UpdateAccount, if_match: str | None = None) -> Account:
    """Change what stands on future documents. Invoices already sent keep the seller they were sent by."""
    before = store.get(tx, account_id)
    tx.expect(before, if_match)
    if changes.number_format is not UNSET:
        _refuse_repeating(tx, account_id, changes.number_format)
    account = msgspec.structs.replace(before, **given(changes), updated_at=tx.stamp)
    store.update(tx, account_id, account)
    return account


def change_tier(tx: Tx, account_id: int, tier: Tier) -> Account:
    """What an account may use, which its operator says. Within a second its keys work, or work no more."""
    account = msgspec.structs.replace(store.get(tx, account_id), tier=tier, updated_at=tx.stamp)
    store.update(tx, account_id, account)
    return account


def _refuse_repeating(tx: Tx, account_id: int, number_format: str) -> None:
    """Numbers given under other formats must not come again: some day no invoice could be made any more."""
    last = store.last_numbers(tx, account_id)
    for number in store.find_numbers(tx, account_id, numbering.alike(number_format)):
        place = numbering.read_number(number_format, number)
        if place is not None and place.seq > last.get(place.year, 0):
            raise Invalid([Fault("numberFormat", f"Would give the number {number} a second time")])


def set_logo(tx: Tx, account_id: int, logo: Logo | None, if_match: str | None = None) -> Account:
    """Print a logo on future documents, or none. The ones before stay stored for those already sent."""
    before = store.get(tx, account_id)
    tx.expect(before, if_match)
    if logo is not None:
        store.keep_logo(tx, account_id, logo)
    account = msgspec.structs.replace(before, logo_sha256=logo and logo.sha256, updated_at=tx.stamp)
    store.update(tx, account_id, account)
    return account


def create_key(tx: Tx, account_id: int, name: str, scope: Scope, expires_at: datetime | None) -> NewApiKey:
    """A new key. Its secret is in the answer and nowhere else."""
    secret = rules.write_key("".join(secrets.choice(rules.BASE62) for _ in range(rules.SECRET_LENGTH)))
    key = ApiKey(
        id=ids.new("key", tx.now),
        name=name,
        prefix=rules.PREFIX,
        last4=secret[-4:],
        scope=scope,
        created_at=tx.stamp,
        expires_at=clock.stamp(expires_at) if expires_at else None,
        last_used_at=None,
        revoked_at=None,
    )
    store.insert_key(tx, account_id, key, rules.digest(secret))
    return NewApiKey(key=key, secret=secret)


def revoke_key(tx: Tx, account_id: int, key_id: str) -> None:
    if not store.revoke_key(tx, account_id, key_id):
        raise NotFound(f"No key {key_id} that could be revoked.")


def touch_keys(tx: Tx, account_id: int, used: Mapping[str, str]) -> None:
    """Note when keys were last used; later notes replace earlier ones."""
    store.touch_keys(tx, account_id, used)
