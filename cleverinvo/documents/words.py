"""Numbers, money, dates and labels in a document's language."""

from copy import copy
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent, get_decimal_symbol, get_group_symbol

from cleverinvo import money
from cleverinvo.documents import labels
from cleverinvo.documents.rules import Document, vat_id

RTL_LANGUAGES: Final = frozenset({"ar", "he", "fa", "ur"})
CASELESS_LANGUAGES: Final = frozenset({*RTL_LANGUAGES, "ja", "zh", "ko", "th", "hi"})
"""Languages whose script has no capitals, and whose letters are not spaced out."""


class Words:
    """How one document speaks. Where there are no labels in its language, they are English; numbers never are."""

    def __init__(
        self, locale: str, currency: str, languages: frozenset[str] = frozenset(labels.LANGUAGES)
    ) -> None:
        self.locale = _locale(locale)
        self.language: str = self.locale.language if self.locale.language in languages else labels.FALLBACK
        self.labels = labels.of(self.language)
        self._currency = currency

    @property
    def is_rtl(self) -> bool:
        return self.language in RTL_LANGUAGES

    def money(self, amount: Decimal) -> str:
        """With the currency's own digits (ISO 4217's, not the locale's), and more where a unit price has more."""
        digits = max(money.decimals(amount), money.DIGITS[self._currency])
        form = _money_form(self.locale, self._currency, amount < 0)
        if form is None:
            return str(
                _pattern(self.locale, digits).apply(amount, self.locale, self._currency, currency_digits=False)
            )
        figure = f"{abs(amount):,.{digits}f}".translate(form.signs)
        if not self.is_rtl:
            return f"{form.before}{figure}{form.after}"
        # A minus sign stands before its number and a currency's last dot behind it, whichever way the text runs.
        return f"{_LTR}{form.before.replace(_RTL, '')}{figure}{form.after}"

    def number(self, number: Decimal) -> str:
        return _number(str(number), self.locale)

    def percent(self, rate: Decimal) -> str:
        return _percent(str(rate), self.locale)

    def date(self, day: str) -> str:
        return _date(day[:10], self.locale)

    def short_date(self, day: str) -> str:
        """For a column of days."""
        return _date(day[:10], self.locale, "medium")

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))

    def kind(self, document: Document) -> str:
        return self.labels[document.kind]

    def tax(self, document: Document) -> str:
        """What the tax is called: VAT for a seller with a VAT identifier."""
        return self.labels["vat" if vat_id(document.seller) else "tax"]


class MoneyForm(NamedTuple):
    """What stands around an amount, and the signs in it; to ask Babel each time takes fifty times as long."""

    before: str
    after: str
    signs: dict[int, str]


@lru_cache(maxsize=1024)
def _money_form(locale: Locale, currency: str, is_negative: bool) -> MoneyForm | None:
    """How Babel writes an amount in the locale, taken apart; None where groups are not of three, as in India."""
    if locale.currency_formats["standard"].grouping != (3, 3):
        return None
    amount = Decimal("-1.5") if is_negative else Decimal("1.5")
    before, _, rest = _pattern(locale, 1).apply(amount, locale, currency, currency_digits=False).partition("1")
    if before[-1:].isalpha():  # KWD 5 reads better than KWD5, and CLDR has it so
        before += "\u00a0"
    signs = {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}
    return MoneyForm(before, rest.partition("5")[2], signs)


@lru_cache(maxsize=256)
def _pattern(locale: Locale, digits: int) -> Any:
    """The locale's pattern for money, with as many decimals as are wanted instead of its own."""
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


_LTR, _RTL = "\u200e", "\u200f"


@lru_cache(maxsize=256)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(labels.FALLBACK)


# Quantities and rates come again and again, and Babel takes 30 microseconds for each of them.
# They are kept by their digits, for Decimal takes 1 and 1.0 for the same.


@lru_cache(maxsize=4096)
def _number(digits: str, locale: Locale) -> str:
    return format_decimal(Decimal(digits), locale=locale, decimal_quantization=False)


@lru_cache(maxsize=1024)
def _percent(digits: str, locale: Locale) -> str:
    return format_percent(Decimal(digits) / 100, locale=locale, decimal_quantization=False)


@lru_cache(maxsize=1024)
def _date(day: str, locale: Locale, length: Literal["medium", "long"] = "long") -> str:
    return format_date(date.fromisoformat(day), length, locale=locale)
