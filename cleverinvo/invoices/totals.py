"""Lines to totals, exactly: the one calculation behind API, PDF, e-invoice and web page.

All sums are integers of minor units. What is rounded, half up, is: each line's amount, each discount given as a
rate, and the tax of each rate on the sum of what is taxed at it (EN 16931 BR-CO-17). The document's discount and
each rate's tax are shared among the lines by largest remainder, so that

    Σ line.taxAmount = Σ taxBreakdown.taxAmount = taxTotal    and    total = subtotal - discountTotal + taxTotal

hold to the last unit, and every line is within one unit of its exact share.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from cleverinvo import money
from cleverinvo.errors import Fault, Invalid
from cleverinvo.invoices.forms import Line
from cleverinvo.invoices.rules import LineItem, TaxCategory, TaxShare
from cleverinvo.money import DIGITS, EXACT, MINOR_MAX

PRICE_DIGITS_MORE: Final = 4
"""Decimals that a unit price may have beyond its currency's: 0.011105 EUR for one of 278,362."""

HUNDRED: Final = Decimal(100)
TOO_LARGE: Final = "Too large: amounts have at most 15 digits in all"


class Totals(NamedTuple):
    """A priced document; amounts in major units with the currency's digits."""

    line_items: list[LineItem]
    subtotal: Decimal
    discount_total: Decimal
    tax_total: Decimal
    total: Decimal
    tax_breakdown: list[TaxShare]


def price(
    currency: str,
    lines: Sequence[Line],
    discount_rate: Decimal | None = None,
    discount_amount: Decimal | None = None,
) -> Totals:
    """Price a document. Raises Invalid with every fault of its lines and discounts."""
    _refuse([*_line_faults(currency, lines), *_discount_faults(currency, "", discount_rate, discount_amount)])

    amounts = [money.to_minor(EXACT.multiply(line.quantity, line.unit_price), currency) for line in lines]
    discounts = [
        _discount(amount, line.discount_rate, line.discount_amount, currency)
        for amount, line in zip(amounts, lines, strict=True)
    ]
    nets = [amount - discount for amount, discount in zip(amounts, discounts, strict=True)]
    document_discount = _discount(sum(nets), discount_rate, discount_amount, currency)
    _refuse([*_excess_faults(amounts, discounts, lines), *_document_faults(sum(nets), document_discount)])

    taxables = nets
    if document_discount:
        shares = spread(document_discount, nets)
        taxables = [net - share for net, share in zip(nets, shares, strict=True)]
    taxes, breakdown = _tax(currency, lines, taxables)

    subtotal, discount_total, tax_total = (
        sum(amounts),
        sum(discounts) + document_discount,
        sum(taxes.values()),
    )
    total = subtotal - discount_total + tax_total
    sums = {"subtotal": subtotal, "discountTotal": discount_total, "taxTotal": tax_total, "total": total}
    _refuse([*_size_faults(currency, sums, breakdown), *_negative_faults(total)])
    return Totals(
        [
            _line_item(currency, line, amounts[place], discounts[place], taxes.get(place))
            for place, line in enumerate(lines)
        ],
        money.from_minor(subtotal, currency),
        money.from_minor(discount_total, currency),
        money.from_minor(tax_total, currency),
        money.from_minor(total, currency),
        breakdown,
    )


def spread(whole: int, weights: Sequence[int]) -> list[int]:
    """Share `whole` in proportion to `weights` by largest remainder: the shares are integers and add up exactly.

    Weights may be negative; where they add up to nothing, there is nothing to share either.
    """
    if not whole:
        return [0] * len(weights)
    divisor = sum(weights)
    sign = -1 if divisor < 0 else 1
    shares = [divmod(whole * weight * sign, divisor * sign) for weight in weights]
    left = whole - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda place: -shares[place][1])
    favoured = set(by_remainder[:left])
    return [share + (place in favoured) for place, (share, _) in enumerate(shares)]


def _tax(currency: str, lines: Sequence[Line], taxables: Sequence[int]) -> tuple[dict[int, int], list[TaxShare]]:
    """The tax of each taxed line by its place, and of each rate. A line without rate and category has none."""
    groups: dict[tuple[Decimal, TaxCategory], list[int]] = {}
    for place, line in enumerate(lines):
        if line.tax_rate or line.tax_category:
            groups.setdefault((line.tax_rate or money.ZERO, line.tax_category or "S"), []).append(place)
    taxes: dict[int, int] = {}
    breakdown = []
    for (rate, category), places in sorted(groups.items()):
        bases = [taxables[place] for place in places]
        tax = _percentage(sum(bases), rate)
        taxes.update(zip(places, spread(tax, bases), strict=True))
        breakdown.append(
            TaxShare(
                tax_rate=EXACT.plus(rate),
                tax_category=category,
                taxable_amount=money.from_minor(sum(bases), currency),
                tax_amount=money.from_minor(tax, currency),
            )
        )
    return taxes, breakdown


def _discount(base: int, rate: Decimal | None, amount: Decimal | None, currency: str) -> int:
    if amount is not None:
        return money.to_minor(amount, currency)
    return _percentage(base, rate) if rate else 0


def _percentage(base: int, rate: Decimal) -> int:
    exact = EXACT.divide(EXACT.multiply(Decimal(base), rate), HUNDRED)
    return int(EXACT.to_integral_value(exact))


def _line_item(currency: str, line: Line, amount: int, discount: int, tax: int | None) -> LineItem:
    has_discount = line.discount_rate is not None or line.discount_amount is not None
    if tax is None and line.tax_rate is not None:
        tax = 0
    return LineItem(
        description=line.description,
        quantity=EXACT.plus(line.quantity),
        unit_price=money.with_digits(line.unit_price, currency),
        amount=money.from_minor(amount, currency),
        unit=line.unit,
        discount_rate=None if line.discount_rate is None else EXACT.plus(line.discount_rate),
        discount_amount=money.from_minor(discount, currency) if has_discount else None,
        tax_rate=None if line.tax_rate is None else EXACT.plus(line.tax_rate),
        tax_category=line.tax_category,
        tax_amount=None if tax is None else money.from_minor(tax, currency),
    )


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Invalid(faults)


def _line_faults(currency: str, lines: Sequence[Line]) -> Iterator[Fault]:
    most = DIGITS[currency] + PRICE_DIGITS_MORE
    for place, line in enumerate(lines):
        where = f"lineItems[{place}]."
        if not money.has_decimals(line.unit_price, most):
            yield Fault(f"{where}unitPrice", f"At most {most} decimals in {currency}")
        if line.discount_rate is not None or line.discount_amount is not None:
            yield from _discount_faults(currency, where, line.discount_rate, line.discount_amount)
        if line.tax_category == "S" and not line.tax_rate:
            yield Fault(f"{where}taxRate", "Category S needs a rate above 0")
        if line.tax_category not in (None, "S") and line.tax_rate:
            yield Fault(f"{where}taxRate", f"Category {line.tax_category} has no tax: leave the rate out")


def _discount_faults(currency: str, where: str, rate: Decimal | None, amount: Decimal | None) -> Iterator[Fault]:
    if rate is not None and amount is not None:
        yield Fault(f"{where}discountAmount", "Give either discountRate or discountAmount")
    if amount is not None and not money.is_exact(amount, currency):
        yield Fault(f"{where}discountAmount", f"{currency} has {DIGITS[currency]} decimals")


def _excess_faults(amounts: Sequence[int], discounts: Sequence[int], lines: Sequence[Line]) -> Iterator[Fault]:
    for place, (amount, discount, line) in enumerate(zip(amounts, discounts, lines, strict=True)):
        if abs(amount) > MINOR_MAX:
            yield Fault(f"lineItems[{place}].unitPrice", TOO_LARGE)
        if line.discount_amount is not None and discount > max(amount, 0):
            yield Fault(f"lineItems[{place}].discountAmount", "More than the line's own amount")


def _document_faults(net: int, discount: int) -> Iterator[Fault]:
    if discount > max(net, 0):
        yield Fault("discountAmount", "More than the lines come to")


def _size_faults(currency: str, sums: Mapping[str, int], breakdown: Sequence[TaxShare]) -> Iterator[Fault]:
    """Sums that are too large though no line is, also where lines that take back hide it in the total."""
    for name, minor in sums.items():
        if abs(minor) > MINOR_MAX:
            yield Fault(name, TOO_LARGE)
    if any(abs(share.taxable_amount) > money.from_minor(MINOR_MAX, currency) for share in breakdown):
        yield Fault("taxBreakdown", TOO_LARGE)


def _negative_faults(total: int) -> Iterator[Fault]:
    if total < 0:
        yield Fault("total", "Must not be negative; to take back more than is billed, issue a credit note")
