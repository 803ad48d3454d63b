"""Endpoints in the database: rows in, nouns out."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, null, select

from cleverinvo import clock, shapes
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import counters, deliveries, webhooks
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.paging import Page
from cleverinvo.sealing import BrokenSeal
from cleverinvo.webhooks.forms import ListWebhooks
from cleverinvo.webhooks.rules import Health, Webhook


class Recipient(NamedTuple):
    """An endpoint as the worker sees it, with what must stay private."""

    id: str
    url: str
    events: list[str]
    secrets: list[str]
    """What to sign with, the newest first; none where they or the headers cannot be read any more."""
    headers: dict[str, str]
    position: int
    health: Health


_IS_LIVE = webhooks.c.deleted_at.is_(None)
_IS_ACTIVE = webhooks.c.is_active.is_(True) & _IS_LIVE
_BY_ID = select(webhooks).where(
    webhooks.c.account_id == bindparam("account_id"), webhooks.c.id == bindparam("id"), _IS_LIVE
)
_ACTIVE_BY_ID = _BY_ID.where(_IS_ACTIVE)
_ACTIVE = (
    select(webhooks).where(webhooks.c.account_id == bindparam("account_id"), _IS_ACTIVE).order_by(webhooks.c.seq)
)
_COUNT = select(func.count().label("count")).where(webhooks.c.account_id == bindparam("account_id"), _IS_LIVE)
_ACCOUNTS = select(webhooks.c.account_id).where(_IS_ACTIVE).distinct()
_HAS_DUE = (
    select(deliveries.c.seq)
    .where(deliveries.c.webhook_id == webhooks.c.id, deliveries.c.due_at <= bindparam("now"))
    .exists()
)
_IS_AWAKE = webhooks.c.rests_until.is_(None) | (webhooks.c.rests_until <= bindparam("now"))
_ACCOUNTS_WITH_WORK = (
    select(webhooks.c.account_id)
    .join(counters, counters.c.account_id == webhooks.c.account_id)
    .where(_IS_ACTIVE, (webhooks.c.position < counters.c.event_sequence) | (_IS_AWAKE & _HAS_DUE))
    .distinct()
)
_INSERT = insert_into(webhooks)
_OF_NOUN = ("url", "description", "is_active", "failing_since", "disabled_at", "disabled_reason", "updated_at")
_MINE = (webhooks.c.account_id == bindparam("account"), webhooks.c.id == bindparam("webhook"))
_UPDATE = (
    webhooks.update()
    .where(*_MINE)
    .values({name: bindparam(name) for name in (*_OF_NOUN, "events", "header_names")})
)
_SET_HEADERS = webhooks.update().where(*_MINE).values(headers=bindparam("sealed"))
_SET_SECRET = (
    webhooks.update()
    .where(*_MINE)
    .values(
        old_secret=webhooks.c.secret,
        old_secret_until=bindparam("until"),
        secret=bindparam("sealed"),
        public_key=bindparam("public"),
        updated_at=bindparam("now"),
    )
)
_SET_HEALTH = (
    webhooks.update()
    .where(*_MINE)
    .values(failing_since=bindparam("since"), failed_at=bindparam("last"), rests_until=bindparam("until"))
)
_MOVE = webhooks.update().where(*_MINE).values(position=bindparam("position"))
_DELETE = (
    webhooks.update()
    .where(*_MINE)
    .values(deleted_at=bindparam("now"), secret="", old_secret=null(), headers=null())
)


def get(tx: Tx, account_id: int, webhook_id: str) -> Webhook:
    row = tx.row(_BY_ID, account_id=account_id, id=webhook_id)
    if row is None:
        raise NotFound("No such webhook.")
    return _noun(tx, row)


def list_page(tx: Tx, account_id: int, form: ListWebhooks) -> Page[Webhook]:
    return _LISTING.page(tx, account_id, form, {}, {}, count(tx, account_id))


def count(tx: Tx, account_id: int) -> int:
    row = tx.row(_COUNT, account_id=account_id)
    assert row is not None
    return int(row.count)


def list_recipients(tx: Tx, account_id: int) -> list[Recipient]:
    """The account's active endpoints."""
    return [_recipient(tx, row) for row in tx.rows(_ACTIVE, account_id=account_id)]


def find_recipient(tx: Tx, account_id: int, webhook_id: str) -> Recipient | None:
    """An endpoint if it is active."""
    row = tx.row(_ACTIVE_BY_ID, account_id=account_id, id=webhook_id)
    return None if row is None else _recipient(tx, row)


def list_accounts(tx: Tx) -> set[int]:
    """The accounts that have active endpoints."""
    return {row.account_id for row in tx.rows(_ACCOUNTS)}


def list_accounts_with_work(tx: Tx) -> set[int]:
    """The accounts with events that are not yet deliveries, or with deliveries that are due."""
    return {row.account_id for row in tx.rows(_ACCOUNTS_WITH_WORK, now=tx.stamp)}


def insert(
    tx: Tx, account_id: int, webhook: Webhook, secret: str, headers: Mapping[str, str], position: int
) -> None:
    tx.change(
        _INSERT,
        account_id=account_id,
        id=webhook.id,
        headers=_seal_headers(tx, webhook.id, headers),
        signature=webhook.signature,
        public_key=webhook.public_key,
        secret=tx.seal.close(secret, webhook.id),
        old_secret=None,
        old_secret_until=None,
        position=position,
        failed_at=None,
        rests_until=None,
        created_at=webhook.created_at,
        deleted_at=None,
        **_columns(webhook),
    )


def update(tx: Tx, account_id: int, webhook: Webhook) -> None:
    tx.change(_UPDATE, account=account_id, webhook=webhook.id, **_columns(webhook))


def set_headers(tx: Tx, account_id: int, webhook_id: str, headers: Mapping[str, str]) -> None:
    tx.change(_SET_HEADERS, account=account_id, webhook=webhook_id, sealed=_seal_headers(tx, webhook_id, headers))


def set_secret(
    tx: Tx, account_id: int, webhook_id: str, secret: str, public_key: str | None, old_until: str
) -> None:
    """Put another secret in place; the one before goes on to sign for a while."""
    sealed = tx.seal.close(secret, webhook_id)
    tx.change(
        _SET_SECRET,
        account=account_id,
        webhook=webhook_id,
        sealed=sealed,
        public=public_key,
        until=old_until,
        now=tx.stamp,
    )


def set_health(tx: Tx, account_id: int, webhook_id: str, health: Health) -> None:
    since, last, until = (None if moment is None else clock.stamp(moment) for moment in health)
    tx.change(_SET_HEALTH, account=account_id, webhook=webhook_id, since=since, last=last, until=until)


def move(tx: Tx, account_id: int, webhook_id: str, position: int) -> None:
    """Note up to which event an endpoint has its deliveries."""
    tx.change(_MOVE, account=account_id, webhook=webhook_id, position=position)


def delete(tx: Tx, account_id: int, webhook_id: str) -> None:
    """Take an endpoint away with its secrets. What it was sent is forgotten together with the events."""
    tx.change(_DELETE, account=account_id, webhook=webhook_id, now=tx.stamp)


def _columns(webhook: Webhook) -> dict[str, Any]:
    return {
        **{name: getattr(webhook, name) for name in _OF_NOUN},
        "events": _json(webhook.events),
        "header_names": _json(webhook.header_names),
    }


def _json(content: Iterable[str]) -> str:
    return shapes.encode(content).decode()


def _seal_headers(tx: Tx, webhook_id: str, headers: Mapping[str, str]) -> str | None:
    return tx.seal.close(shapes.encode(dict(headers)).decode(), webhook_id) if headers else None


def _recipient(tx: Tx, row: Row) -> Recipient:
    secret, headers = _open(tx, row, row.secret), _open(tx, row, row.headers)
    secrets = [secret] if secret and (headers or not row.headers) else []
    if secrets and row.old_secret is not None and row.old_secret_until > tx.stamp:
        old_secret = _open(tx, row, row.old_secret)
        secrets += [old_secret] if old_secret else []
    health = (row.failing_since, row.failed_at, row.rests_until)
    return Recipient(
        id=row.id,
        url=row.url,
        events=msgspec.json.decode(row.events),
        secrets=secrets,
        headers=msgspec.json.decode(headers) if headers else {},
        position=row.position,
        health=Health(*(None if stamp is None else clock.moment(stamp) for stamp in health)),
    )


def _open(tx: Tx, row: Row, sealed: str | None) -> str | None:
    """What was sealed; None where there is nothing, or nothing that can be read any more."""
    try:
        return tx.seal.open(sealed, row.id) if sealed else None
    except BrokenSeal:
        return None


def _noun(tx: Tx, row: Row) -> Webhook:
    is_rotating = row.old_secret_until is not None and row.old_secret_until > tx.stamp
    return Webhook(
        id=row.id,
        url=row.url,
        events=msgspec.json.decode(row.events),
        description=row.description,
        is_active=bool(row.is_active),
        signature=row.signature,
        public_key=row.public_key,
        header_names=msgspec.json.decode(row.header_names),
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        old_secret_until=row.old_secret_until if is_rotating else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


_NO_FILTERS: dict[str, ColumnElement[bool]] = {}
_LISTING = Listing(
    webhooks, clause=_NO_FILTERS.__getitem__, sorts={"createdAt": None}, noun=_noun, always=_IS_LIVE
)
