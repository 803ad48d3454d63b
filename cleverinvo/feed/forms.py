"""What may be asked of the feed."""

from typing import Annotated, Final

import msgspec

from cleverinvo import events
from cleverinvo.shapes import Form, Pattern

SEQUENCE_MAX: Final = 2**53 - 1


class EventTypes(Pattern):
    """One type of event or several with commas between them."""

    MAX = 1_000
    PATTERN = "({0})(,({0}))*".format("|".join(type.replace(".", r"\.") for type in events.TYPES))
    SENTENCE = "Expected types of events such as invoice.paid, with commas between them"


class ReadFeed(Form, frozen=True):
    """Which events to read: those after a sequence number, the oldest first."""

    after: Annotated[int, msgspec.Meta(ge=0, le=SEQUENCE_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    types: EventTypes | None = None
