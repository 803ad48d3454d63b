"""The second factor: set up, asked for at the door, lost and replaced; guessing it is slow."""

import re
from typing import Any

import pytest

from cleverinvo.access import actions, rules
from cleverinvo.db.schema import recovery_codes, second_factors
from cleverinvo.users import actions as users
from tests.conftest import FakeClock
from tests.site.conftest import PASSWORD, Surfer
from tests.site.test_doors import rows

EMAIL = "carol@ltd.example"


def code(secret: bytes, clock: FakeClock) -> str:
    return rules.code_at(secret, rules.counter_at(clock()))


@pytest.fixture
def factor(carol: Surfer, clock: FakeClock) -> tuple[bytes, list[str]]:
    """Carol's second factor, as her phone and her drawer have it."""
    assert carol.post("/settings/you/factor/begin", {"current": "a guess"}).status_code == 422
    page = carol.post("/settings/you/factor/begin", {"current": PASSWORD}).text
    assert "<svg" in page
    assert "style=" not in page
    secret = rules.unspell("".join(re.findall(r'id="spelt">([\w ]+)<', page)).replace(" ", ""))
    wrong = carol.post("/settings/you/factor/confirm", {"code": "000000"})
    assert (wrong.status_code, rules.spell(secret) in wrong.text) == (422, True)
    page = carol.post("/settings/you/factor/confirm", {"code": code(secret, clock)}).text
    codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", page)
    assert len(set(codes)) == 10
    carol.post("/logout")
    clock.advance(seconds=30)
    return secret, codes


def test_a_password_alone_lets_nobody_in(
    carol: Surfer, surfer: Surfer, factor: tuple[bytes, list[str]], clock: FakeClock
) -> None:
    secret, _ = factor
    assert surfer.log_in(EMAIL).headers["location"] == "/login/code"
    assert surfer.get("/overview").status_code == 303
    now = code(secret, clock)
    assert surfer.post("/login/code", {"code": "000000"}).status_code == 422
    assert surfer.post("/login/code", {"code": f"{now[:3]} {now[3:]}"}).headers["location"] == "/overview"
    assert surfer.get("/overview").status_code == 200
    carol.log_in(EMAIL)
    assert carol.post("/login/code", {"code": now}).status_code == 422  # somebody has looked over her shoulder
    clock.advance(minutes=10, seconds=1)
    assert carol.post("/login/code", {"code": code(secret, clock)}).status_code == 404


def test_a_recovery_code_works_once(carol: Surfer, factor: tuple[bytes, list[str]], server: Any) -> None:
    _, codes = factor
    carol.log_in(EMAIL)
    assert carol.post("/login/code", {"code": codes[3].upper()}).status_code == 303
    carol.post("/logout")
    carol.log_in(EMAIL)
    assert carol.post("/login/code", {"code": codes[3]}).status_code == 422
    assert len(rows(server, recovery_codes)) == 9


def test_neither_secret_nor_recovery_codes_are_stored_as_they_are(
    factor: tuple[bytes, list[str]], server: Any
) -> None:
    secret, codes = factor
    stored = repr(rows(server, second_factors)) + repr(rows(server, recovery_codes))
    assert "sealed:" in stored
    assert rules.spell(secret) not in stored
    assert not any(one in stored or rules.fold(one) in stored for one in codes)


def test_guessing_codes_is_slow_but_the_owner_is_not_locked_out(
    carol: Surfer, surfer: Surfer, factor: tuple[bytes, list[str]], clock: FakeClock
) -> None:
    secret, _ = factor
    surfer.log_in(EMAIL)
    for guess in range(5):
        assert "not right" in surfer.post("/login/code", {"code": f"00000{guess}"}).text
    assert "Too many requests" in surfer.post("/login/code", {"code": code(secret, clock)}).text
    carol.log_in(EMAIL)
    assert carol.post("/login/code", {"code": code(secret, clock)}).status_code == 303


def test_a_new_password_by_link_does_not_stand_in_for_it(
    surfer: Surfer, factor: tuple[bytes, list[str]], server: Any, clock: FakeClock
) -> None:
    token = server.portal.call(server.app.database.write, users.offer_reset, 0, EMAIL)
    answer = surfer.post(f"/reset/{token}", {"password": "another good password"})
    assert answer.headers["location"] == "/login/code"
    assert surfer.get("/overview").status_code == 303
    assert surfer.post("/login/code", {"code": code(factor[0], clock)}).status_code == 303


def test_it_is_switched_off_with_the_password_or_by_the_operator(
    carol: Surfer, surfer: Surfer, factor: tuple[bytes, list[str]], server: Any
) -> None:
    server.portal.call(server.app.database.write, actions.reset, 0, EMAIL)
    assert carol.log_in(EMAIL).headers["location"] == "/overview"
    assert rows(server, recovery_codes) == []
    page = carol.post("/settings/you/factor/begin", {"current": PASSWORD}).text
    assert rules.spell(factor[0]) not in page
    assert carol.post("/settings/you/factor/off", {"current": "a guess"}).status_code == 422
    assert carol.post("/settings/you/factor/off", {"current": PASSWORD}).status_code == 303
    assert rows(server, second_factors) == []
