"""What an audit of numbers says: of every number from the first to the newest, what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Literal

from cleverinvo.shapes import Noun

Series = Literal["invoice", "credit_note"]
Fate = Literal["DRAFT", "ISSUED", "VOID", "MISSING"]


class Run(Noun, frozen=True):
    """Numbers that follow each other and met the same fate."""

    first: int
    last: int
    fate: Fate


class SeriesAudit(Noun, frozen=True):
    """One series: the invoices' of a year, or of all years, or the credit notes'."""

    document: Series
    year: int | None
    """Null where numbers run on for ever."""
    first: int
    """1, or where the series was told to begin."""
    last: int
    missing: int
    """How many numbers no document has: none, unless somebody changed the database."""
    runs: list[Run]
    """All numbers from first to last."""


class NumberingAudit(Noun, frozen=True):
    """All series of an account."""

    is_gapless: bool
    series: list[SeriesAudit]


def audit(document: Series, year: int, first: int, last: int, fates: Mapping[int, Fate]) -> SeriesAudit:
    """Look at each number of a series. `fates` are those of the numbers that documents have."""
    runs = list(_runs((number, fates.get(number, "MISSING")) for number in range(first, last + 1)))
    missing = sum(run.last - run.first + 1 for run in runs if run.fate == "MISSING")
    return SeriesAudit(document=document, year=year or None, first=first, last=last, missing=missing, runs=runs)


def _runs(numbers: Iterable[tuple[int, Fate]]) -> Iterator[Run]:
    for fate, run in groupby(numbers, key=lambda one: one[1]):
        found = [number for number, _ in run]
        yield Run(first=found[0], last=found[-1], fate=fate)
