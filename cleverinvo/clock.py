"""The one place that reads the time; everything else is told it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from time import monotonic
from zoneinfo import ZoneInfo, available_timezones

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def seconds() -> float:
    """For measuring how long something takes: never steps back, and means nothing as a date."""
    return monotonic()


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-03-01T10:00:00.000Z`. As text, stamps sort as time."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def moment(stamp: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(stamp)


def today(moment: datetime, time_zone: str) -> date:
    """The calendar date at this moment in an account's time zone."""
    return moment.astimezone(_zone(time_zone)).date()


def day_of(stamp: str, time_zone: str) -> date:
    """The calendar date of a stored moment in a time zone."""
    return today(datetime.fromisoformat(stamp), time_zone)


def start_of(day: date, time_zone: str) -> datetime:
    """The moment at which a calendar date begins in a time zone, in UTC."""
    return datetime.combine(day, time.min, _zone(time_zone)).astimezone(UTC)


def hour(moment: datetime, time_zone: str) -> int:
    """The hour of the day, 0 to 23, at this moment in a time zone."""
    return moment.astimezone(_zone(time_zone)).hour


def days_after(day: date, days: int) -> date:
    """So many days later, or earlier; where the calendar ends, its first or last day."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def is_time_zone(name: str) -> bool:
    return name in _names()


def time_zones() -> list[str]:
    return sorted(_names())


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
