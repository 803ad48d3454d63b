"""Idempotency keys: the same request twice is done once, and answered twice with the same bytes."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.engine import Database
from cleverinvo.web import idempotency
from tests.api import expect
from tests.conftest import FakeClock, Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
KEY = {"idempotency-key": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}

WRITES: dict[str, Callable[[Person], tuple[str, str, Any]]] = {
    "create client": lambda alice: ("POST", "/clients", {"name": "Acme"}),
    "change client": lambda alice: ("PUT", f"/clients/{alice.client_id}", {"phone": "1"}),
    "create invoice": lambda alice: ("POST", "/invoices", {"clientId": alice.client_id, "lineItems": [LINE]}),
    "send invoice": lambda alice: ("PATCH", f"/invoices/{alice.invoice()['id']}", {"status": "SENT"}),
    "void invoice": lambda alice: ("POST", f"/invoices/{alice.invoice()['id']}/void", {}),
    "duplicate invoice": lambda alice: ("POST", f"/invoices/{alice.invoice()['id']}/duplicate", {}),
    "batch": lambda alice: (
        "POST",
        "/invoices/batch",
        {"invoices": [{"clientId": alice.client_id, "lineItems": [LINE]}] * 3},
    ),
    "change account": lambda alice: ("PATCH", "/account", {"phone": "1"}),
}


def invoice_body(alice: Person, **fields: Any) -> dict[str, Any]:
    return {"clientId": alice.client_id, "lineItems": [LINE], **fields}


@pytest.mark.parametrize("write", WRITES)
def test_a_repeated_request_gets_the_stored_answer_to_the_byte(
    alice: Person, clock: FakeClock, write: str
) -> None:
    method, path, body = WRITES[write](alice)
    first = alice.request(method, path, json=body, headers=KEY)
    assert first.status_code in (200, 201)
    assert "idempotent-replayed" not in first.headers
    events = alice.events()
    clock.advance(days=29)
    again = alice.request(method, path, json=body, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("location", "etag", "content-type"):
        assert again.headers.get(name) == first.headers.get(name)
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert alice.events() == events


def test_another_body_or_path_under_the_same_key_is_refused(alice: Person) -> None:
    assert alice.post("/clients", {"name": "Acme"}, headers=KEY).status_code == 201
    before = alice.events()
    expect.refusal(alice.post("/clients", {"name": "Other"}, headers=KEY), "IDEMPOTENCY_KEY_REUSED")
    expect.refusal(alice.post("/invoices", invoice_body(alice), headers=KEY), "IDEMPOTENCY_KEY_REUSED")
    answer = alice.patch(f"/clients/{alice.client_id}", {"name": "Acme"}, headers=KEY)
    expect.refusal(answer, "IDEMPOTENCY_KEY_REUSED")
    assert alice.events() == before


def test_a_refusal_that_can_be_mended_is_not_stored(alice: Person) -> None:
    for field, body in (("name", {"name": ""}), ("nmae", {"name": "x", "nmae": "x"}), ("name", {})):
        expect.refusal(alice.post("/clients", body, headers=KEY), "VALIDATION_ERROR", field)
    assert alice.post("/clients", {"name": "Acme"}, headers=KEY).status_code == 201


def test_a_refusal_found_by_the_verb_is_not_stored_either(alice: Person) -> None:
    body = invoice_body(alice, clientId="cli_0000000000000000abcd")
    expect.refusal(alice.post("/invoices", body, headers=KEY), "VALIDATION_ERROR", "clientId")
    assert alice.post("/invoices", invoice_body(alice), headers=KEY).status_code == 201


def test_a_refusal_that_lies_in_the_data_is_stored(alice: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    refused = alice.patch(path, {"status": "OVERDUE"}, headers=KEY)
    first = expect.refusal(refused, "INVALID_TRANSITION")
    again = alice.patch(path, {"status": "OVERDUE"}, headers={**KEY, "x-request-id": "second"})
    assert (again.status_code, again.content) == (409, refused.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["error"]["requestId"] == first["requestId"]
    for number, (method, target, headers, code) in enumerate(
        [
            ("POST", "/invoices/inv_0000000000000000abcd/void", {}, "NOT_FOUND"),
            ("POST", f"{path}/void", {"if-match": '"old"'}, "PRECONDITION_FAILED"),
        ]
    ):
        key = {"idempotency-key": f"stored-{number}", **headers}
        first_answer = alice.request(method, target, headers=key)
        assert first_answer.json()["error"]["code"] == code
        assert alice.request(method, target, headers=key).content == first_answer.content


@contextmanager
def held_up(alice: Person) -> Iterator[None]:
    """While this lasts, what Alice writes waits."""
    database: Database = alice.http.app.database  # type: ignore[attr-defined]
    started, may_go_on = threading.Event(), threading.Event()

    def wait(_: Any, __: int) -> None:
        started.set()
        may_go_on.wait(10)

    assert alice.http.portal is not None
    waiting = alice.http.portal.start_task_soon(database.write, wait, alice.account_id)
    assert started.wait(10)
    try:
        yield
    finally:
        may_go_on.set()
        waiting.result()


def test_a_copy_that_comes_while_the_first_still_runs_is_told_to_wait(alice: Person) -> None:
    with ThreadPoolExecutor(1) as threads:
        with held_up(alice):
            first = threads.submit(alice.post, "/clients", {"name": "Acme"}, headers=KEY)
            while not alice.http.app._api._running._keys:  # type: ignore[attr-defined]
                threading.Event().wait(0.001)
            expect.refusal(alice.post("/clients", {"name": "Acme"}, headers=KEY), "IDEMPOTENCY_IN_PROGRESS")
        made = first.result()
    assert made.status_code == 201
    assert alice.post("/clients", {"name": "Acme"}, headers=KEY).content == made.content


def test_of_copies_sent_at_once_one_is_done(alice: Person) -> None:
    body = invoice_body(alice)
    keys = [f"key-{number}" for number in range(40)]
    copies = [key for key in keys for _ in range(4)]
    random.Random(1).shuffle(copies)

    def send(key: str) -> tuple[str, Any]:
        while True:
            answer = alice.post("/invoices", body, headers={"idempotency-key": key})
            if answer.status_code != 409:
                return key, answer

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(send, copies))
    assert {answer.status_code for _, answer in answers} == {201}
    assert len({(key, answer.content) for key, answer in answers}) == len(keys)
    numbers = {answer.json()["invoiceNumber"] for _, answer in answers}
    assert numbers == {f"INV-{number:04}" for number in range(1, 41)}
    assert alice.get("/invoices").json()["pagination"]["total"] == 40


def refuse_records(database: Database) -> str:
    """Make the database refuse to store answers; the SQL that lifts it."""
    is_sqlite = database.driver.dialect.name == "sqlite"
    connection = database.driver.connect()
    connection.execute(
        "CREATE TRIGGER no_records BEFORE INSERT ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'refused'); END"
        if is_sqlite
        else "ALTER TABLE idempotency_keys ADD CONSTRAINT no_records CHECK (false) NOT VALID"
    )
    connection.close()
    return "DROP TRIGGER no_records" if is_sqlite else "ALTER TABLE idempotency_keys DROP CONSTRAINT no_records"


def test_effect_and_record_are_stored_together_or_not_at_all(alice: Person, database: Database) -> None:
    before = alice.events()
    lift = refuse_records(database)
    expect.refusal(alice.post("/invoices", invoice_body(alice), headers=KEY), "INTERNAL_ERROR")
    assert alice.events() == before
    assert alice.get("/invoices").json()["pagination"]["total"] == 0
    assert alice.post("/invoices", invoice_body(alice)).json()["invoiceNumber"] == "INV-0001"
    connection = database.driver.connect()
    connection.execute(lift)
    connection.close()
    made = alice.post("/invoices", invoice_body(alice), headers=KEY)
    assert (made.status_code, made.json()["invoiceNumber"]) == (201, "INV-0002")


def test_a_key_is_kept_for_thirty_days(alice: Person, clock: FakeClock, database: Database) -> None:
    made = alice.post("/clients", {"name": "Acme"}, headers=KEY)
    assert alice.http.portal is not None
    clock.advance(days=30)
    alice.http.portal.call(database.write, idempotency.forget_old, NO_ACCOUNT)
    assert alice.post("/clients", {"name": "Acme"}, headers=KEY).content == made.content
    clock.advance(seconds=1)
    alice.http.portal.call(database.write, idempotency.forget_old, NO_ACCOUNT)
    again = alice.post("/clients", {"name": "Acme"}, headers=KEY)
    assert (again.status_code, again.json()["id"] == made.json()["id"]) == (201, False)


def test_a_key_in_quotes_is_the_same_key(alice: Person) -> None:
    made = alice.post("/clients", {"name": "Acme"}, headers={"idempotency-key": "k 1"})
    again = alice.post("/clients", {"name": "Acme"}, headers={"idempotency-key": '"k 1"'})
    assert again.content == made.content
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "a\tb", "\u00e9", 'a"b', "a\\b"])
def test_what_is_no_key_is_refused(alice: Person, key: str) -> None:
    headers = {"idempotency-key": key.encode("latin-1")}
    expect.refusal(alice.request("POST", "/clients", json={"name": "A"}, headers=headers), "BAD_REQUEST")
    assert alice.get("/clients").json()["pagination"]["total"] == 1


def test_the_longest_key_is_fine(alice: Person) -> None:
    headers = {"idempotency-key": "x" * 255}
    assert alice.post("/clients", {"name": "A"}, headers=headers).status_code == 201


def test_alices_keys_are_not_bobs(alice: Person, bob: Person) -> None:
    one, other = (person.post("/clients", {"name": "Acme"}, headers=KEY) for person in (alice, bob))
    assert (one.status_code, other.status_code) == (201, 201)
    assert one.json()["id"] != other.json()["id"]
    assert "idempotent-replayed" not in other.headers


def test_a_preview_has_no_use_for_a_key(alice: Person) -> None:
    for notes in ("one", "other"):
        assert alice.post("/invoices/preview", invoice_body(alice, notes=notes), headers=KEY).status_code == 200
    assert alice.post("/invoices", invoice_body(alice), headers=KEY).status_code == 201
