"""Money, dates and statuses as the pages write them, and the templates' environment."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import get_currency_symbol
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lucide.jinja import lucide
from markupsafe import Markup

from cleverinvo import money
from cleverinvo.invoices.rules import Status
from cleverinvo.site.navigation import NAVIGATION

TEMPLATES: Final = Path(__file__).parent / "templates"
LOCALE: Final = Locale.parse("en")
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

METHOD_WORDS: Final[Mapping[str, str]] = {
    "bank_transfer": "Bank transfer",
    "card": "Card",
    "cash": "Cash",
    "check": "Check",
    "direct_debit": "Direct debit",
    "online": "Online",
    "other": "Other",
}


def environment() -> Environment:
    """The templates; whatever a person typed is escaped by it, everywhere."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(icon=icon, link=link, navigation=NAVIGATION, status_words=STATUS_WORDS)
    made.globals.update(money=write_money, plain=write_plain, moment=write_moment, ago=write_ago)
    made.filters.update(day=write_day, decimal=Decimal)
    return made


def write_money(amount: Decimal, currency: str) -> str:
    """With the currency's own digits, and more where a unit price has more: $14,000.00, ¥384,000."""
    return _with_symbol(amount, currency, max(money.decimals(amount), money.DIGITS[currency]))


def write_round_money(amount: Decimal, currency: str) -> str:
    """For large figures that are looked at, not paid: $14,000."""
    return _with_symbol(amount, currency, 0)


def write_plain(number: Decimal | None) -> str:
    """As it is typed into a field: 1500.5, without thousands."""
    return "" if number is None else format(number, "f")


@lru_cache(maxsize=4096)
def write_day(day: str | date) -> str:
    """28 Feb 2026"""
    return format_date(_date(day), "d MMM y", locale=LOCALE)


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


def _with_symbol(amount: Decimal, currency: str, digits: int) -> str:
    """As browsers write it in English: a code stands apart, a sign does not. $5.00, CHF 5.00"""
    minus = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{minus}{_symbol(currency)}{abs(amount):,.{digits}f}"


@cache
def _symbol(currency: str) -> str:
    """What stands before an amount, with the space after it where there is one."""
    symbol = get_currency_symbol(currency, locale=LOCALE)
    return symbol + ("\N{NO-BREAK SPACE}" if symbol[-1:].isalpha() else "")


def _date(day: str | date) -> date:
    return date.fromisoformat(day[:10]) if isinstance(day, str) else day


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)
