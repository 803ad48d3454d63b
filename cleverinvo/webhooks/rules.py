"""What an endpoint and a delivery are, when a delivery is tried again, and when an endpoint is given up."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from cleverinvo.feed.rules import Event
from cleverinvo.shapes import Noun
from cleverinvo.webhooks.signing import Signature

ENDPOINTS_MAX: Final = 20
"""Endpoints of one account: every event may become as many deliveries."""

GIVE_UP_DAYS: Final = 5
"""An endpoint that has failed for so long, without one success, is switched off."""

RETRY_AFTER_SECONDS_MAX: Final = 24 * 3600

REST_STATUSES: Final = frozenset({429, 503})
"""With Retry-After, they ask for quiet from the sender as a whole, not for one delivery's."""

JITTER: Final = 0.2

IN_HAND_MAX: Final = 96
IN_HAND_OF_FAILING_MAX: Final = 4
"""Of an endpoint that fails, what is taken would only lie about."""

Status = Literal["PENDING", "SUCCEEDED", "FAILED"]


class Terms(NamedTuple):
    """How patiently deliveries are made. The delays are those of Standard Webhooks 1.0: ten attempts over 75 h."""

    delays_seconds: tuple[float, ...] = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    attempt_seconds: float = 20
    """From the first look at the address to the end of the answer."""
    lease_seconds: float = 60
    """How long a delivery belongs to the worker that took it; afterwards it is due again."""


STANDARD: Final = Terms()


class Webhook(Noun, frozen=True):
    """An endpoint: an address that events are delivered to."""

    id: str
    url: str
    events: list[str]
    description: str | None
    is_active: bool
    signature: Signature
    public_key: str | None
    header_names: list[str]
    """Of the headers that go with every delivery. Their values are not shown again."""
    failing_since: str | None
    disabled_at: str | None
    disabled_reason: str | None
    old_secret_until: str | None
    created_at: str
    updated_at: str


class NewWebhook(Webhook, frozen=True):
    """An endpoint with its secret, which is shown this once; `v1a` has a public key instead."""

    secret: str | None


class Delivery(Noun, frozen=True):
    """One event on its way to one endpoint."""

    id: str
    webhook_id: str
    event_id: str
    event_type: str
    event_sequence: int
    status: Status
    attempt_count: int
    next_attempt_at: str | None
    last_attempt_at: str | None
    response_status: int | None
    error: str | None
    created_at: str
    succeeded_at: str | None


class SentRequest(Noun, frozen=True):
    url: str
    headers: dict[str, str]


class ReceivedResponse(Noun, frozen=True):
    """What came back: its head, and the beginning of its body as text."""

    status: int
    headers: list[tuple[str, str]]
    body: str


class Attempt(Noun, frozen=True):
    """One try to deliver."""

    number: int
    attempted_at: str
    milliseconds: int
    request: SentRequest
    response: ReceivedResponse | None
    error: str | None


class DeliveryWithAttempts(Delivery, frozen=True):
    """A delivery with its whole log; `event` is the body that is sent."""

    event: Event
    attempts: list[Attempt]


class Replayed(Noun, frozen=True):
    """How many events are delivered again, and from where to go on if that were not all."""

    replayed: int
    next_from: str | None


class Outcome(NamedTuple):
    """What an attempt came to; it succeeded where there is no error."""

    attempted_at: datetime
    milliseconds: int
    request_headers: dict[str, str]
    response: ReceivedResponse | None = None
    error: str | None = None
    retry_after_seconds: float | None = None

    @property
    def status(self) -> int | None:
        return self.response.status if self.response else None


class Health(NamedTuple):
    """How an endpoint has fared lately."""

    failing_since: datetime | None = None
    failed_at: datetime | None = None
    rests_until: datetime | None = None


def room(health: Health, now: datetime) -> int:
    """How many deliveries to an endpoint a worker may hold at once, under way and next in line."""
    if health.rests_until is not None and health.rests_until > now:
        return 0
    return IN_HAND_MAX if health.failing_since is None else IN_HAND_OF_FAILING_MAX


def status(due_at: str | None, succeeded_at: str | None) -> Status:
    """A delivery with a due time is pending; one without has come to its end."""
    if due_at is not None:
        return "PENDING"
    return "SUCCEEDED" if succeeded_at is not None else "FAILED"


def seconds_to_wait(attempts: int, terms: Terms, retry_after_seconds: float | None, chance: float) -> float | None:
    """How long to wait after so many failed attempts; None when it is time to give up.

    `chance` from 0 to 1 spreads deliveries that failed together. A receiver that names a time gets it.
    """
    if attempts >= len(terms.delays_seconds):
        return None
    seconds = terms.delays_seconds[attempts] * (1 - JITTER + 2 * JITTER * chance)
    return max(seconds, min(retry_after_seconds or 0, RETRY_AFTER_SECONDS_MAX))


def health_after(before: Health, outcome: Outcome) -> Health:
    """An endpoint's health after one more attempt. Failures more than five days apart are not one illness."""
    now = outcome.attempted_at
    if outcome.error is None:
        return Health()
    is_new = before.failing_since is None or before.failed_at is None or now - before.failed_at > _patience()
    rests_until = before.rests_until
    if outcome.status in REST_STATUSES and outcome.retry_after_seconds:
        rests_until = now + timedelta(seconds=min(outcome.retry_after_seconds, RETRY_AFTER_SECONDS_MAX))
    return Health(now if is_new else before.failing_since, now, rests_until)


def reason_to_disable(health: Health, outcome: Outcome) -> str | None:
    """Why an endpoint is switched off after this attempt, in one sentence."""
    if outcome.error is None:
        return None
    if outcome.status == 410:
        return "The receiver answered 410 Gone: it wants no more events."
    if health.failing_since is not None and outcome.attempted_at - health.failing_since >= _patience():
        return f"Every delivery has failed for {GIVE_UP_DAYS} days, the last with: {outcome.error}"
    return None


def lets_through(filters: Collection[str], type: str) -> bool:
    """Whether an endpoint with these filters (`invoice.paid`, `invoice.*`, `*`) wants events of a type."""
    return "*" in filters or type in filters or f"{type.partition('.')[0]}.*" in filters


def _patience() -> timedelta:
    return timedelta(days=GIVE_UP_DAYS)
