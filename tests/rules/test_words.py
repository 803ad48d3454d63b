"""Money in words of its own: as Babel writes it, with the currency's own digits, and faster."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency

from cleverinvo.documents import labels
from cleverinvo.documents.words import Words

LOCALES = (
    *labels.LANGUAGES,
    *(
        "de-CH",
        "de-AT",
        "fr-CH",
        "en-IN",
        "hi-IN",
        "pt-BR",
        "pt-PT",
        "es-MX",
        "nl-BE",
        "zh-Hant-TW",
        "en-ZA",
        "fi",
    ),
    *("nb-NO", "tr", "cs", "hu", "ru", "uk", "th", "vi", "id"),
)
AMOUNTS = [Decimal(text) for text in ("0.00", "0.05", "1.50", "1234.56", "-1234.56", "12345.67", "-1234567.89")]


def plain(text: str) -> str:
    """Without marks of direction, and without the space that we put behind a currency's letters."""
    for mark in ("\u200e", "\u200f", "\u00a0"):
        text = text.replace(mark, "")
    return text


@pytest.mark.parametrize("locale", LOCALES)
def test_money_is_written_as_babel_writes_it(locale: str) -> None:
    for currency in ("EUR", "USD", "CHF", "INR"):
        words = Words(locale, currency)
        for amount in AMOUNTS:
            written = format_currency(amount, currency, locale=words.locale)
            assert plain(words.money(amount)) == plain(written)


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [
        ("JPY", "5000", "¥5,000"),
        ("KWD", "5000.125", "KWD\xa05,000.125"),
        ("IQD", "1.500", "IQD\xa01.500"),  # Babel would know no decimals
        ("EUR", "0.011105", "€0.011105"),
        ("USD", "-3.50", "-$3.50"),
    ],
)
def test_money_has_the_digits_of_its_currency(currency: str, amount: str, written: str) -> None:
    assert Words("en", currency).money(Decimal(amount)) == written


def test_the_last_dot_of_an_arabic_currency_stays_behind_it() -> None:
    """A dot at the end of a left-to-right run would jump to the other side of the letters."""
    assert Words("ar", "AED").money(Decimal("-4.80")) == "\u200e-4.80\u00a0د.إ.\u200f"


def test_what_is_no_locale_is_english() -> None:
    assert Words("xx-YY", "EUR").labels == labels.of("en")
