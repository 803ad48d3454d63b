"""What an event looks like to those who read the feed."""

import msgspec

from cleverinvo.shapes import Noun


class EventRequest(Noun, frozen=True):
    """The request that made the change."""

    id: str | None
    idempotency_key: str | None


class Event(Noun, frozen=True):
    """One change: the object as it was right after it, and the values that it replaced."""

    id: str
    type: str
    sequence: int
    created_at: str
    timestamp: str
    """The same as `createdAt`, by the name that Standard Webhooks gives it."""
    data: msgspec.Raw
    previous: msgspec.Raw | None
    request: EventRequest


class FeedPosition(Noun, frozen=True):
    """Where reading goes on: pass `nextAfter` as `after`. It has passed events of other types, too."""

    limit: int
    has_more: bool
    next_after: int


class Feed(Noun, frozen=True):
    data: list[Event]
    pagination: FeedPosition
