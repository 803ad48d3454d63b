"""Money, dates and statuses as the pages write them, and the templates' environment."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lucide.jinja import lucide
from markupsafe import Markup

from cleverinvo import money
from cleverinvo.invoices.rules import Status
from cleverinvo.site.navigation import NAVIGATION

TEMPLATES: Final = Path(__file__).parent / "templates"
LOCALE: Final = "en"
"""The language of the pages themselves; what clients get is in the client's."""

STATUS_WORDS: Final[Mapping[Status, str]] = {
    "DRAFT": "Draft",
    "SENT": "Sent",
    "VIEWED": "Viewed",
    "PARTIALLY_PAID": "Partially paid",
    "PAID": "Paid",
    "OVERDUE": "Overdue",
    "VOID": "Void",
}


def environment() -> Environment:
    """The templates; whatever a person typed is escaped by it, everywhere."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(icon=icon, money=write_money, plain=write_plain, status_words=STATUS_WORDS, link=link)
    made.globals.update(navigation=NAVIGATION)
    made.filters.update(day=write_day, long_day=write_long_day, number=write_number, query=urlencode)
    return made


def write_money(amount: Decimal, currency: str) -> str:
    """With the currency's own digits, and more where a unit price has more: $14,000.00, ¥384,000."""
    digits = max(money.decimals(amount), money.DIGITS[currency])
    return format_currency(
        amount.quantize(Decimal(1).scaleb(-digits)) if digits else amount,
        currency,
        locale=LOCALE,
        currency_digits=False,
        decimal_quantization=False,
    ).replace("-", "\N{MINUS SIGN}")


def write_round_money(amount: Decimal, currency: str) -> str:
    """For large figures that are looked at, not paid: $14,000."""
    whole = amount.quantize(Decimal(1))
    return format_currency(whole, currency, "¤#,##0", locale=LOCALE, currency_digits=False)


def write_plain(number: Decimal | None) -> str:
    """As it is typed into a field: 1500.5, without thousands."""
    return "" if number is None else format(number, "f")


def write_number(number: Decimal) -> str:
    return format_decimal(number, locale=LOCALE, decimal_quantization=False)


def write_day(day: str | date) -> str:
    """28 Feb 2026"""
    return format_date(_date(day), "d MMM y", locale=LOCALE)


def write_long_day(day: str | date) -> str:
    """28 February 2026"""
    return format_date(_date(day), "d MMMM y", locale=LOCALE)


def write_moment(stamp: str, time_zone: str) -> str:
    """28 Feb 2026, 10:30 in the account's time zone."""
    return format_datetime(_moment(stamp), "d MMM y, HH:mm", tzinfo=ZoneInfo(time_zone), locale=LOCALE)


def write_ago(stamp: str, now: datetime) -> str:
    """3 hours ago"""
    passed = now - _moment(stamp)
    if passed.total_seconds() < 60:
        return "just now"
    return format_timedelta(-passed, add_direction=True, locale=LOCALE)


def link(path: str, query: Mapping[str, Any]) -> str:
    """An address with those of the query's fields that say something."""
    fields = {name: value for name, value in query.items() if value not in (None, "", [])}
    return f"{path}?{urlencode(fields, doseq=True)}" if fields else path


@lru_cache(maxsize=256)
def icon(name: str, size: int = 16) -> Markup:
    """An icon beside words that say the same; it is nothing to a screen reader."""
    return Markup(lucide(name, size=size, aria_hidden="true", stroke_width="1.75"))


def _date(day: str | date) -> date:
    return date.fromisoformat(day[:10]) if isinstance(day, str) else day


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)
