"""Versions: who has an object already, and who has seen it as it is now."""

from collections.abc import Iterator

import pytest

from tests.api import expect
from tests.conftest import FakeClock, Person


def readable(alice: Person) -> Iterator[str]:
    invoice = alice.sent_invoice()
    yield from ("/account", "/clients", f"/clients/{alice.client_id}", "/invoices", f"/invoices/{invoice['id']}")
    yield from (f"/invoices/{invoice['id']}/pdf", "/events", f"/events/{alice.events()[0]['id']}")


def test_whatever_is_read_has_a_version_and_is_not_sent_again(alice: Person) -> None:
    for path in readable(alice):
        first = alice.get(path)
        etag = first.headers["etag"]
        assert etag.startswith('"')
        for condition in (etag, f'"other", {etag}', f"W/{etag}", "*"):
            again = alice.get(path, headers={"if-none-match": condition})
            assert (again.status_code, again.content) == (304, b""), (path, condition)
            assert again.headers["etag"] == etag
        other = alice.get(path, headers={"if-none-match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content)


def test_every_change_gives_a_new_version(alice: Person, clock: FakeClock) -> None:
    invoice = alice.invoice(dueDate="2026-03-01")
    path = f"/invoices/{invoice['id']}"
    seen = {alice.get(path).headers["etag"]}
    for change in ({"notes": "x"}, {"status": "SENT"}, {"metadata": {"a": "b"}}, {"status": "VIEWED"}):
        changed = alice.patch(path, change)
        assert changed.headers["etag"] == alice.get(path).headers["etag"]
        seen.add(changed.headers["etag"])
    clock.advance(days=1)
    seen.add(alice.get(path).headers["etag"])  # overdue by now
    assert len(seen) == 6


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_to_a_client_may_insist_on_what_was_seen(alice: Person, method: str) -> None:
    path = f"/clients/{alice.client_id}"
    body = {} if method == "DELETE" else {"json": {"phone": "2"}}
    old = alice.get(path).headers["etag"]
    alice.patch(path, {"phone": "1"})
    before = alice.get(path).content
    for condition in (old, '"other"', f"W/{alice.get(path).headers['etag']}"):
        answer = alice.request(method, path, headers={"if-match": condition}, **body)
        expect.refusal(answer, "PRECONDITION_FAILED")
    assert alice.get(path).content == before
    current = alice.get(path).headers["etag"]
    assert alice.request(method, path, headers={"if-match": f"{old}, {current}"}, **body).status_code in (200, 204)


@pytest.mark.parametrize(("method", "suffix"), [("PATCH", ""), ("DELETE", ""), ("POST", "/void")])
def test_a_change_to_an_invoice_may_insist_on_what_was_seen(alice: Person, method: str, suffix: str) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    body = {"json": {"status": "SENT"}} if method == "PATCH" else {}
    old = alice.get(path).headers["etag"]
    alice.patch(path, {"notes": "x"})
    before = alice.get(path).content
    expect.refusal(alice.request(method, path + suffix, headers={"if-match": old}, **body), "PRECONDITION_FAILED")
    assert alice.get(path).content == before
    current = alice.get(path).headers["etag"]
    answer = alice.request(method, path + suffix, headers={"if-match": current}, **body)
    assert answer.status_code in (200, 204)


def test_a_change_to_the_account_may_insist_on_what_was_seen(alice: Person, clock: FakeClock) -> None:
    old = alice.get("/account").headers["etag"]
    alice.patch("/account", {"phone": "1"})
    expect.refusal(alice.patch("/account", {"phone": "2"}, headers={"if-match": old}), "PRECONDITION_FAILED")
    assert alice.patch("/account", {"phone": "2"}, headers={"if-match": "*"}).status_code == 200


def test_the_answer_to_a_write_has_the_version_that_reading_has(alice: Person) -> None:
    made = alice.post("/clients", {"name": "Acme"})
    assert made.headers["etag"] == alice.get(f"/clients/{made.json()['id']}").headers["etag"]
