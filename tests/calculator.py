"""A second calculator of totals, written apart from the first: fractions throughout, and no code in common.

It reads request bodies as they travel and gives whole minor units. Each step that the wrong calculators of the
tests get wrong (rounding, sharing, arithmetic) is a method of its own, so that a fault can be planted there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "CLF": 4}


@dataclass
class Sum:
    """What a document comes to, in minor units; taxes of lines by their place."""

    amounts: list[int]
    line_discounts: list[int]
    document_discount: int
    taxables: list[int]
    taxes: dict[int, int]
    breakdown: dict[tuple[Fraction, str], tuple[int, int]]
    """Taxable amount and tax, by rate and category."""

    @property
    def subtotal(self) -> int:
        return sum(self.amounts)

    @property
    def discount_total(self) -> int:
        return sum(self.line_discounts) + self.document_discount

    @property
    def tax_total(self) -> int:
        return sum(tax for _, tax in self.breakdown.values())

    @property
    def total(self) -> int:
        return self.subtotal - self.discount_total + self.tax_total


class Calculator:
    """The rules: round each line, take off discounts, tax the sum of each rate, share what was rounded."""

    def number(self, text: Any) -> Any:
        return Fraction(str(text))

    def rounded(self, exact: Any) -> int:
        """Half up, away from zero."""
        whole = int(abs(exact) * 2 + 1) // 2
        return -whole if exact < 0 else whole

    def taxes_of(self, bases: Sequence[int], rate: Any) -> list[int]:
        """The tax of each base, which add up to the tax of their sum."""
        return self.shares(self.rounded(sum(bases) * rate / 100), bases)

    def shares(self, whole: int, weights: Sequence[int]) -> list[int]:
        """Everybody gets the floor of the exact share; what is left goes one by one to the largest fractions."""
        if whole == 0:
            return [0 for _ in weights]
        exact = [Fraction(whole * weight, sum(weights)) for weight in weights]
        shares = [share.numerator // share.denominator for share in exact]
        while sum(shares) < whole:
            lacking = [one - share for one, share in zip(exact, shares, strict=True)]
            shares[lacking.index(max(lacking))] += 1
        return shares

    def sum(self, invoice: dict[str, Any]) -> Sum:
        unit = 10 ** DECIMALS[invoice["currency"]]
        lines = invoice["lineItems"]
        amounts = [
            self.rounded(self.number(line["quantity"]) * self.number(line["unitPrice"]) * unit) for line in lines
        ]
        discounts = [self._discount(amount, line, unit) for amount, line in zip(amounts, lines, strict=True)]
        nets = [amount - discount for amount, discount in zip(amounts, discounts, strict=True)]
        document_discount = self._discount(sum(nets), invoice, unit)
        shared = self.shares(document_discount, nets)
        taxables = [net - share for net, share in zip(nets, shared, strict=True)]
        found = Sum(amounts, discounts, document_discount, taxables, {}, {})
        groups: dict[tuple[Any, str], list[int]] = {}
        for place, line in enumerate(lines):
            rate, category = self.number(line.get("taxRate") or 0), line.get("taxCategory")
            if rate or category:
                groups.setdefault((rate, category or "S"), []).append(place)
        for (rate, category), places in groups.items():
            bases = [taxables[place] for place in places]
            taxes = self.taxes_of(bases, rate)
            found.taxes.update(zip(places, taxes, strict=True))
            found.breakdown[rate, category] = (sum(bases), sum(taxes))
        return found

    def _discount(self, base: int, given: dict[str, Any], unit: int) -> int:
        if given.get("discountAmount") is not None:
            return self.rounded(self.number(given["discountAmount"]) * unit)
        return self.rounded(base * self.number(given.get("discountRate") or 0) / 100)
