"""What forms are made of: each scalar takes what is meant, refuses the rest with a sentence, and never dawdles."""

import json
import time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleverinvo import clock, money, scalars
from cleverinvo.accounts.forms import TimeZone
from cleverinvo.clients.forms import CreateClient, UpdateClient
from cleverinvo.errors import Problem
from cleverinvo.faults import find
from cleverinvo.invoices.forms import ChangeInvoice, CreateBatch, CreateInvoice, Description, StatusList
from cleverinvo.money import Amount, Quantity, Rate, UnitPrice
from cleverinvo.paging import Cursor, Query
from cleverinvo.scalars import CountryCode, Currency, Day, Email, ExternalId, Locale, Short
from cleverinvo.shapes import Label, Scalar, Text, fill
from cleverinvo.web.body import parse_json

SECONDS_MAX = 0.05
"""What one refusal may cost of a slow machine's time."""

ALL: list[type[Scalar]] = [
    *(Amount, Quantity, Rate, UnitPrice, Day, Currency, CountryCode, Locale, Email, ExternalId, Short, Label),
    *(Text, Description, StatusList, Cursor, Query, TimeZone),
]

HOSTILE_NUMBERS = [
    *("1E400", "1e+1000000", "-1E+999999999999999999", "1E-1000000", "1E-999999999999999999"),
    *("1E99999999999999999999", "0E99999999999999999999", "1E-99999999999999999999"),
    *("9" * 99, "9" * 1_000_000, "0." + "1" * 98, "1." + "0" * 1_000_000, "NaN", "Infinity", "-Infinity"),
]


clock.time_zones()  # reads the whole time zone database, once


def accepts(scalar: type[Scalar], raw: object) -> bool:
    """Whether the scalar takes it; a refusal must be a ValueError with a sentence, and must come at once."""
    started = time.thread_time()
    refusal = None
    try:
        scalar.read(raw)
    except ValueError as error:
        refusal = str(error)
    assert time.thread_time() - started < SECONDS_MAX
    assert refusal != ""
    return refusal is None


@pytest.mark.parametrize(
    "raw", ["2026-03-01", "2026-03-01T00:00:00.000Z", "2026-03-01T23:59:59-11:00", "2024-02-29"]
)
def test_a_day_is_kept_and_never_shifted(raw: str) -> None:
    assert Day.read(raw) == raw[:10]


@pytest.mark.parametrize(
    "raw",
    [
        *("", "2026", "2026-3-1", "01.03.2026", "20260301", "2026-W09-7", " 2026-03-01", "2026-03-01 "),
        *("2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "10000-01-01", "-2026-03-01"),
        *("2026-03-01T", "2026-03-01T10", "2026-03-01T:::::Z", "2026-03-01T.....Z", "2026-03-01T10:30"),
        *("2026-03-01T25:00:00Z", "2026-03-01T10:61:00Z", "2026-03-01T10:30:00+99:00", "2026-03-01\n"),
        *("٢٠٢٦-٠٣-٠١", "２０２６-０３-０１", "2026-03-01" * 100_000, 20260301, None, True, ["2026-03-01"]),
    ],
)
def test_what_is_no_day_is_refused(raw: object) -> None:
    assert not accepts(Day, raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        *((0, "0"), (1, "1"), (-2, "-2"), ("12.50", "12.5"), ("-0.25", "-0.25"), ("007", "7"), ("0.000000", "0")),
        *((Decimal("1E+3"), "1000"), (Decimal("4.0E+1"), "40"), (Decimal("1.500000000000"), "1.5")),
        *(("999999999999.999999", "999999999999.999999"), (Decimal("-0"), "0"), (Decimal("0E+50"), "0")),
    ],
)
def test_a_number_is_read_exactly(raw: object, value: str) -> None:
    assert str(Quantity.read(raw)) == value


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", "1 ", " 1", "+1", "1,5", "1_000", "1e3", "1E3", ".5", "5.", "0x10", "--1", "1.2.3", "∞", "½"),
        *("١٢٣", "１２", "1٫5", "NaN", "nan", "Infinity", "1E+1000000", "1E-1000000", "9" * 1_000_000),
        *("1" * 13, "0.1234567", 10**12, -(10**12), 10**99, Decimal("1E+1000000"), Decimal("1E-1000000")),
        *(Decimal("0." + "1" * 200), True, False, None, 1.5, float("nan"), [], {}, [1]),
    ],
)
def test_what_is_no_number_is_refused(raw: object) -> None:
    assert not accepts(Quantity, raw)


def test_money_has_its_bounds() -> None:
    assert accepts(UnitPrice, "0.00000001")
    assert not accepts(UnitPrice, "0.000000001")
    assert not accepts(UnitPrice, "-1")
    assert accepts(Amount, "0.0001")
    assert not accepts(Amount, "0.00001")
    assert not accepts(Amount, "-0.01")
    assert accepts(Rate, "100")
    assert accepts(Rate, "33.3333")
    assert not accepts(Rate, "100.0001")
    assert not accepts(Rate, "33.33333")
    assert not accepts(Rate, "-1")


@pytest.mark.parametrize("digits", HOSTILE_NUMBERS, ids=lambda digits: digits[:24])
def test_a_hostile_number_in_json_is_refused_at_once(digits: str) -> None:
    body = b'{"name": "A", "retainerAmount": %b}' % digits.encode()
    started = time.thread_time()
    with pytest.raises((Problem, ValueError)):
        fill(CreateClient, parse_json(body, "application/json"))
    assert time.thread_time() - started < SECONDS_MAX


@given(st.integers(-(10**11), 10**11), st.integers(0, 6))
def test_numbers_of_json_and_their_texts_are_the_same(whole: int, places: int) -> None:
    text = format(Decimal(whole).scaleb(-places), "f")
    (number,) = parse_json(f"[{text}]".encode(), "application/json")
    assert Quantity.read(number) == Quantity.read(text) == Decimal(text)
    assert money.decimals(Quantity.read(number)) <= places


@pytest.mark.parametrize("code", ["usd", "US", "USDT", "XXX", "XTS", "BTC", "", " USD", "ＵＳＤ", 840, None])
def test_what_is_no_currency_is_refused(code: object) -> None:
    assert not accepts(Currency, code)


@pytest.mark.parametrize(
    ("scalar", "good", "bad"),
    [
        (CountryCode, ["US", "DE"], ["us", "USA", "U", "", "U1", "ＵＳ", "US\n"]),
        (Locale, ["en", "de-CH", "de_CH", "zh-Hant-TW", "es-419"], ["EN", "english", "de-ch", "en-", "", "en\n"]),
        (TimeZone, ["UTC", "Europe/Berlin"], ["CET+1", "Mars/Base", "../../etc/passwd", "", "utc\n"]),
        (StatusList, ["PAID", "PAID,VOID"], ["paid", "PAID,", ",PAID", "PAID, VOID", "PAID|VOID", ""]),
        (Label, ["x", "x" * 200, " x "], ["", " ", "x" * 201, "a\nb", "a\rb", "a\tb", "\u00a0\u2003"]),
        (Text, ["", "a\r\nb", "x" * 10_000], ["x" * 10_001]),
        (Description, ["a\nb"], ["", "\n \n", "x" * 2_001]),
    ],
)
def test_texts_have_their_form(scalar: type[Scalar], good: list[str], bad: list[str]) -> None:
    assert [raw for raw in good if not accepts(scalar, raw)] == []
    assert [raw for raw in bad if accepts(scalar, raw)] == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals()
    | st.sampled_from([digits for digits in HOSTILE_NUMBERS if len(digits) < 100]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=400, deadline=None)
def test_a_scalar_refuses_with_a_sentence_and_never_breaks(raw: Any) -> None:
    for scalar in ALL:
        accepts(scalar, raw)


EDGES = st.sampled_from(
    [
        *(
            "",
            " ",
            "x",
            "x ",
            " x",
            "x\n",
            "\nx",
            "x\r",
            "x\ty",
            "\u00a0",
            "\u2003x",
            "\x1c",
            "\x1fx",
            "\x85",
            "x\u2028y",
        ),
        *(
            "USD",
            "usd",
            "USD\n",
            "US",
            "US\n",
            "de-CH",
            "PAID",
            "PAID,VOID",
            "PAID,",
            "\u0660",
            "\uff35\uff33",
            "x@y.de",
        ),
        *(
            "x" * length
            for length in (63, 64, 65, 99, 100, 101, 200, 201, 254, 255, 256, 2_000, 2_001, 10_000, 10_001)
        ),
        *("\U0001f600" * length for length in (100, 101, 200, 201)),
    ]
)


@given(JSON | st.text() | EDGES)
@settings(max_examples=400, deadline=None)
def test_what_msgspec_checks_by_itself_is_what_the_scalar_reads(raw: Any) -> None:
    for scalar in ALL:
        try:
            filled: object = fill(scalar, raw)
        except msgspec.ValidationError:
            filled = None
        assert filled == (scalar.read(raw) if accepts(scalar, raw) else None), scalar


FIELDS = st.sampled_from(
    ["name", "lineItems", "clientId", "quantity", "unitPrice", "invoices", "status", "metadata"]
)


@given(
    st.sampled_from([CreateClient, UpdateClient, CreateInvoice, ChangeInvoice, CreateBatch]), JSON, FIELDS, JSON
)
@settings(max_examples=400, deadline=None)
def test_a_form_that_is_refused_has_faults_to_show(form: Any, tree: Any, field: str, value: Any) -> None:
    tree = {**tree, field: value} if isinstance(tree, dict) else tree
    try:
        fill(form, tree)
    except ValueError:
        assert find(form, tree)


def test_midnight_is_printed_in_the_guides_long_form() -> None:
    assert scalars.midnight("2026-03-01") == "2026-03-01T00:00:00.000Z"
    assert Day.read(scalars.midnight("2026-03-01")) == "2026-03-01"


def test_plain_numbers_have_no_float_on_their_way() -> None:
    (number,) = parse_json(b"[9007199254740993.01]", "application/json")
    assert str(number) == "9007199254740993.01"
    assert json.loads("9007199254740993.01") != number
