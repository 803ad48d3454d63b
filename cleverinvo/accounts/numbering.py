"""How an account's document numbers look: `INV-{seq:04}`, `{year}-{seq:05}`."""

import re
from typing import Any, Final, NamedTuple

from cleverinvo.shapes import Label

UNBROKEN: Final = 0
"""The year of a series that runs on for ever."""

_PLACE = re.compile(r"\{seq(?::0([1-9]))?\}", re.ASCII)
_YEAR: Final = "{year}"
_LITERAL: Final = r"[A-Za-z0-9 #./_-]"


class NumberFormat(Label):
    """Letters, digits and `# . / _ -` around one `{seq}` or `{seq:04}`; with `{year}` each year starts at 1."""

    MAX = 40
    PATTERN = rf"^({_LITERAL}|\{{year\}})*\{{seq(:0[1-9])?\}}({_LITERAL}|\{{year\}})*$"

    @classmethod
    def read(cls, raw: object) -> "NumberFormat":
        label = super().read(raw)
        if re.fullmatch(cls.PATTERN, label, re.ASCII) is None:
            raise ValueError("Expected a format with one {seq}, such as INV-{seq:04} or {year}-{seq:05}")
        return label

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {**super().schema(), "examples": ["INV-{seq:04}", "{year}-{seq:05}"]}


def series_year(number_format: str, issue_date: str) -> int:
    """The year whose series a document issued on this date belongs to."""
    return int(issue_date[:4]) if _YEAR in number_format else UNBROKEN


def write_number(number_format: str, year: int, seq: int) -> str:
    """The number as it is printed: `INV-{seq:04}` and 7 give `INV-0007`. Never cut: 12345 is `INV-12345`."""
    place = _PLACE.search(number_format)
    assert place is not None
    number = number_format.replace(place[0], str(seq).zfill(int(place[1] or 1)))
    return number.replace(_YEAR, f"{year:04}")


class Place(NamedTuple):
    """A place in a series: its year, and the how-manieth."""

    year: int
    seq: int


def read_number(number_format: str, number: str) -> Place | None:
    """The place whose number this is under the format; None if no place has it."""
    pattern = re.escape(_PLACE.sub("\0", number_format)).replace("\0", "(?P<seq>[0-9]+)")
    pattern = pattern.replace(re.escape(_YEAR), "(?P<year>[0-9]{4})", 1).replace(re.escape(_YEAR), "(?P=year)")
    found = re.fullmatch(pattern, number)
    if found is None:
        return None
    place = Place(int(found.groupdict().get("year", UNBROKEN)), int(found["seq"]))
    return place if write_number(number_format, *place) == number else None


def alike(number_format: str) -> str:
    """A pattern for SQL's LIKE that every number of the format matches."""
    return _PLACE.sub("%", number_format).replace(_YEAR, "%")
