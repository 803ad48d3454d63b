"""What may be asked of endpoints and deliveries."""

import re
from typing import Annotated, Any, Final, Literal, Self

import msgspec
from msgspec import UNSET, UnsetType

from cleverinvo import events
from cleverinvo.feed.forms import EventFilter
from cleverinvo.paging import Window
from cleverinvo.scalars import Moment
from cleverinvo.shapes import Form, Label, Scalar, Text
from cleverinvo.webhooks import addresses
from cleverinvo.webhooks.rules import Status
from cleverinvo.webhooks.signing import Signature

HEADERS_MAX: Final = 20
HEADER_VALUE_LENGTH_MAX: Final = 1_000
HEADER_NAME: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}"
HEADER_VALUE: Final = r"[!-~]([ -~]*[!-~])?"

OWN_HEADERS: Final = frozenset(
    {
        *("host", "connection", "content-length", "content-type", "content-encoding", "transfer-encoding"),
        *(
            "te",
            "trailer",
            "upgrade",
            "expect",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "user-agent",
        ),
    }
)
"""Headers that belong to the sender, as those do that begin with `webhook-`."""


class Url(Text):
    """Where an endpoint listens: `https://example.com/hooks`."""

    MAX = addresses.URL_LENGTH_MAX

    @classmethod
    def read(cls, raw: object) -> Self:
        url = super().read(raw)
        addresses.parse(url)
        return url

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "maxLength": cls.MAX, "pattern": f"^{addresses.URL_PATTERN}$"}


class Headers(dict[str, str], Scalar):
    """Headers that go with every delivery: what a gateway in front of the receiver asks for."""

    @classmethod
    def read(cls, raw: object) -> Self:
        if not isinstance(raw, dict):
            raise ValueError("Expected an object of header names and values")
        if len(raw) > HEADERS_MAX:
            raise ValueError(f"At most {HEADERS_MAX} headers")
        for name, value in raw.items():
            if re.fullmatch(HEADER_NAME, name, re.ASCII) is None:
                raise ValueError("A header's name is letters, digits and hyphens")
            if name.lower() in OWN_HEADERS or name.lower().startswith("webhook-"):
                raise ValueError(f"{name} is set by the server")
            if not isinstance(value, str) or re.fullmatch(HEADER_VALUE, value, re.ASCII) is None:
                raise ValueError(f"{name} must be printable ASCII without spaces at its ends")
            if len(value) > HEADER_VALUE_LENGTH_MAX:
                raise ValueError(f"{name} has at most {HEADER_VALUE_LENGTH_MAX:,} characters")
        if len({name.lower() for name in raw}) < len(raw):
            raise ValueError("A header must not come twice")
        return cls(raw)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        value = {"type": "string", "pattern": f"^{HEADER_VALUE}$", "maxLength": HEADER_VALUE_LENGTH_MAX}
        names = {"pattern": f"^{HEADER_NAME}$"}
        return {
            "type": "object",
            "additionalProperties": value,
            "propertyNames": names,
            "maxProperties": HEADERS_MAX,
        }


EventFilters = Annotated[list[EventFilter], msgspec.Meta(min_length=1, max_length=50)]


class CreateWebhook(Form, frozen=True):
    """A new endpoint. Without `events` it gets them all."""

    url: Url
    events: EventFilters = msgspec.field(default_factory=lambda: [EventFilter("*")])
    description: Label | None = None
    is_active: bool = True
    headers: Headers | None = None
    signature: Signature = "v1"


class UpdateWebhook(Form, frozen=True):
    """The fields to change. `headers` replaces all headers; `isActive: true` goes on where delivering stopped."""

    url: Url | UnsetType = UNSET
    events: EventFilters | UnsetType = UNSET
    description: Label | None | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    headers: Headers | None | UnsetType = UNSET


class RotateSecret(Form, frozen=True):
    """For how long deliveries are signed with the old secret, too."""

    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24


class Replay(Form, frozen=True):
    """Which events to deliver again: of which time, of which types, and whether only those that were given up."""

    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None
    types: EventFilters | None = None
    only_failed: bool = False


class ListWebhooks(Window, frozen=True):
    """Which endpoints to list, newest first unless `sort=createdAt`."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"


class ListDeliveries(Window, frozen=True):
    """Which deliveries to list, newest first unless `sort=createdAt`."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    status: Status | None = None
    type: EventFilter | None = None

    def wanted(self) -> list[str] | None:
        """The types that `type` lets through; None where all are wanted."""
        return None if self.type is None else events.expand([self.type])
