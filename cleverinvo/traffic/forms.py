"""What may be asked of the log of requests."""

from typing import Final, Literal

from cleverinvo.paging import Window
from cleverinvo.shapes import Label

Statuses = Literal["2xx", "3xx", "4xx", "429", "5xx"]

SPANS: Final[dict[Statuses, tuple[int, int]]] = {
    "2xx": (200, 299),
    "3xx": (300, 399),
    "4xx": (400, 499),
    "429": (429, 429),
    "5xx": (500, 599),
}


class ListRequests(Window, frozen=True):
    """Which requests to list, newest first. `path` is any part of it."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    status: Statuses | None = None
    path: Label | None = None
    request_id: Label | None = None
