"""API keys: what the page makes works at once, is shown once, and ends when it is told to."""

import re

from tests.conftest import FakeClock, Person
from tests.site.conftest import Surfer, invited, words


def test_a_key_is_shown_once_and_works(alice: Person, alices: Surfer) -> None:
    answer = alices.post("/keys", {"name": "Web <shop>", "scope": "full", "days": ""})
    (key,) = re.findall(r'id="secret">(ci_live_\w+)<', answer.text)
    assert "Web &lt;shop&gt;" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert key not in alices.get("/keys").text
    assert key[-4:] in alices.get("/keys").text
    used = alice.http.get("/api/v1/clients", headers={"authorization": f"Bearer {key}"})
    assert used.status_code == 200


def test_scope_and_end_are_as_they_were_chosen(alice: Person, alices: Surfer, clock: FakeClock) -> None:
    answer = alices.post("/keys", {"name": "Reader", "scope": "read", "days": "30"})
    (key,) = re.findall(r'id="secret">(ci_live_\w+)<', answer.text)
    headers = {"authorization": f"Bearer {key}"}
    assert alice.http.post("/api/v1/clients", headers=headers, json={"name": "x"}).status_code == 403
    clock.advance(days=30, seconds=1)
    assert alice.http.get("/api/v1/clients", headers=headers).status_code == 401
    alices.log_in("alice@alice.example")
    assert "ended" in words(alices.get("/keys"))


def test_a_revoked_key_stops_working(alice: Person, alices: Surfer, clock: FakeClock) -> None:
    (key_id,) = re.findall(r"/keys/(key_\w+)/revoke", alices.get("/keys").text)
    assert alices.post(f"/keys/{key_id}/revoke").status_code == 303
    clock.advance(seconds=2)
    assert alice.get("/clients").status_code == 401
    assert alices.post(f"/keys/{key_id}/revoke").status_code == 404


def test_a_name_is_needed_and_said_so(alices: Surfer) -> None:
    answer = alices.post("/keys", {"name": " ", "scope": "all"})
    assert answer.status_code == 422
    assert "This field is required" in answer.text


def test_below_the_tier_there_are_no_keys(carol: Surfer) -> None:
    assert "Business tier" in words(carol.get("/keys"))
    assert carol.post("/keys", {"name": "x", "scope": "full"}).status_code == 422


def test_keys_are_the_owners_business(alice: Person, alices: Surfer, new_surfer: object) -> None:
    mia = invited(alice, new_surfer(), "member", "Mia")  # type: ignore[operator]
    assert mia.get("/keys").status_code == 403
    assert mia.post("/keys", {"name": "x", "scope": "full"}).status_code == 403
    assert "/keys" not in mia.get("/overview").text


def test_bobs_keys_cannot_be_revoked_by_alice(alice: Person, bob: Person, alices: Surfer, bobs: Surfer) -> None:
    (key_id,) = re.findall(r"/keys/(key_\w+)/revoke", bobs.get("/keys").text)
    assert alices.post(f"/keys/{key_id}/revoke").status_code == 404
    assert bob.get("/clients").status_code == 200


def test_an_answer_that_is_loaded_anew_makes_nothing_twice(alice: Person, alices: Surfer) -> None:
    for path, fields, sign in (
        ("/keys", {"name": "Web shop"}, "Revoke Web shop"),
        ("/webhooks", {"url": "https://receiver.example/hooks"}, 'href="/webhooks/whk_'),
        ("/settings/people/invite", {"role": "reader"}, "Withdraw"),
    ):
        form = alices.get(path, headers={"accept": "text/html"})
        page = alices.get(form.headers.get("location", path)).text
        (once,) = re.findall(r'name="once" value="([^"]+)"', page)
        refused = alices.post(path, {**fields, "once": once, "name": "", "url": "", "role": "king"})
        assert refused.status_code == 422
        assert alices.post(path, {**fields, "once": once}).status_code == 200
        again = alices.post(path, {**fields, "once": once})
        assert (again.status_code, again.headers["location"]) == (303, path)
        page = alices.get(form.headers.get("location", path)).text
        assert "That is done already" in page
        assert page.count(sign) == 1
