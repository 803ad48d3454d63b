"""The verbs of whoever owns the endpoints."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from cleverinvo import clock, events, ids
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import Conflict, Fault, Invalid
from cleverinvo.feed import store as feed
from cleverinvo.sealing import Confidential
from cleverinvo.shapes import given
from cleverinvo.webhooks import addresses, deliveries, rules, signing, store
from cleverinvo.webhooks.addresses import Guard
from cleverinvo.webhooks.forms import CreateWebhook, Replay, RotateSecret, UpdateWebhook
from cleverinvo.webhooks.rules import Delivery, DeliveryWithAttempts, Health, NewWebhook, Replayed, Webhook
from cleverinvo.webhooks.signing import Key, Signature

NEWS: Final = "webhooks"
"""The topic of the news that an account's endpoints have changed, or that deliveries became due."""

REPLAYED_MAX: Final = 5_000
"""Events that one request may replay; more would hold up the writer."""

TEST: Final = "webhook.test"


def create(tx: Tx, account_id: int, form: CreateWebhook, guard: Guard) -> Confidential:
    """A new endpoint, which gets the events from here on. Its secret is in the answer and nowhere else."""
    _refuse_target(form.url, guard)
    if store.count(tx, account_id) >= rules.ENDPOINTS_MAX:
        raise Conflict(f"An account has at most {rules.ENDPOINTS_MAX} webhooks.")
    key = _make_key(form.signature)
    headers: Mapping[str, str] = form.headers or {}
    webhook = Webhook(
        id=ids.new("whk", tx.now),
        url=form.url,
        events=list(form.events),
        description=form.description,
        is_active=form.is_active,
        signature=form.signature,
        public_key=key.public,
        header_names=list(headers),
        failing_since=None,
        disabled_at=None if form.is_active else tx.stamp,
        disabled_reason=None,
        old_secret_until=None,
        created_at=tx.stamp,
        updated_at=tx.stamp,
    )
    store.insert(tx, account_id, webhook, key.secret, headers, feed.find_newest(tx, account_id))
    tx.tell(NEWS, account_id)
    return _with_secret(webhook, key)


def update(
    tx: Tx, account_id: int, webhook_id: str, form: UpdateWebhook, guard: Guard, if_match: str | None = None
) -> Webhook:
    """Change the fields that were sent. An endpoint that is switched on again goes on where it had stopped."""
    before = store.get(tx, account_id, webhook_id)
    tx.expect(before, if_match)
    changes = given(form)
    if "url" in changes:
        _refuse_target(changes["url"], guard)
    if "headers" in changes:
        headers: Mapping[str, str] = changes.pop("headers") or {}
        changes["header_names"] = list(headers)
        store.set_headers(tx, account_id, webhook_id, headers)
    after = msgspec.structs.replace(before, **changes, updated_at=tx.stamp)
    after = _switched(tx, before, after)
    if after.url != before.url or (after.is_active and not before.is_active):
        after = msgspec.structs.replace(after, failing_since=None)
        store.set_health(tx, account_id, webhook_id, Health())
    store.update(tx, account_id, after)
    tx.tell(NEWS, account_id)
    return after


def delete(tx: Tx, account_id: int, webhook_id: str, if_match: str | None = None) -> None:
    """Take an endpoint away, with its secret and its log."""
    tx.expect(store.get(tx, account_id, webhook_id), if_match)
    store.delete(tx, account_id, webhook_id)
    tx.tell(NEWS, account_id)


def rotate_secret(tx: Tx, account_id: int, webhook_id: str, form: RotateSecret) -> Confidential:
    """A new secret. For a while deliveries are signed with the old one, too, so that none is refused meanwhile."""
    webhook = store.get(tx, account_id, webhook_id)
    key = _make_key(webhook.signature)
    old_until = clock.stamp(tx.now + timedelta(hours=form.overlap_hours))
    store.set_secret(tx, account_id, webhook_id, key.secret, key.public, old_until)
    tx.tell(NEWS, account_id)
    return _with_secret(store.get(tx, account_id, webhook_id), key)


def test(tx: Tx, account_id: int, webhook_id: str) -> Delivery:
    """Send a test event to one endpoint, whatever its filters."""
    webhook = _active(tx, account_id, webhook_id)
    sequence = events.emit(tx, account_id, TEST, webhook)
    (head,) = feed.list_heads(tx, account_id, sequence - 1, sequence, 1)
    delivery = due_delivery(tx, webhook_id, head)
    deliveries.insert(tx, account_id, [delivery])
    tx.tell(NEWS, account_id)
    return delivery


def find(tx: Tx, account_id: int, delivery_id: str) -> DeliveryWithAttempts:
    """A delivery with its log and what it carries."""
    delivery = deliveries.get(tx, account_id, delivery_id)
    return DeliveryWithAttempts(
        **msgspec.structs.asdict(delivery),
        event=feed.get(tx, account_id, delivery.event_id),
        attempts=deliveries.list_attempts(tx, account_id, delivery_id),
    )


def retry(tx: Tx, account_id: int, delivery_id: str) -> Delivery:
    """Deliver once more, now, whatever came of it before."""
    delivery = deliveries.get(tx, account_id, delivery_id)
    _active(tx, account_id, delivery.webhook_id)
    deliveries.restart(tx, account_id, delivery.webhook_id, [delivery.event_sequence])
    tx.tell(NEWS, account_id)
    return deliveries.get(tx, account_id, delivery_id)


def replay(tx: Tx, account_id: int, webhook_id: str, form: Replay) -> Replayed:
    """Deliver events of a time again, with the same webhook-id; those the endpoint never got, too."""
    _active(tx, account_id, webhook_id)
    recipient = store.find_recipient(tx, account_id, webhook_id)
    assert recipient is not None
    first = feed.find_first_since(tx, account_id, form.from_) if form.from_ else 1
    end = feed.find_first_since(tx, account_id, form.to) if form.to else recipient.position + 1
    last = min(recipient.position, end - 1)  # what comes after its position it gets anyway
    heads = feed.list_heads(tx, account_id, first - 1, last, REPLAYED_MAX + 1)
    wanted = [
        head
        for head in heads[:REPLAYED_MAX]
        if rules.lets_through(recipient.events, head.type)
        and (form.types is None or rules.lets_through(form.types, head.type))
        and head.type != TEST
    ]
    statuses = deliveries.find_statuses(tx, account_id, webhook_id, [head.sequence for head in wanted])
    if form.only_failed:
        wanted = [head for head in wanted if statuses.get(head.sequence) == "FAILED"]
    again = [head.sequence for head in wanted if head.sequence in statuses]
    deliveries.restart(tx, account_id, webhook_id, again)
    new = [due_delivery(tx, webhook_id, head) for head in wanted if head.sequence not in statuses]
    deliveries.insert(tx, account_id, new)
    tx.tell(NEWS, account_id)
    next_from = heads[REPLAYED_MAX].created_at if len(heads) > REPLAYED_MAX else None
    return Replayed(replayed=len(wanted), next_from=next_from)


def due_delivery(tx: Tx, webhook_id: str, event: Row) -> Delivery:
    """The delivery of an event to an endpoint, due now."""
    return Delivery(
        id=ids.new("dlv", tx.now),
        webhook_id=webhook_id,
        event_id=event.id,
        event_type=event.type,
        event_sequence=event.sequence,
        status="PENDING",
        attempt_count=0,
        next_attempt_at=tx.stamp,
        last_attempt_at=None,
        response_status=None,
        error=None,
        created_at=tx.stamp,
        succeeded_at=None,
    )


def _refuse_target(url: str, guard: Guard) -> None:
    fault = guard.fault_of_target(addresses.parse(url))
    if fault is not None:
        raise Invalid([Fault("url", fault)])


def _make_key(signature: Signature) -> Key:
    return signing.make_key(signature, secrets.token_bytes(signing.KEY_BYTES))


def _with_secret(webhook: Webhook, key: Key) -> Confidential:
    fields: dict[str, Any] = msgspec.structs.asdict(webhook)
    return Confidential(NewWebhook(**fields, secret=None if key.public else key.secret))


def _switched(tx: Tx, before: Webhook, after: Webhook) -> Webhook:
    if after.is_active == before.is_active:
        return after
    return msgspec.structs.replace(after, disabled_at=None if after.is_active else tx.stamp, disabled_reason=None)


def _active(tx: Tx, account_id: int, webhook_id: str) -> Webhook:
    webhook = store.get(tx, account_id, webhook_id)
    if not webhook.is_active:
        raise Conflict("The webhook is switched off; set isActive to true first.")
    return webhook
