"""What may be asked of the feed."""

from typing import Annotated, Final

import msgspec

from cleverinvo import events
from cleverinvo.shapes import Form, Pattern

SEQUENCE_MAX: Final = 2**53 - 1
WAIT_SECONDS_MAX: Final = 30

_FILTER: Final = "|".join(
    [
        r"\*",
        *(rf"{family}\.\*" for family in events.FAMILIES),
        *(type.replace(".", r"\.") for type in events.TYPES),
    ]
)


class EventFilter(Pattern):
    """One type of event, a family of them such as `invoice.*`, or `*` for all."""

    MAX = 100
    PATTERN = f"({_FILTER})"
    SENTENCE = "Expected a type of event such as invoice.paid, a family such as invoice.*, or *"


class EventTypes(Pattern):
    """One filter of events or several with commas between them."""

    MAX = 1_000
    PATTERN = f"({_FILTER})(,({_FILTER}))*"
    SENTENCE = "Expected types of events such as invoice.paid or invoice.*, with commas between them"


class ReadFeed(Form, frozen=True):
    """Which events to read: those after a sequence number, the oldest first.

    Where there are none yet, the answer waits for the first of them, up to `wait` seconds.
    """

    after: Annotated[int, msgspec.Meta(ge=0, le=SEQUENCE_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    types: EventTypes | None = None
    wait: Annotated[int, msgspec.Meta(ge=0, le=WAIT_SECONDS_MAX)] = 0

    def wanted(self) -> list[str]:
        """The types that `types` lets through."""
        return events.expand((self.types or "*").split(","))
