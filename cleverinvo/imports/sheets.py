"""A file of comma-separated values as rows of text, whatever program wrote it, in whatever encoding."""

import csv
import io
from collections import Counter
from typing import Final, NamedTuple

from cleverinvo.errors import Fault, Invalid

BYTES_MAX: Final = 4 * 1024 * 1024
ROWS_MAX: Final = 10_000
COLUMNS_MAX: Final = 60
DELIMITERS: Final = (",", ";", "\t", "|")
LOOKED_AT: Final = 20
"""Rows by which the delimiter is recognised."""

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of spreadsheet programs begin, new ones and old ones."""

_NO_TEXT: Final = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Sheet(NamedTuple):
    """What was read, and how. Rows are as long as the longest; blank ones are gone, but keep their numbers."""

    encoding: str
    delimiter: str
    rows: list[list[str]]
    numbers: list[int]
    """Of each row in the file, from 1, as a spreadsheet shows them."""


def read(content: bytes) -> Sheet:
    """The rows of a file. Raises Invalid with one sentence for whoever chose it."""
    if len(content) > BYTES_MAX:
        raise _refusal(f"A file has at most {BYTES_MAX // 1024 // 1024} MB; cut it into several")
    _refuse_others(content)
    encoding, text = _decode(content)
    marked, text = _take_mark(text)
    delimiter = marked or _recognise(text)
    found = _parse(text, delimiter, ROWS_MAX + 1)
    if len(found) > ROWS_MAX:
        raise _refusal(f"A file has at most {ROWS_MAX:,} rows; cut it into several")
    kept = [(number, row) for number, row in enumerate(found, 1) if any(cell.strip() for cell in row)]
    if not kept:
        raise _refusal("There is nothing in this file")
    width = max(len(row) for _, row in kept)
    if width > COLUMNS_MAX:
        raise _refusal(f"A file has at most {COLUMNS_MAX} columns; this one has {width}")
    rows = [[_plain(cell) for cell in row] + [""] * (width - len(row)) for _, row in kept]
    return Sheet(encoding, delimiter, rows, [number for number, _ in kept])


def _refuse_others(content: bytes) -> None:
    """What is given by mistake would be read as one long row of signs that nobody knows."""
    if content.startswith(_WORKBOOKS):
        raise _refusal(
            "This is a workbook. Open it, choose Save as, and there CSV; that file is the one to choose"
        )
    if content.startswith(_NO_TEXT):
        raise _refusal("This is no text; a list has one client on each line")


def _decode(content: bytes) -> tuple[str, str]:
    """UTF-8 and UTF-16 by their mark or by themselves; what is neither comes from an old Windows program."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, content.removeprefix(mark).decode(encoding, "replace")
    high, low = content[:400:2].count(0), content[1:400:2].count(0)
    if max(high, low) > len(content[:400]) * 0.3:  # every other byte of Latin letters
        encoding = "utf-16-be" if high > low else "utf-16-le"
        return encoding, content.decode(encoding, "replace")
    try:
        return "utf-8", content.decode()
    except UnicodeDecodeError:
        return "windows-1252", content.decode("cp1252", "replace")


def _take_mark(text: str) -> tuple[str | None, str]:
    """The delimiter that Excel's own first line `sep=;` names, and what follows that line."""
    first, _, rest = text.partition("\n")
    first = first.strip()
    is_mark = len(first) == 5 and first.lower().startswith("sep=") and first[4] in DELIMITERS
    return (first[4], rest) if is_mark else (None, text)


def _recognise(text: str) -> str:
    """The delimiter that cuts the most rows into equally many cells, of those that cut at all."""

    def merit(delimiter: str) -> tuple[int, int]:
        try:
            widths = Counter(len(row) for row in _parse(text, delimiter, LOOKED_AT) if row)
        except Invalid:
            return 0, 0
        width, how_often = widths.most_common(1)[0] if widths else (1, 0)
        return (how_often, width) if width > 1 else (0, 1)

    return max(DELIMITERS, key=merit)


def _parse(text: str, delimiter: str, most: int) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == most:
                break
    except csv.Error as error:
        raise _refusal(f"Row {len(rows) + 1} cannot be read ({error})") from None
    return rows


def _plain(cell: str) -> str:
    """The cell as it was meant: our own exports put an apostrophe before what looks like a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(_FORMULA) else cell


def _refusal(sentence: str) -> Invalid:
    return Invalid([Fault("file", sentence)])
