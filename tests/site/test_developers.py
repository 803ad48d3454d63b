"""The pages for developers: what was asked, as code to ask it again, and how much of the limit is used."""

import dataclasses
from typing import Any

from cleverinvo.accounts import actions as accounts
from cleverinvo.app import App
from cleverinvo.db.schema import requests, usage
from cleverinvo.settings import Rate, Settings
from cleverinvo.traffic import actions
from cleverinvo.web.recorder import Noted, Recorder
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient
from tests.site.conftest import Surfer, words
from tests.site.test_doors import rows


def flush(server: Any) -> None:
    """The second after which the recorder writes."""
    server.portal.call(server.app.recorder.flush)


def test_a_request_is_in_the_log_and_can_be_asked_again(alice: Person, alices: Surfer, server: Any) -> None:
    answer = alice.post("/clients", {"name": "<b>Acme</b>", "taxid": "1"})
    alice.get("/invoices?status=PAID")
    flush(server)
    page = alices.get("/developers/requests?status=4xx")
    assert words(page).count("POST") == 1
    assert f"{alice.key[:8]}…{alice.key[-4:]}" in page.text
    assert alice.key not in repr(rows(server, requests))
    by_id = alices.get(f"/developers/requests?requestId={answer.headers['x-request-id']}")
    assert "POST /clients" in words(by_id)
    assert "No request here" in alices.get("/developers/requests?path=%25").text
    (entry,) = [row for row in rows(server, requests) if row.status == 422]
    one = alices.get(f"/developers/requests/{entry.id}")
    assert 'did you mean "taxId"?' in words(one).replace("&#34;", '"').replace("\\", "")
    assert "curl -X POST https://invoices.example/api/v1/clients" in one.text
    assert "<b>Acme" not in one.text


def test_nobody_sees_the_requests_of_others(alice: Person, alices: Surfer, bobs: Surfer, server: Any) -> None:
    alice.get("/clients")
    flush(server)
    for row in rows(server, requests):
        if row.account_id == alice.account_id:
            assert bobs.get(f"/developers/requests/{row.id}").status_code == 404
    assert "/developers/requests/log_" not in bobs.get(f"/developers/requests?requestId={row.request_id}").text


def test_too_much_for_a_second_is_counted_and_not_kept(alice: Person, alices: Surfer, server: Any) -> None:
    recorder = Recorder(server.app.database, keeps_log=True)
    flush(server)
    before = len(rows(server, requests))
    line = Noted(
        *(alice.account_id, "key_1", "req_1", "GET", "/api/v1/clients", b"", 200, 1, None, b"", 0, b""),
        created_at="2026-03-01T10:30:00.000Z",
    )
    for _ in range(120):
        recorder.note(line)
    server.portal.call(recorder.flush)
    assert len(rows(server, requests)) - before == 100
    assert sum(row.unlogged for row in rows(server, usage)) == 20
    page = words(alices.get("/developers/usage"))
    assert "20 came too fast to stand in the log" in page
    assert "let in, 0 refused" in page


def test_refusals_are_counted_beside_the_limit(settings: Settings, clock: FakeClock) -> None:
    app = App(dataclasses.replace(settings, rate_limit_business=Rate(3, 60)), PUBLIC_URL, clock=clock)
    with TestClient(app, base_url=PUBLIC_URL) as server:
        assert server.portal is not None
        opened = server.portal.call(app.database.write, accounts.open_account, 0, "A", "a@a.example", "business")
        for _ in range(5):
            server.get("/api/v1/clients", headers={"authorization": f"Bearer {opened[2].secret}"})
        flush(server)
        flush(server)
        (hour,) = rows(server, usage)
        assert (hour.hour, hour.accepted, hour.refused) == ("2026-03-01T10", 3, 2)


def test_old_requests_are_forgotten(alice: Person, server: Any, clock: FakeClock) -> None:
    alice.get("/clients")
    flush(server)
    clock.advance(days=7)
    alice.get("/clients")
    flush(server)
    kept = len(rows(server, requests))
    clock.advance(seconds=1)
    server.portal.call(server.app.database.write, actions.forget_old, 0, 7)
    assert 0 < len(rows(server, requests)) < kept
    clock.advance(days=41)
    server.portal.call(server.app.database.write, actions.forget_old, 0, 7)
    assert rows(server, requests) == rows(server, usage) == []
