"""The verbs of the worker: events become deliveries, what is due is taken, and what came of it is noted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from cleverinvo import clock, events, shapes
from cleverinvo.db.transaction import Asked, Together, Tx
from cleverinvo.feed import store as feed
from cleverinvo.webhooks import actions, deliveries, rules, store
from cleverinvo.webhooks.rules import Outcome, Terms
from cleverinvo.webhooks.store import Recipient

ROWS_AT_ONCE: Final = 1_000
"""Deliveries that one transaction makes at most; others have to wait for it."""

EVENTS_FORGOTTEN_AT_ONCE: Final = 500


class Parcel(NamedTuple):
    """All that is needed to make one attempt."""

    seq: int
    delivery_id: str
    webhook_id: str
    account_id: int
    event_id: str
    url: str
    headers: Mapping[str, str]
    secrets: Sequence[str]
    body: bytes
    number: int
    tries: int
    """Attempts of this round, this one included."""
    until: datetime
    """The end of the lease."""


class Taken(NamedTuple):
    """What a worker has taken, and whether there is more to take at once."""

    parcels: list[Parcel]
    more_events: bool
    more_of: set[str]
    """Endpoints of which more may be due than there was room for."""


class Report(NamedTuple):
    """What came of a parcel."""

    parcel: Parcel
    outcome: Outcome
    terms: Terms
    chance: float


def take(tx: Tx, account_id: int, in_hand: Mapping[str, int], terms: Terms) -> Taken:
    """Make deliveries of the account's new events, and take what is due: of each endpoint what there is room for.

    `in_hand` is how many parcels the worker holds of each endpoint. One worker at a time does this for an account,
    as with all that is written for it.
    """
    recipients = store.list_recipients(tx, account_id)
    more_events = _fan_out(tx, account_id, recipients)
    until = tx.now + timedelta(seconds=terms.lease_seconds)
    claims = []
    more_of: set[str] = set()
    for recipient in recipients:
        held = in_hand.get(recipient.id, 0)
        most = rules.room(recipient.health, tx.now) - held
        if most <= 0:
            more_of |= {recipient.id} if held else set()
            continue
        claimed = deliveries.claim(tx, account_id, recipient.id, most, clock.stamp(until))
        claims += [(recipient, claim) for claim in claimed]
        if len(claimed) == most:
            more_of.add(recipient.id)
    carried = feed.find_many(tx, account_id, {claim.event_sequence for _, claim in claims})
    bodies = {sequence: shapes.encode(event) for sequence, event in carried.items()}
    parcels = [
        Parcel(
            seq=claim.seq,
            delivery_id=claim.id,
            webhook_id=recipient.id,
            account_id=account_id,
            event_id=carried[claim.event_sequence].id,
            url=recipient.url,
            headers=recipient.headers,
            secrets=recipient.secrets,
            body=bodies[claim.event_sequence],
            number=claim.attempt_count + 1,
            tries=claim.tries + 1,
            until=until,
        )
        for recipient, claim in claims
    ]
    return Taken(parcels, more_events, more_of)


@Together
def record(tx: Tx, account_id: int, asked: Sequence[Asked]) -> list[None]:
    """Note what came of parcels: in the log, in when they are due again, and in how their endpoints fare."""
    there = deliveries.find_there(tx, account_id, [one.form.parcel.seq for one in asked])
    reports: list[Report] = [one.form for one in asked if one.form.parcel.seq in there]
    deliveries.insert_attempts(
        tx,
        account_id,
        ((parcel.delivery_id, parcel.number, parcel.url, outcome) for parcel, outcome, *_ in reports),
    )
    deliveries.settle(tx, account_id, ((one.parcel.seq, one.outcome, _due_at(one)) for one in reports))
    for webhook_id in dict.fromkeys(one.parcel.webhook_id for one in reports):
        outcomes = [one.outcome for one in reports if one.parcel.webhook_id == webhook_id]
        _note_health(tx, account_id, webhook_id, outcomes)
    return [None] * len(asked)


def release(tx: Tx, account_id: int, parcels: Sequence[Parcel]) -> None:
    """Give back parcels that were taken and not tried."""
    deliveries.release(tx, account_id, [parcel.seq for parcel in parcels])


def forget_old(tx: Tx, account_id: int, days: int) -> bool:
    """Delete some events of more than so many days ago, with their log; whether there may be more.

    An event that an active endpoint has yet to get stays, however old.
    """
    newest = feed.find_newest(tx, account_id)
    needed = deliveries.find_first_needed(tx, account_id)
    below = newest + 1 if needed is None else needed
    before = clock.stamp(tx.now - timedelta(days=days))
    until = feed.find_last_old(tx, account_id, before, below, EVENTS_FORGOTTEN_AT_ONCE)
    if until is None:
        return False
    deliveries.forget(tx, account_id, until)
    feed.forget(tx, account_id, until)
    return True


def _fan_out(tx: Tx, account_id: int, recipients: Sequence[Recipient]) -> bool:
    """Make a delivery of each new event for each endpoint that wants it; whether there are more events."""
    if not recipients:
        return False
    after = min(recipient.position for recipient in recipients)
    most = max(1, ROWS_AT_ONCE // len(recipients))
    heads = feed.list_heads(tx, account_id, after, feed.find_newest(tx, account_id), most)
    if not heads:
        return False
    last = heads[-1].sequence
    added = []
    for recipient in recipients:
        if recipient.position >= last:
            continue
        store.move(tx, account_id, recipient.id, last)
        added += [
            actions.due_delivery(tx, recipient.id, head)
            for head in heads
            if head.sequence > recipient.position
            and head.type != actions.TEST
            and rules.lets_through(recipient.events, head.type)
        ]
    deliveries.insert(tx, account_id, added)
    return len(heads) == most


def _due_at(report: Report) -> str | None:
    """When a parcel is due again; None at its end."""
    outcome = report.outcome
    if outcome.error is None:
        return None
    seconds = rules.seconds_to_wait(report.parcel.tries, report.terms, outcome.retry_after_seconds, report.chance)
    return None if seconds is None else clock.stamp(outcome.attempted_at + timedelta(seconds=seconds))


def _note_health(tx: Tx, account_id: int, webhook_id: str, outcomes: Sequence[Outcome]) -> None:
    recipient = store.find_recipient(tx, account_id, webhook_id)
    if recipient is None:  # switched off or deleted meanwhile
        return
    health = recipient.health
    reason = None
    for outcome in outcomes:
        health = rules.health_after(health, outcome)
        reason = reason or rules.reason_to_disable(health, outcome)
    if health != recipient.health:
        store.set_health(tx, account_id, webhook_id, health)
    if reason is not None:
        webhook = msgspec.structs.replace(
            store.get(tx, account_id, webhook_id),
            is_active=False,
            disabled_at=tx.stamp,
            disabled_reason=reason,
            updated_at=tx.stamp,
        )
        store.update(tx, account_id, webhook)
        events.emit(tx, account_id, "webhook.disabled", webhook)
        tx.tell(actions.NEWS, account_id)
