"""What may be asked of late fees."""

from typing import Annotated

import msgspec

from cleverinvo.money import Amount, Rate
from cleverinvo.scalars import Currency
from cleverinvo.shapes import Form


class SetLateFees(Form, frozen=True):
    """What lateness costs: `monthlyRate` in percent, or `amount` once; neither for nothing."""

    monthly_rate: Rate | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 0
    maximum_rate: Rate | None = None
    is_automatic: bool = False
