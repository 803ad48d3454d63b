"""Exact decimals: currencies and their digits, rounding, minor units, and the bounds on what users may type."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, ClassVar, Final, Self

from cleverinvo.shapes import Scalar

EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)
"""Every product of two bounded inputs fits into 80 digits, so only a deliberate rounding ever rounds."""

MINOR_MAX: Final = 10**15 - 1
"""The largest amount in minor units: 15 digits pass unharmed through the doubles of JavaScript."""

ZERO: Final = Decimal(0)

# ISO 4217, list one, as of January 2026. Two digits unless stated below.
_CODES: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF
GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR
ZMW ZWG
"""
_NO_DIGITS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS: Final = "CLF UYW"

DIGITS: Final = {
    **dict.fromkeys(_CODES.split(), 2),
    **dict.fromkeys(_NO_DIGITS.split(), 0),
    **dict.fromkeys(_THREE_DIGITS.split(), 3),
    **dict.fromkeys(_FOUR_DIGITS.split(), 4),
}
"""Decimals of each currency's minor unit, by ISO 4217 code."""

_UNITS: Final = [Decimal(1).scaleb(-digits) for digits in range(9)]
"""1, 0.1, 0.01 and so on: asking by quantize is several times cheaper than by as_tuple."""

_MINOR_UNIT: Final = {currency: _UNITS[digits] for currency, digits in DIGITS.items()}
_PER_MAJOR: Final = {currency: Decimal(10**digits) for currency, digits in DIGITS.items()}
"""0.01 of USD, and 100: multiplying is twice as fast as shifting the exponent."""


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units, rounded half up (away from zero): 13.965 USD is 1397."""
    return int(EXACT.to_integral_value(EXACT.multiply(amount, _PER_MAJOR[currency])))


def from_minor(minor: int, currency: str) -> Decimal:
    """The amount with its currency's digits: 500000 USD is 5000.00, and 5000 JPY is 5000."""
    return EXACT.multiply(_MINOR_UNIT[currency], minor)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether the amount is a whole number of the currency's minor units."""
    return has_decimals(amount, DIGITS[currency])


def has_decimals(amount: Decimal, most: int) -> bool:
    """Whether at most so many digits, up to eight, follow the decimal point; for bounded amounts."""
    return EXACT.quantize(amount, _UNITS[most]) == amount


def with_digits(amount: Decimal, currency: str) -> Decimal:
    """The same value, shown with at least the currency's digits: 150 USD is 150.00, 0.011105 stays."""
    padded = EXACT.quantize(amount, _MINOR_UNIT[currency])
    return padded if padded == amount else EXACT.plus(amount)


class Number(Decimal, Scalar):
    """An exact decimal within bounds. Read from a JSON number or a plain decimal string, never from a float.

    The bounds are checked on digits and exponent, before any arithmetic: `1E+1000000` costs nothing.
    """

    INTEGER_DIGITS: ClassVar[int] = 12
    DECIMALS: ClassVar[int] = 6
    MIN: ClassVar[Decimal | None] = None
    MAX: ClassVar[Decimal | None] = None
    SENTENCE: ClassVar[str] = "Expected a number such as 12.50"

    @classmethod
    def read(cls, raw: object) -> Self:
        if type(raw) is str:
            if _PLAIN.fullmatch(raw) is None:
                raise ValueError(cls.SENTENCE)
            raw = Decimal(raw)
        elif type(raw) is int:
            raw = Decimal(raw)
        elif type(raw) is not Decimal or not raw.is_finite():
            raise ValueError(cls.SENTENCE)
        if not raw:
            return cls(0)
        if raw.adjusted() >= cls.INTEGER_DIGITS:
            raise ValueError(f"At most {cls.INTEGER_DIGITS} digits before the decimal point")
        if raw.adjusted() < -cls.DECIMALS:
            raise ValueError(f"At most {cls.DECIMALS} decimals")
        value = EXACT.quantize(raw, _UNITS[0])
        if value != raw:
            if not has_decimals(raw, cls.DECIMALS):
                raise ValueError(f"At most {cls.DECIMALS} decimals")
            value = EXACT.normalize(raw)
        if cls.MIN is not None and value < cls.MIN:
            raise ValueError(f"Must not be less than {cls.MIN}")
        if cls.MAX is not None and value > cls.MAX:
            raise ValueError(f"Must not be more than {cls.MAX}")
        return cls(value)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        sign = "-?" if cls.MIN is None else ""
        most = 10**cls.INTEGER_DIGITS
        number = {
            "type": "number",
            "multipleOf": float(Decimal(1).scaleb(-cls.DECIMALS)),
            **({"exclusiveMinimum": -most} if cls.MIN is None else {"minimum": int(cls.MIN)}),
            **({"exclusiveMaximum": most} if cls.MAX is None else {"maximum": int(cls.MAX)}),
        }
        text = {
            "type": "string",
            "pattern": rf"^{sign}[0-9]{{1,{cls.INTEGER_DIGITS}}}(\.[0-9]{{1,{cls.DECIMALS}}})?$",
        }
        return {"oneOf": [number, text]}


class Quantity(Number):
    """How many. A negative quantity takes back."""


class UnitPrice(Number):
    """The price of one, in major units; up to four decimals more than the currency has."""

    DECIMALS = 8
    MIN = ZERO


class Amount(Number):
    """Money in major units, not negative."""

    DECIMALS = 4
    MIN = ZERO


class Rate(Number):
    """A percentage from 0 to 100."""

    INTEGER_DIGITS = 3
    DECIMALS = 4
    MIN = ZERO
    MAX = Decimal(100)


# Longer texts are refused by the bounds anyway; the length keeps the look at them cheap.
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


def decimals(value: Decimal) -> int:
    """How many digits follow the decimal point."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent
