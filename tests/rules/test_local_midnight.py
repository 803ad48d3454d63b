"""A day begins at local midnight: east and west, when clocks change, and where midnight is left out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cleverinvo import clock

# A day somewhere, and the moment in UTC at which it begins there.
BEGINNINGS = [
    ("Etc/GMT+12", "2026-03-29", "2026-03-29T12:00"),  # UTC-12
    ("Pacific/Kiritimati", "2026-03-29", "2026-03-28T10:00"),  # UTC+14
    ("UTC", "2026-03-29", "2026-03-29T00:00"),
    ("Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15"),
    ("Asia/Kolkata", "2026-03-29", "2026-03-28T18:30"),
    ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00"),  # summer time begins two hours later
    ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00"),
    ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),
    ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00"),
    ("America/New_York", "2026-03-08", "2026-03-08T05:00"),
    ("America/New_York", "2026-03-09", "2026-03-09T04:00"),
    ("America/New_York", "2026-11-01", "2026-11-01T04:00"),
    ("America/New_York", "2026-11-02", "2026-11-02T05:00"),
    ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00"),  # half an hour of summer time
    ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30"),
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),  # begins at one o'clock
    ("Pacific/Apia", "2026-01-01", "2025-12-31T11:00"),
    ("America/St_Johns", "2026-07-01", "2026-07-01T02:30"),
]


@pytest.mark.parametrize(("zone", "day", "beginning"), BEGINNINGS)
def test_a_day_begins_at_local_midnight(zone: str, day: str, beginning: str) -> None:
    moment = datetime.fromisoformat(beginning).replace(tzinfo=UTC)
    assert clock.today(moment, zone) == date.fromisoformat(day)
    assert clock.today(moment - timedelta(milliseconds=1), zone) < date.fromisoformat(day)
