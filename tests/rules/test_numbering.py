"""How numbers look: every format gives every document of a series its own number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo.accounts.numbering import UNBROKEN, NumberFormat, read_number, series_year, write_number

FORMATS = [
    "INV-{seq:04}",
    "{seq}",
    "{year}-{seq:05}",
    "{seq:03}/{year}",
    "{seq}{year}",
    "R {year}.{year}-{seq:09}",
]


@pytest.mark.parametrize(
    ("number_format", "year", "seq", "number"),
    [
        ("INV-{seq:04}", UNBROKEN, 1, "INV-0001"),
        ("INV-{seq:04}", UNBROKEN, 9999, "INV-9999"),
        ("INV-{seq:04}", UNBROKEN, 10_000, "INV-10000"),
        ("{seq}", UNBROKEN, 7, "7"),
        ("{year}-{seq:05}", 2026, 42, "2026-00042"),
        ("{seq:03}/{year}", 2027, 1, "001/2027"),
        ("{year}-{seq:05}", 7, 42, "0007-00042"),
    ],
)
def test_a_number_is_padded_and_never_cut(number_format: str, year: int, seq: int, number: str) -> None:
    assert write_number(number_format, year, seq) == number


def test_a_format_with_a_year_begins_anew_each_year_of_issue() -> None:
    assert series_year("{year}-{seq:05}", "2026-12-31") == 2026
    assert series_year("{year}-{seq:05}", "2027-01-01") == 2027
    assert series_year("INV-{seq:04}", "2027-01-01") == UNBROKEN


@given(
    st.sampled_from(FORMATS),
    st.tuples(st.integers(1, 9999), st.integers(1, 10**7)),
    st.tuples(st.integers(1, 9999), st.integers(1, 10**7)),
)
def test_different_places_have_different_numbers(
    number_format: str, one: tuple[int, int], other: tuple[int, int]
) -> None:
    if "{year}" not in number_format:
        one, other = (UNBROKEN, one[1]), (UNBROKEN, other[1])
    are_equal = write_number(number_format, *one) == write_number(number_format, *other)
    assert are_equal == (one == other)


@given(st.sampled_from(FORMATS), st.integers(1, 9999), st.integers(1, 10**7))
def test_a_number_is_read_back_to_its_place(number_format: str, year: int, seq: int) -> None:
    year = year if "{year}" in number_format else UNBROKEN
    assert read_number(number_format, write_number(number_format, year, seq)) == (year, seq)


@pytest.mark.parametrize(
    ("number_format", "number"),
    [
        ("INV-{seq:04}", "INV-001"),
        ("INV-{seq:04}", "INV-00001"),
        ("INV-{seq:04}", "INV-0001A"),
        ("{seq}", "01"),
        ("{year}-{seq}", "26-1"),
        ("{year}.{year}-{seq}", "2026.2027-1"),
        ("A.{seq}", "Ax1"),
    ],
)
def test_a_number_of_another_format_has_no_place(number_format: str, number: str) -> None:
    assert read_number(number_format, number) is None


@pytest.mark.parametrize("raw", [*FORMATS, "A/B_C.D#1-{seq:9}".replace(":9", ":09"), "2026-{seq}"])
def test_a_format_with_one_place_for_the_number_is_taken(raw: str) -> None:
    assert NumberFormat.read(raw) == raw


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "INV",
            "{year}",
            "{seq}{seq}",
            "{seq:4}",
            "{seq:010}",
            "{seq:00}",
            "{SEQ}",
            "{seq!r}",
            "{seq",
            "seq}",
        ),
        *("{seq.__class__}", "{0}{seq}", "{month}-{seq}", "é{seq}", "{seq}\n", '"{seq}', "%s{seq}", "{{{seq}}}"),
        *("x" * 36 + "{seq}", "{year}" * 2_000 + "{seq}", "１{seq}", None, 1),
    ],
)
def test_any_other_format_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        NumberFormat.read(raw)
