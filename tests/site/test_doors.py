"""In and out: signing up, logging in, sessions that end, links that work once, and guessing made slow."""

import asyncio
import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest

from cleverinvo.app import App
from cleverinvo.db.schema import accounts, api_keys, sessions, users
from cleverinvo.settings import Settings
from cleverinvo.users import actions
from cleverinvo.users.forms import Invite
from cleverinvo.users.passwords import Passwords
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient
from tests.site.conftest import PASSWORD, Surfer, invited, words

NewSurfer = Callable[[], Surfer]


def rows(server: Any, table: Any) -> list[Any]:
    database = server.app.database
    return list(server.portal.call(database.scan, lambda tx: tx.rows(table.select())))


def test_somebody_signs_up_logs_out_and_in_again(surfer: Surfer) -> None:
    surfer.sign_up("Carol")
    assert "Carol" in words(surfer.get("/overview"))
    assert surfer.post("/logout").headers["location"] == "/login"
    assert surfer.get("/overview").headers["location"] == "/login"
    assert surfer.log_in("CAROL@ltd.example").headers["location"] == "/overview"
    assert surfer.get("/overview").status_code == 200


def test_after_logging_in_one_is_where_one_wanted_to_be(carol: Surfer) -> None:
    carol.post("/logout")
    carol.get("/overview?currency=EUR")
    assert carol.log_in("carol@ltd.example").headers["location"] == "/overview?currency=EUR"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_nobody_is_sent_to_another_site_after_logging_in(carol: Surfer, elsewhere: str) -> None:
    carol.post("/logout")
    carol.http.cookies.set("wanted", elsewhere)
    assert carol.log_in("carol@ltd.example").headers["location"] == "/overview"


def test_a_new_account_is_free_and_has_no_key(carol: Surfer, server: Any) -> None:
    assert [(row.name, row.tier) for row in rows(server, accounts)] == [("Carol Ltd", "free")]
    assert rows(server, api_keys) == []


def test_what_is_wrong_is_said_where_it_was_typed(surfer: Surfer) -> None:
    answer = surfer.post("/signup", {"business": "<b>x</b>", "email": "nobody", "password": "short"})
    assert answer.status_code == 422
    for sentence in ("This field is required", "Expected an e-mail address", "At least 10 characters"):
        assert sentence in answer.text
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.text
    assert "short" not in answer.text


def test_an_address_belongs_to_one_person(carol: Surfer, surfer: Surfer) -> None:
    fields = {"business": "Other", "name": "Other", "email": " Carol@LTD.example", "password": PASSWORD}
    answer = surfer.post("/signup", fields)
    assert (answer.status_code, "already" in answer.text) == (422, True)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(carol: Surfer, surfer: Surfer) -> None:
    wrong = surfer.log_in("carol@ltd.example", "not the password")
    unknown = surfer.log_in("nobody@ltd.example", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("carol@", "nobody@") == unknown.text


def test_neither_password_nor_session_is_stored(carol: Surfer, server: Any) -> None:
    (user,), (session,) = rows(server, users), rows(server, sessions)
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in repr(user)
    token = carol.http.cookies["__Host-session"]
    assert token not in repr(session)
    assert len(session.sha256) == 64


def test_a_hash_costs_what_rfc_9106_says() -> None:
    hashed = asyncio.run(Passwords().hash(PASSWORD))
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_session_cookie_is_out_of_reach(surfer: Surfer) -> None:
    fields = {"business": "B", "name": "N", "email": "n@b.example", "password": PASSWORD}
    cookie = next(
        value
        for value in surfer.post("/signup", fields).headers.get_list("set-cookie")
        if value.startswith("__Host-session=")
    )
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_each_log_in_is_another_session_and_the_old_one_does_not_come_back(carol: Surfer, server: Any) -> None:
    first = carol.http.cookies["__Host-session"]
    carol.post("/logout")
    carol.log_in("carol@ltd.example")
    assert carol.http.cookies["__Host-session"] != first
    carol.http.cookies.set("__Host-session", first)
    assert carol.get("/overview").status_code == 303


def test_a_session_ends_when_nobody_uses_it(carol: Surfer, clock: FakeClock) -> None:
    clock.advance(days=13)
    assert carol.get("/overview").status_code == 200  # which is noted
    clock.advance(days=13)
    assert carol.get("/overview").status_code == 200
    clock.advance(days=14, seconds=1)
    assert carol.get("/overview").status_code == 303


def test_a_session_ends_however_busy_it_is(carol: Surfer, clock: FakeClock) -> None:
    for _ in range(6):
        clock.advance(days=9.9)
        assert carol.get("/overview").status_code == 200
    clock.advance(days=0.7)
    assert carol.get("/overview").status_code == 303


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"x-nothing": "at all"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_nothing_is_done_for_another_site(carol: Surfer, headers: dict[str, str]) -> None:
    assert carol.post("/logout", headers=headers).status_code == 403
    assert carol.get("/overview").status_code == 200


def test_a_browser_that_only_says_the_origin_is_believed(carol: Surfer) -> None:
    assert carol.post("/logout", headers={"origin": "https://invoices.example"}).status_code == 303


def test_guessing_is_slow_but_the_owner_is_never_locked_out(
    carol: Surfer, surfer: Surfer, clock: FakeClock
) -> None:
    carol.post("/logout")
    for _ in range(10):
        assert "not right" in surfer.log_in("carol@ltd.example", "a guess, and not a good one").text
    assert "Too many requests" in surfer.log_in("carol@ltd.example").text  # the right one, from a stranger
    assert carol.log_in("carol@ltd.example").status_code == 303  # where she was before
    clock.advance(minutes=15)
    assert surfer.log_in("carol@ltd.example").status_code == 303


def test_a_mark_of_ones_own_making_opens_no_second_quota(carol: Surfer, surfer: Surfer) -> None:
    for _ in range(10):
        surfer.log_in("carol@ltd.example", "a guess, and not a good one")
    surfer.http.cookies.set("known", "0" * 64)
    assert "Too many requests" in surfer.log_in("carol@ltd.example").text


def test_signing_up_ends_where_it_is_closed(settings: Settings) -> None:
    app = App(dataclasses.replace(settings, signup="closed"), PUBLIC_URL)
    with TestClient(app, base_url=PUBLIC_URL) as client:
        surfer = Surfer(client)
        assert surfer.get("/signup").status_code == 403
        assert surfer.post("/signup", {}).status_code == 403
        assert "Start free" not in surfer.get("/").text


def test_an_invitation_works_once(alice: Person, new_surfer: NewSurfer) -> None:
    portal, database = alice.http.portal, alice.http.app.database  # type: ignore[attr-defined]
    token = portal.call(database.write, actions.invite, alice.account_id, Invite(role="member"))
    first, second = new_surfer(), new_surfer()
    fields = {"name": "Mia", "email": "mia@alice.example", "password": PASSWORD}
    assert "Set up" in first.get(f"/join/{token}").text
    assert first.post(f"/join/{token}", {"business": "Alice & Co", **fields}).status_code == 303
    assert alice.get("/account").json()["name"] == "Alice & Co"
    assert second.get(f"/join/{token}").status_code == 404
    assert second.post(f"/join/{token}", {**fields, "email": "other@alice.example"}).status_code == 404


def test_a_later_member_does_not_rename_the_account(alice: Person, alices: Surfer, new_surfer: NewSurfer) -> None:
    before = alice.get("/account").json()["name"]
    invited(alice, new_surfer(), "reader", "Rita")
    assert alice.get("/account").json()["name"] == before


def test_an_invitation_grows_old(alice: Person, surfer: Surfer, clock: FakeClock) -> None:
    portal, database = alice.http.portal, alice.http.app.database  # type: ignore[attr-defined]
    token = portal.call(database.write, actions.invite, alice.account_id, Invite(role="owner"))
    clock.advance(hours=48, seconds=1)
    assert surfer.get(f"/join/{token}").status_code == 404


def test_a_new_password_by_link_ends_every_session(carol: Surfer, surfer: Surfer, server: Any) -> None:
    token = server.portal.call(server.app.database.write, actions.offer_reset, 0, "carol@ltd.example")
    assert surfer.get(f"/join/{token}").status_code == 404  # it is for one thing only
    answer = surfer.post(f"/reset/{token}", {"password": "another good password"})
    assert answer.status_code == 303
    assert carol.get("/overview").status_code == 303
    assert surfer.get("/overview").status_code == 200
    surfer.post("/logout")
    assert surfer.log_in("carol@ltd.example").status_code == 422
    assert surfer.log_in("carol@ltd.example", "another good password").status_code == 303
    assert surfer.post(f"/reset/{token}", {"password": PASSWORD}).status_code == 404


def test_pages_forbid_what_they_do_not_need(surfer: Surfer) -> None:
    for path in ("/", "/login", "/nothing"):
        policy = surfer.get(path).headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_an_unknown_address_is_a_page_too(surfer: Surfer) -> None:
    answer = surfer.get("/nothing")
    assert (answer.status_code, "There is no page" in answer.text) == (404, True)


def test_style_sheets_are_kept_for_ever_under_a_name_that_tells_the_version(surfer: Surfer) -> None:
    (url,) = re.findall(r'href="(/static/\w+/app.css)"', surfer.get("/").text)
    answer = surfer.get(url)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert surfer.get(re.sub(r"static/\w+", "static/old", url)).headers["cache-control"] == "no-cache"
    assert surfer.get("/static/x/..%2f..%2fpages.py").status_code == 404
    assert surfer.get("/static/x/vendor/.scalar-api-reference").status_code == 404
