"""Numbers, money, dates and labels in a document's language."""

from copy import copy
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal, format_percent

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
        pattern = _money_pattern(self.locale, max(money.decimals(amount), money.DIGITS[self._currency]))
        text: str = pattern.apply(amount, self.locale, currency=self._currency, currency_digits=False)
        # A minus sign stands before its number, whichever way the text around it runs.
        return f"{_LTR}{text.replace(_RTL, '')}" if self.is_rtl else text

    def number(self, number: Decimal) -> str:
        return format_decimal(number, locale=self.locale, decimal_quantization=False)

    def percent(self, rate: Decimal) -> str:
        return format_percent(rate / 100, locale=self.locale, decimal_quantization=False)

    def date(self, day: str) -> str:
        return _date(day[:10], self.locale)

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))

    def kind(self, document: Document) -> str:
        return self.labels[document.kind]

    def tax(self, document: Document) -> str:
        """What the tax is called: VAT for a seller with a VAT identifier."""
        return self.labels["vat" if vat_id(document.seller) else "tax"]


@lru_cache(maxsize=256)
def _money_pattern(locale: Locale, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


_LTR, _RTL = "\u200e", "\u200f"


@lru_cache(maxsize=256)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(labels.FALLBACK)


@lru_cache(maxsize=1024)
def _date(day: str, locale: Locale) -> str:
    return format_date(date.fromisoformat(day), "long", locale=locale)
