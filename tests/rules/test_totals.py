"""Totals: golden cases, laws that hold for every invoice, and a second calculator that must agree."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cleverinvo import shapes
from cleverinvo.errors import Invalid
from cleverinvo.invoices import totals
from cleverinvo.invoices.forms import CreateInvoice
from cleverinvo.invoices.totals import Totals, spread
from tests.calculator import DECIMALS, Calculator, Sum

GOLDEN: list[dict[str, Any]] = json.loads((Path(__file__).parent / "money.json").read_text())


def price(invoice: dict[str, Any]) -> Totals:
    """A request body priced by the server's own calculation, read as the server reads it."""
    form = shapes.fill(CreateInvoice, {"clientId": "cli_x", **invoice})
    currency = form.currency
    assert currency is not None
    return totals.price(currency, form.line_items, form.discount_rate, form.discount_amount)


def minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units; it must have the currency's digits, no more and no fewer."""
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    assert -exponent == DECIMALS[currency], f"{amount} is not written as {currency}"
    return int(amount.scaleb(DECIMALS[currency]))


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    """Decimal numbers as text, with up to so many places."""
    return st.builds(
        lambda whole, digits: format(Decimal(whole).scaleb(-digits), "f"),
        st.integers(low * 10**places, high * 10**places),
        st.just(places),
    ) | st.integers(low, high).map(str)


RATES = st.sampled_from(["0", "5.5", "7", "9.975", "19", "20", "21", "33.3333", "100"]) | decimals(0, 99, 4)
CATEGORIES_WITHOUT_TAX = st.sampled_from(["Z", "E", "AE", "K", "G", "O"])


@st.composite
def lines(draw: st.DrawFn, currency: str) -> dict[str, Any]:
    digits = DECIMALS[currency]
    line: dict[str, Any] = {
        "description": "Item",
        "quantity": draw(decimals(-40, 1000, draw(st.integers(0, 6)))),
        "unitPrice": draw(decimals(0, 10_000, draw(st.integers(0, digits + 4)))),
    }
    match draw(st.sampled_from(["rate", "amount", "none", "none"])):
        case "rate":
            line["discountRate"] = draw(RATES)
        case "amount":
            amount = Decimal(line["quantity"]) * Decimal(line["unitPrice"])
            most = int(max(amount, Decimal(0)).scaleb(digits))
            line["discountAmount"] = format(Decimal(draw(st.integers(0, most))).scaleb(-digits), "f")
    match draw(st.sampled_from(["rate", "category", "none"])):
        case "rate":
            line["taxRate"] = draw(RATES)
        case "category":
            line["taxCategory"] = draw(CATEGORIES_WITHOUT_TAX)
    return line


@st.composite
def invoices(draw: st.DrawFn) -> dict[str, Any]:
    """Bodies that the server accepts: those that come to less than nothing are drawn again."""
    currency = draw(st.sampled_from(sorted(DECIMALS)))
    invoice: dict[str, Any] = {
        "currency": currency,
        "lineItems": draw(st.lists(lines(currency), min_size=1, max_size=12)),
    }
    net = sum(a - d for a, d in zip(*_amounts_and_discounts(invoice), strict=True))
    assume(net >= 0)
    match draw(st.sampled_from(["rate", "amount", "none", "none"])):
        case "rate":
            invoice["discountRate"] = draw(RATES)
        case "amount":
            amount = Decimal(draw(st.integers(0, net))).scaleb(-DECIMALS[currency])
            invoice["discountAmount"] = format(amount, "f")
    assume(Calculator().sum(invoice).total >= 0)
    return invoice


def _amounts_and_discounts(invoice: dict[str, Any]) -> tuple[list[int], list[int]]:
    found = Calculator().sum(invoice)
    return found.amounts, found.line_discounts


def seen(invoice: dict[str, Any]) -> Sum:
    """The server's totals in the second calculator's form."""
    currency = invoice["currency"]
    priced = price(invoice)
    found = Sum(
        amounts=[minor(item.amount, currency) for item in priced.line_items],
        line_discounts=[minor(item.discount_amount or _zero(currency), currency) for item in priced.line_items],
        document_discount=0,
        taxables=[],
        taxes={
            place: minor(item.tax_amount, currency)
            for place, item in enumerate(priced.line_items)
            if item.tax_amount is not None
        },
        breakdown={
            (Fraction(share.tax_rate), share.tax_category): (
                minor(share.taxable_amount, currency),
                minor(share.tax_amount, currency),
            )
            for share in priced.tax_breakdown
        },
    )
    found.document_discount = minor(priced.discount_total, currency) - sum(found.line_discounts)
    assert minor(priced.subtotal, currency) == found.subtotal
    assert minor(priced.tax_total, currency) == found.tax_total
    assert minor(priced.total, currency) == found.total
    return found


def _zero(currency: str) -> Decimal:
    return Decimal(0).scaleb(-DECIMALS[currency])


@pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])
def test_a_golden_case_comes_out_to_the_last_digit(case: dict[str, Any]) -> None:
    expected, priced = case["expected"], price(case["invoice"])
    assert [str(item.amount) for item in priced.line_items] == expected["amounts"]
    assert str(priced.subtotal) == expected["subtotal"]
    assert str(priced.discount_total) == expected["discountTotal"]
    assert str(priced.tax_total) == expected["taxTotal"]
    assert str(priced.total) == expected["total"]
    assert [
        {
            "taxRate": str(share.tax_rate),
            "taxableAmount": str(share.taxable_amount),
            "taxAmount": str(share.tax_amount),
        }
        for share in priced.tax_breakdown
    ] == expected["taxBreakdown"]


def failed_golden_cases(calculator: Calculator) -> set[str]:
    """The golden cases that a calculator gets wrong."""
    failed = set()
    for case in GOLDEN:
        found, expected = calculator.sum(case["invoice"]), case["expected"]
        unit = 10 ** DECIMALS[case["invoice"]["currency"]]
        told = [*expected["amounts"], *(expected[name] for name in ("subtotal", "taxTotal", "total"))]
        told += [share["taxAmount"] for share in expected["taxBreakdown"]]
        taxes = [tax for _, (_, tax) in sorted(found.breakdown.items())]
        if [*found.amounts, found.subtotal, found.tax_total, found.total, *taxes] != [
            int(Decimal(amount) * unit) for amount in told
        ]:
            failed.add(case["name"])
    return failed


class InFloats(Calculator):
    """The commonest fault: major units as binary fractions, where 13.965 is a little less than that."""

    def taxes_of(self, bases: Any, rate: Any) -> list[int]:
        tax = round(float(sum(bases)) / 100 * float(rate) / 100, 2)
        return self.shares(round(tax * 100), bases)


class HalfToEven(Calculator):
    """What Python's own round() does."""

    def rounded(self, exact: Any) -> int:
        return round(exact)


class TaxPerLine(Calculator):
    """Each line's tax rounded for itself, and the roundings added up."""

    def taxes_of(self, bases: Any, rate: Any) -> list[int]:
        return [self.rounded(base * rate / 100) for base in bases]


def test_the_second_calculator_agrees_with_the_golden_cases() -> None:
    assert failed_golden_cases(Calculator()) == set()


@pytest.mark.parametrize("faulty", [InFloats, HalfToEven, TaxPerLine])
def test_the_golden_cases_catch_the_usual_faults(faulty: type[Calculator]) -> None:
    assert failed_golden_cases(faulty())


@given(invoices())
@settings(max_examples=250, deadline=None)
def test_both_calculators_agree_on_every_figure(invoice: dict[str, Any]) -> None:
    expected = Calculator().sum(invoice)
    found = seen(invoice)
    assert found.amounts == expected.amounts
    assert found.line_discounts == expected.line_discounts
    assert found.document_discount == expected.document_discount
    assert found.breakdown == expected.breakdown
    assert {place: tax for place, tax in found.taxes.items() if tax} == {
        place: tax for place, tax in expected.taxes.items() if tax
    }
    assert found.total == expected.total


@given(invoices())
@settings(max_examples=80, deadline=None)
def test_line_taxes_breakdown_and_tax_total_are_one_sum(invoice: dict[str, Any]) -> None:
    found = seen(invoice)
    assert sum(found.taxes.values()) == found.tax_total
    by_rate: dict[tuple[Fraction, str], int] = {}
    for place, line in enumerate(invoice["lineItems"]):
        key = (Fraction(line.get("taxRate") or 0), line.get("taxCategory") or "S")
        if place in found.taxes:
            by_rate[key] = by_rate.get(key, 0) + found.taxes[place]
    assert {key: tax for key, tax in by_rate.items() if key in found.breakdown} == {
        key: tax for key, (_, tax) in found.breakdown.items()
    }


@given(invoices())
@settings(max_examples=80, deadline=None)
def test_no_line_is_further_than_one_unit_from_its_exact_tax(invoice: dict[str, Any]) -> None:
    expected = Calculator().sum(invoice)
    for (rate, category), (base, tax) in seen(invoice).breakdown.items():
        assert abs(tax - base * rate / 100) <= Fraction(1, 2)  # EN 16931 BR-CO-17
        for place, line in enumerate(invoice["lineItems"]):
            if (Fraction(line.get("taxRate") or 0), line.get("taxCategory") or "S") == (rate, category) and base:
                share = Fraction(tax * expected.taxables[place], base)
                assert abs(expected.taxes[place] - share) < 1


@given(invoices(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_the_order_of_lines_changes_no_total(invoice: dict[str, Any], random: Any) -> None:
    shuffled = list(invoice["lineItems"])
    random.shuffle(shuffled)
    before, after = seen(invoice), seen({**invoice, "lineItems": shuffled})
    assert (before.subtotal, before.discount_total) == (after.subtotal, after.discount_total)
    if not before.document_discount:  # whose odd unit may fall on a line of another rate
        assert (before.tax_total, before.breakdown) == (after.tax_total, after.breakdown)


@given(invoices())
@example({"currency": "CLF", "lineItems": [{"description": "Item", "quantity": "1", "unitPrice": "0.0000001"}]})
@settings(max_examples=60, deadline=None)
def test_an_invoice_made_again_from_its_own_lines_comes_to_the_same(invoice: dict[str, Any]) -> None:
    first = price(invoice)
    kept = ("description", "quantity", "unitPrice", "discountRate", "taxRate", "taxCategory")
    again = []
    for item in first.line_items:
        read = json.loads(shapes.encode(item), parse_float=Decimal)
        line = {name: read[name] for name in kept if name in read}
        if item.discount_amount is not None and item.discount_rate is None:
            line["discountAmount"] = read["discountAmount"]
        again.append(line)
    assert price({**invoice, "lineItems": again}) == first


@given(invoices(), st.integers(0, 11), RATES)
@settings(max_examples=60, deadline=None)
def test_a_higher_rate_never_gives_less_tax(invoice: dict[str, Any], place: int, rate: str) -> None:
    line = {
        **invoice["lineItems"][0],
        "quantity": "3",
        "unitPrice": "7.7" if invoice["currency"] != "JPY" else "7",
    }
    for name in ("taxCategory", "discountAmount", "taxRate"):
        line.pop(name, None)
    alone = {"currency": invoice["currency"], "lineItems": [{**line, "taxRate": rate}]}
    higher = {**alone, "lineItems": [{**line, "taxRate": str(min(Decimal(100), Decimal(rate) + place))}]}
    assert seen(alone).tax_total <= seen(higher).tax_total


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30))
@settings(max_examples=500, deadline=None)
def test_shares_add_up_and_are_fair(whole: int, weights: list[int]) -> None:
    divisor = sum(weights)
    assume(divisor)
    shares = spread(whole, weights)
    assert sum(shares) == whole
    assert all(
        abs(share - Fraction(whole * weight, divisor)) < 1 for share, weight in zip(shares, weights, strict=True)
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unitPrice": "0.1234567"}, "lineItems[0].unitPrice"),
        ({"discountRate": "1", "discountAmount": "1"}, "lineItems[0].discountAmount"),
        ({"discountAmount": "0.001"}, "lineItems[0].discountAmount"),
        ({"discountAmount": "10.01"}, "lineItems[0].discountAmount"),
        ({"quantity": "-1"}, "total"),
        ({"quantity": "-1", "discountAmount": "1"}, "lineItems[0].discountAmount"),
        ({"taxCategory": "S"}, "lineItems[0].taxRate"),
        ({"taxCategory": "E", "taxRate": "1"}, "lineItems[0].taxRate"),
        ({"quantity": "999999999999", "unitPrice": "999999999999"}, "lineItems[0].unitPrice"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    line = {"description": "Item", "quantity": "1", "unitPrice": "10.00", **changes}
    with pytest.raises(Invalid) as refused:
        price({"currency": "USD", "lineItems": [line]})
    assert [fault.field for fault in refused.value.details][:1] == [field]


def test_every_fault_of_every_line_is_named() -> None:
    bad = {"description": "Item", "quantity": "1", "unitPrice": "0.1234567", "taxCategory": "S"}
    with pytest.raises(Invalid) as refused:
        price({"currency": "USD", "lineItems": [bad, bad]})
    assert [fault.field for fault in refused.value.details] == [
        *("lineItems[0].unitPrice", "lineItems[0].taxRate", "lineItems[1].unitPrice", "lineItems[1].taxRate")
    ]


def test_no_figure_ever_has_more_than_15_digits() -> None:
    """Lines that cancel out must not hide a discount or a tax that JavaScript could not hold."""
    line = {"description": "Item", "quantity": "1000", "unitPrice": "9999999999.99"}
    taxed, discounted = {**line, "taxRate": "100"}, {**line, "discountRate": "100"}
    back = {**line, "quantity": "-1000"}
    with pytest.raises(Invalid) as refused:
        price({"currency": "USD", "lineItems": [taxed, back, discounted, back] * 100})
    assert {fault.field for fault in refused.value.details} >= {"discountTotal", "taxTotal"}
