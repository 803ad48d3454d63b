"""What may be asked of the feed."""

from cleverinvo import events
from cleverinvo.paging import Limit
from cleverinvo.shapes import Form, Pattern, Whole


class EventTypes(Pattern):
    """One type of event or several with commas between them."""

    MAX = 1_000
    PATTERN = "({0})(,({0}))*".format("|".join(type.replace(".", r"\.") for type in events.TYPES))
    SENTENCE = "Expected types of events such as invoice.paid, with commas between them"


class ReadFeed(Form, frozen=True):
    """Which events to read: those after a sequence number, the oldest first."""

    after: Whole = Whole(0)
    limit: Limit = Limit(20)
    types: EventTypes | None = None
