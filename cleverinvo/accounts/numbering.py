"""How an account's document numbers look: `INV-{seq:04}`, `{year}-{seq:05}`."""

import re
from typing import Any, Final

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
