"""Ids: their form, their order, and that none is given twice."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from cleverinvo import ids

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = re.compile(r"inv_[0-9a-z]{20}")


def test_an_id_is_a_prefix_and_twenty_small_letters_and_digits() -> None:
    for year in (2026, 2038, 2999):
        assert FORM.fullmatch(ids.new("inv", NOON.replace(year=year)))


def test_ids_ascend_within_a_millisecond() -> None:
    made = [ids.new("inv", NOON) for _ in range(10_000)]
    assert made == sorted(set(made))


def test_ids_ascend_when_the_clock_steps_back() -> None:
    later = ids.new("inv", NOON + timedelta(hours=2))
    assert ids.new("inv", NOON) > later
    assert ids.new("inv", NOON - timedelta(days=400)) > later


def test_ids_of_different_times_sort_by_time() -> None:
    start = datetime(3100, 1, 1, tzinfo=UTC)
    made = [ids.new("inv", start + timedelta(milliseconds=number)) for number in range(1_000)]
    assert made == sorted(made)


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: ids.new("inv", NOON), range(20_000)))
    assert len(set(made)) == len(made)
    assert all(FORM.fullmatch(one) for one in made)
