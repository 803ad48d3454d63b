"""What may be asked of numbers."""

from typing import Annotated

import msgspec

from cleverinvo.numbers.rules import Series
from cleverinvo.shapes import Form

NUMBER_MAX = 10**12


class StartNumbers(Form, frozen=True):
    """Where a series begins that has no number yet; `year` where the format has years."""

    next: Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)]
    document: Series = "invoice"
    year: Annotated[int, msgspec.Meta(ge=1, le=9999)] | None = None
