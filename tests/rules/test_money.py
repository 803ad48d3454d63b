"""Currencies and their digits, minor units, and how amounts are written."""

import json
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo import money, shapes
from cleverinvo.money import DIGITS, EXACT, MINOR_MAX

CURRENCIES = st.sampled_from(sorted(DIGITS))
AMOUNTS = st.builds(
    lambda whole, places: Decimal(whole).scaleb(-places), st.integers(-(10**17), 10**17), st.integers(0, 12)
)

# What people pay with, which is what CLDR tells, has fewer digits than ISO 4217 in these.
WITHOUT_COINS = {
    *("AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"),
}


def test_digits_are_those_of_iso_4217() -> None:
    differing = {code for code, digits in DIGITS.items() if digits != get_currency_precision(code)}
    assert differing == WITHOUT_COINS
    assert {code: DIGITS[code] for code in ("JPY", "KRW", "ISK", "USD", "IQD", "KWD", "TND", "CLF", "UYW")} == {
        **dict.fromkeys(("JPY", "KRW", "ISK"), 0),
        "USD": 2,
        **dict.fromkeys(("IQD", "KWD", "TND"), 3),
        **dict.fromkeys(("CLF", "UYW"), 4),
    }


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("13.965", "USD", 1397),
        ("-13.965", "USD", -1397),
        ("13.9649999999", "USD", 1396),
        ("0.5", "JPY", 1),
        ("-0.5", "JPY", -1),
        ("1.4995", "KWD", 1500),
        ("0.00005", "CLF", 1),
        ("2.5", "JPY", 3),  # half to even would give 2
    ],
)
def test_halves_go_away_from_zero(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(amount), currency) == minor


@given(AMOUNTS, CURRENCIES)
def test_rounding_is_never_further_than_half_a_unit(amount: Decimal, currency: str) -> None:
    exact = Fraction(amount) * 10 ** DIGITS[currency]
    minor = money.to_minor(amount, currency)
    assert abs(minor - exact) <= Fraction(1, 2)
    if abs(minor - exact) == Fraction(1, 2):
        assert abs(minor) > abs(exact)


@given(st.integers(-MINOR_MAX, MINOR_MAX), CURRENCIES)
def test_minor_units_come_back_unchanged(minor: int, currency: str) -> None:
    amount = money.from_minor(minor, currency)
    assert money.to_minor(amount, currency) == minor
    assert money.decimals(amount) == DIGITS[currency]


@given(st.integers(-MINOR_MAX, MINOR_MAX), CURRENCIES)
def test_every_amount_survives_the_doubles_of_javascript(minor: int, currency: str) -> None:
    amount = money.from_minor(minor, currency)
    assert Decimal(repr(float(shapes.encode(amount)))) == amount


@given(AMOUNTS, CURRENCIES)
def test_an_amount_is_shown_with_at_least_the_digits_of_its_currency(amount: Decimal, currency: str) -> None:
    shown = money.with_digits(amount, currency)
    assert shown == amount
    needed = money.decimals(amount.normalize(EXACT))
    assert money.is_exact(shown, currency) == (needed <= DIGITS[currency])
    if needed <= DIGITS[currency]:
        assert money.decimals(shown) == DIGITS[currency]
    else:
        assert money.decimals(shown) == money.decimals(amount)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_decimals_are_written_as_plain_numbers(amount: Decimal) -> None:
    assert re.fullmatch(rb"-?[0-9]+(\.[0-9]+)?", shapes.encode(amount))
    assert Decimal(shapes.encode(amount).decode()) == amount


def test_the_guides_amounts_are_written_as_the_guide_writes_them() -> None:
    amounts = [money.from_minor(500000, "USD"), money.from_minor(5000, "JPY"), money.from_minor(5000000, "KWD")]
    assert shapes.encode(amounts) == b"[5000.00,5000,5000.000]"


def test_what_is_tiny_is_written_without_an_exponent_and_texts_are_left_as_they_are() -> None:
    tiny = [Decimal("0.0000001"), Decimal("-1.5E-7"), money.UnitPrice.read("0.00000012")]
    texts = ["1E-7", '"1E-7,', ":-1E-7", "\\", "E-"]
    written = shapes.encode({"prices": tiny, "texts": texts, "1E-7": 1})
    assert written.startswith(b'{"prices":[0.0000001,-0.00000015,0.00000012],"texts":')
    assert json.loads(written)["texts"] == texts
    assert json.loads(written)["1E-7"] == 1
