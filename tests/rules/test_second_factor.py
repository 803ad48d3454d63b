"""One-time codes agree with the vectors of RFC 6238, and work once."""

from datetime import UTC, datetime

import pytest

from cleverinvo.access import rules

SECRET = b"12345678901234567890"
RFC_6238_B = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), RFC_6238_B)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert rules.code_at(SECRET, rules.counter_at(moment), digits=8) == code
    assert rules.find_counter(SECRET, code[-6:], moment, last=0) == seconds // 30


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    moment, now = datetime.fromtimestamp(1_000_000, UTC), 1_000_000 // 30
    found = [rules.find_counter(SECRET, rules.code_at(SECRET, now + off), moment, 0) for off in range(-2, 3)]
    assert found == [None, now - 1, now, now + 1, None]


def test_a_used_code_and_those_before_it_work_no_more() -> None:
    moment, now = datetime.fromtimestamp(1_000_000, UTC), 1_000_000 // 30
    assert rules.find_counter(SECRET, rules.code_at(SECRET, now), moment, last=now) is None
    assert rules.find_counter(SECRET, rules.code_at(SECRET, now - 1), moment, last=now) is None
    assert rules.find_counter(SECRET, rules.code_at(SECRET, now + 1), moment, last=now) == now + 1


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "\ud800", "0" * 40])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert rules.find_counter(SECRET, typed, datetime.fromtimestamp(59, UTC), 0) is None


def test_a_recovery_code_is_known_however_it_is_typed() -> None:
    code = rules.write_recovery_code(bytes(range(10)))
    assert len(code.replace("-", "")) == 16
    assert rules.digest_recovery_code(code) == rules.digest_recovery_code(f" {code.upper().replace('-', ' ')} ")
