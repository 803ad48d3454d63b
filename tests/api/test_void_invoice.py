"""POST /invoices/{id}/void"""

import pytest

from tests.api import expect
from tests.conftest import FakeClock, Person
from tests.reading import sha256, words_of


@pytest.mark.parametrize("status", ["DRAFT", "SENT", "VIEWED"])
def test_a_void_invoice_keeps_its_number_and_owes_nothing_new(
    alice: Person, clock: FakeClock, status: str
) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    for step in {"SENT": ["SENT"], "VIEWED": ["SENT", "VIEWED"]}.get(status, []):
        alice.patch(path, {"status": step})
    before = alice.get(path).json()
    clock.advance(minutes=1)
    void = alice.post(f"{path}/void")
    assert void.status_code == 200
    now = "2026-03-01T10:31:00.000Z"
    assert void.json() == {**before, "status": "VOID", "voidedAt": now, "updatedAt": now}
    assert alice.events()[-1]["type"] == "invoice.voided"


def test_voiding_twice_is_voiding_once(alice: Person, clock: FakeClock) -> None:
    path = f"/invoices/{alice.invoice()['id']}/void"
    first, events = alice.post(path), alice.events()
    clock.advance(minutes=1)
    assert alice.post(path).content == first.content
    assert alice.events() == events


def test_what_was_paid_must_go_back_first(alice: Person) -> None:
    for step in ({"status": "PAID"}, {"status": "PARTIALLY_PAID", "amountPaid": 1}):
        invoice = alice.invoice()
        alice.patch(f"/invoices/{invoice['id']}", step)
        expect.refusal(alice.post(f"/invoices/{invoice['id']}/void"), "INVALID_TRANSITION")


def test_a_draft_without_a_number_is_deleted_instead(alice: Person) -> None:
    alice.patch("/account", {"numbering": "onSend"})
    expect.refusal(alice.post(f"/invoices/{alice.invoice()['id']}/void"), "INVALID_TRANSITION")


def test_a_void_invoice_is_changed_no_more(alice: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    alice.post(f"{path}/void")
    expect.refusal(alice.patch(path, {"notes": "x"}), "CONFLICT")
    expect.refusal(alice.patch(path, {"status": "SENT"}), "INVALID_TRANSITION")


def test_an_unknown_invoice_cannot_be_voided(alice: Person) -> None:
    expect.refusal(alice.post("/invoices/inv_0000000000000000abcd/void"), "NOT_FOUND")


def test_a_void_request_has_no_fields(alice: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}/void"
    expect.refusal(alice.post(path, {"reason": "x"}), "VALIDATION_ERROR", "reason")
    assert alice.request("POST", path).status_code == 200


def test_the_document_of_a_void_invoice_is_stamped_and_the_one_that_was_sent_kept(alice: Person) -> None:
    invoice = alice.sent_invoice()
    path = f"/invoices/{invoice['id']}"
    sent = alice.get(f"{path}/pdf").content
    assert "VOID" not in words_of(sent).upper()
    alice.post(f"{path}/void")
    for stamped in (alice.get(f"{path}/pdf").content, alice.http.get(invoice["pdfUrl"]).content):
        assert "VOID" in words_of(stamped).upper()
    assert alice.get(f"{path}/pdf?original=true").content == sent
    assert alice.get(path).json()["pdfSha256"] == sha256(sent)
