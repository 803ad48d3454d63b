"""The scalars that several forms share: dates, currencies, names, references."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, Self

import msgspec

from cleverinvo.clock import stamp
from cleverinvo.money import DIGITS
from cleverinvo.shapes import Label, Pattern, Scalar, Text


class Day(str, Scalar):
    """A calendar date. Read from `2026-03-01` or its long form `2026-03-01T00:00:00.000Z`, never shifted."""

    _HOUR_AND_MINUTE: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
    PATTERN: Final = (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
        rf"(T{_HOUR_AND_MINUTE}:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]{_HOUR_AND_MINUTE}))?"
    )

    @classmethod
    def read(cls, raw: object) -> Self:
        if type(raw) is not str or _DAY.fullmatch(raw) is None:
            raise ValueError("Expected a date such as 2026-03-01")
        day = raw[:10]
        try:
            date.fromisoformat(day)
        except ValueError:
            raise ValueError("No such day in the calendar") from None
        return cls(day)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "format": "date", "examples": ["2026-03-01"]}


_DAY = re.compile(Day.PATTERN, re.ASCII)


class Moment(str, Scalar):
    """An instant with its time zone: `2026-03-01T10:00:00Z`, `2026-03-01T11:00:00.5+01:00`. Kept in UTC."""

    PATTERN: Final = (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
    )

    @classmethod
    def read(cls, raw: object) -> Self:
        if type(raw) is not str or re.fullmatch(cls.PATTERN, raw, re.ASCII) is None:
            raise ValueError("Expected an instant such as 2026-03-01T10:00:00Z")
        try:
            return cls(stamp(datetime.fromisoformat(raw).astimezone(UTC)))
        except (ValueError, OverflowError):
            raise ValueError("No such instant") from None

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "examples": ["2026-03-01T10:00:00Z"]}


class DayOrMoment(str, Scalar):
    """When something happened, as an instant in UTC. A day alone, `2026-03-01`, is its midnight in UTC."""

    @classmethod
    def read(cls, raw: object) -> Self:
        is_day = type(raw) is str and "T" not in raw
        return cls(midnight(Day.read(raw)) if is_day else Moment.read(raw))

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"oneOf": [Day.schema(), Moment.schema()]}


class Currency(str, Scalar):
    """An ISO 4217 code in capitals."""

    @classmethod
    def read(cls, raw: object) -> Self:
        if type(raw) is not str or raw not in DIGITS:
            raise ValueError("Expected an ISO 4217 currency code such as USD")
        return cls(raw)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "enum": sorted(DIGITS)}

    @classmethod
    def native(cls) -> Any:
        return Literal[tuple(DIGITS)]


class CountryCode(Pattern):
    """An ISO 3166-1 country in two capitals."""

    MAX = 2
    PATTERN = "[A-Z]{2}"
    SENTENCE = "Expected a two-letter country code such as US"


class Locale(Pattern):
    """A language, perhaps with a script and a region: `en`, `de-CH`, `zh-Hant-TW`."""

    MAX = 20
    PATTERN = r"[a-z]{2,3}([-_][A-Z][a-z]{3})?([-_]([A-Z]{2}|[0-9]{3}))?"
    SENTENCE = "Expected a locale such as en or de-CH"


class Email(Label):
    """An e-mail address as it was typed. Whether mail can go there is asked when something is sent."""

    MAX = 254


class Short(Label):
    """A short reference on one line: a phone number, a tax id, a purchase order."""

    MAX = 100


class ExternalId(Label):
    """The caller's own name for a thing, unique per account for ever."""

    MAX = 255


class Address(Text):
    MAX = 1_000


MetadataKey = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
MetadataValue = Annotated[str, msgspec.Meta(max_length=500)]
METADATA_PAIRS_MAX: Final = 50
Metadata = Annotated[dict[MetadataKey, MetadataValue], msgspec.Meta(max_length=METADATA_PAIRS_MAX)]
MetadataChange = Annotated[dict[MetadataKey, MetadataValue | None], msgspec.Meta(max_length=METADATA_PAIRS_MAX)]


def midnight(day: str) -> str:
    """A stored date as the guide prints it: `2026-03-01T00:00:00.000Z`, whatever the time zone."""
    return f"{day}T00:00:00.000Z"
