"""Credit notes: what was billed is taken back by a document of its own, never rewritten."""

from decimal import Decimal
from typing import Any

import pytest

from tests import official, reading
from tests.api import expect
from tests.conftest import FakeClock, Person

LINES = [
    {"description": "Design", "quantity": 3, "unitPrice": "33.335", "taxRate": 19, "discountRate": 10},
    {"description": "Hosting", "quantity": "2.5", "unitPrice": 40, "taxRate": 7},
    {"description": "Goodwill", "quantity": -1, "unitPrice": 5, "taxRate": 19},
]


def credit(alice: Person, invoice: dict[str, Any], **form: Any) -> dict[str, Any]:
    answer = alice.post(f"/invoices/{invoice['id']}/credit-notes", form)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/credit-notes/{answer.json()['id']}"
    return expect.exact(answer)


def of(alice: Person, invoice: dict[str, Any]) -> dict[str, Any]:
    return expect.exact(alice.get(f"/invoices/{invoice['id']}"))


def test_a_credit_note_in_full_mirrors_the_invoice(alice: Person) -> None:
    invoice = alice.sent_invoice(lineItems=LINES, discountAmount=7)
    before = of(alice, invoice)
    note = credit(alice, invoice, reason="Wrong client")
    for name in ("subtotal", "taxTotal", "discountTotal", "total", "taxBreakdown", "clientId", "currency"):
        assert note[name] == before[name], name
    for place, line in enumerate(note["lineItems"]):
        assert line == {**before["lineItems"][place], "index": place}
    assert (note["creditNoteNumber"], note["invoiceNumber"], note["reason"]) == (
        "CN-0001",
        "INV-0001",
        "Wrong client",
    )
    assert (note["appliedAmount"], note["refundAmount"]) == (before["total"], 0)
    after = of(alice, invoice)
    assert (after["status"], after["amountDue"], after["amountPaid"]) == ("PAID", 0, 0)
    assert after["amountCredited"] == before["total"]
    assert [event["type"] for event in alice.events()[-2:]] == ["credit_note.issued", "invoice.paid"]
    assert alice.get(f"/credit-notes/{note['id']}").json()["id"] == note["id"]
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/credit-notes"), "CONFLICT")


def test_piece_by_piece_it_comes_to_the_last_cent(alice: Person) -> None:
    invoice = alice.sent_invoice(lineItems=LINES, discountAmount=7)
    total = of(alice, invoice)["total"]
    notes = [credit(alice, invoice, lines=[{"index": 0, "quantity": 1}]) for _ in range(2)]
    notes.append(credit(alice, invoice, lines=[{"index": 1, "quantity": "0.7"}]))
    notes.append(credit(alice, invoice))
    assert [note["creditNoteNumber"] for note in notes] == ["CN-0001", "CN-0002", "CN-0003", "CN-0004"]
    for note in notes:
        assert note["total"] == note["subtotal"] - note["discountTotal"] + note["taxTotal"]
        assert note["taxTotal"] == sum(share["taxAmount"] for share in note["taxBreakdown"])
    assert sum(note["total"] for note in notes) == total
    assert sum(note["taxTotal"] for note in notes) == of(alice, invoice)["taxTotal"]


def test_what_was_paid_already_stands_as_refund(alice: Person) -> None:
    invoice = alice.sent_invoice()
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 80})
    first = credit(alice, invoice, lines=[{"index": 0, "quantity": "0.5"}])
    assert (first["total"], first["appliedAmount"], first["refundAmount"]) == (50, 20, 30)
    after = of(alice, invoice)
    assert (after["status"], after["amountDue"], after["amountCredited"]) == ("PAID", 0, 50)
    second = credit(alice, invoice)
    assert (second["appliedAmount"], second["refundAmount"]) == (0, 50)
    assert alice.events()[-1]["type"] == "invoice.updated"


def test_a_payment_reversed_after_a_refund_is_due_less_the_credit(alice: Person) -> None:
    invoice = alice.sent_invoice()
    payment = alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 100}).json()
    credit(alice, invoice, lines=[{"index": 0, "quantity": "0.3"}])
    alice.delete(f"/payments/{payment['id']}")
    after = of(alice, invoice)
    assert (after["status"], after["amountDue"], after["paidAt"]) == ("SENT", Decimal("70.00"), None)
    expect.refusal(
        alice.post(f"/invoices/{invoice['id']}/payments", {"amount": "70.01"}), "VALIDATION_ERROR", "amount"
    )
    assert alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"}).json()["amountPaid"] == 70


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([{"index": 0, "quantity": 4}], "lines[0].quantity"),
        ([{"index": 0, "quantity": 0}], "lines[0].quantity"),
        ([{"index": 0, "quantity": -1}], "lines[0].quantity"),
        ([{"index": 2, "quantity": 1}], "lines[0].quantity"),
        ([{"index": 3, "quantity": 1}], "lines[0].index"),
        ([{"index": 0, "quantity": 1}, {"index": 0, "quantity": 1}], "lines[1].index"),
        ([{"index": 2, "quantity": -1}], "lines"),
        ([], "lines"),
    ],
)
def test_no_more_is_taken_back_than_was_billed(alice: Person, lines: list[dict[str, Any]], field: str) -> None:
    invoice = alice.sent_invoice(lineItems=LINES)
    events = alice.events()
    answer = alice.post(f"/invoices/{invoice['id']}/credit-notes", {"lines": lines})
    expect.refusal(answer, "VALIDATION_ERROR", field)
    assert alice.events() == events
    assert credit(alice, invoice)["creditNoteNumber"] == "CN-0001"


def test_lines_alone_may_not_come_to_more_than_the_invoice(alice: Person) -> None:
    invoice = alice.sent_invoice(lineItems=LINES)
    more = [{"index": 0, "quantity": 3}, {"index": 1, "quantity": "2.5"}]
    expect.refusal(
        alice.post(f"/invoices/{invoice['id']}/credit-notes", {"lines": more}), "VALIDATION_ERROR", "lines"
    )


@pytest.mark.parametrize("status", ["DRAFT", "VOID"])
def test_only_what_was_sent_is_credited(alice: Person, status: str) -> None:
    invoice = alice.invoice()
    alice.patch(f"/invoices/{invoice['id']}", {"status": status})
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/credit-notes"), "INVALID_TRANSITION")


def test_a_credited_invoice_cannot_be_voided_as_well(alice: Person) -> None:
    invoice = alice.sent_invoice()
    credit(alice, invoice, lines=[{"index": 0, "quantity": "0.5"}])
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/void"), "INVALID_TRANSITION")


def test_credit_notes_are_listed(alice: Person, bob: Person) -> None:
    invoice, other = alice.sent_invoice(), alice.sent_invoice()
    credit(bob, bob.sent_invoice())
    for one in (invoice, other):
        credit(alice, one)
    for path, numbers in {
        "/credit-notes": ["CN-0002", "CN-0001"],
        "/credit-notes?sort=createdAt": ["CN-0001", "CN-0002"],
        f"/credit-notes?invoiceId={other['id']}": ["CN-0002"],
        f"/credit-notes?clientId={alice.client_id}": ["CN-0002", "CN-0001"],
        f"/invoices/{invoice['id']}/credit-notes": ["CN-0001"],
    }.items():
        assert [one["creditNoteNumber"] for one in alice.get(path).json()["data"]] == numbers, path


def test_its_document_is_an_e_invoice_of_type_381_and_stays_the_same(alice: Person, clock: FakeClock) -> None:
    seller = {"countryCode": "DE", "taxId": "DE123456789", "locale": "de", "currency": "EUR"}
    alice.patch("/account", seller)
    alice.patch(f"/clients/{alice.client_id}", {"countryCode": "DE"})
    invoice = alice.sent_invoice(lineItems=LINES, discountAmount=7)
    original = alice.get(f"/invoices/{invoice['id']}/pdf").content
    note = credit(alice, invoice, lines=[{"index": 0, "quantity": 2}], reason="Nicht geliefert")
    pdf = alice.get(f"/credit-notes/{note['id']}/pdf")
    assert pdf.headers["content-disposition"] == 'inline; filename="CN-0001.pdf"'
    text = reading.words_of(pdf.content)
    for word in ("Gutschrift", "CN-0001", "INV-0001", "Nicht geliefert"):
        assert word in text, (word, text)
    stored = alice.get(f"/credit-notes/{note['id']}").json()["pdfSha256"]
    assert stored == reading.sha256(pdf.content)
    xml = alice.get(f"/credit-notes/{note['id']}/xml").text
    assert "<ram:TypeCode>381</ram:TypeCode>" in xml
    assert "INV-0001" in xml
    assert official.schema_faults(xml) == []
    assert official.check("cen-cii", xml).failed == []
    alice.patch("/account", {"name": "Another name"})
    clock.advance(days=1)
    assert alice.get(f"/credit-notes/{note['id']}/pdf").content == pdf.content
    assert alice.get(f"/invoices/{invoice['id']}/pdf").content == original


def test_revising_credits_and_drafts_anew(alice: Person) -> None:
    invoice = alice.sent_invoice(lineItems=LINES, notes="Thanks")
    answer = alice.post(f"/invoices/{invoice['id']}/revise")
    assert answer.status_code == 201
    draft = answer.json()
    assert answer.headers["location"] == f"/api/v1/invoices/{draft['id']}"
    assert (draft["status"], draft["revises"], draft["total"]) == ("DRAFT", invoice["id"], invoice["total"])
    after = alice.get(f"/invoices/{invoice['id']}").json()
    assert (after["revisedBy"], after["amountCredited"]) == (draft["id"], invoice["total"])
    changed = alice.patch(f"/invoices/{draft['id']}", {"notes": "Better", "status": "SENT"}).json()
    assert (changed["revises"], changed["status"], changed["notes"]) == (invoice["id"], "SENT", "Better")
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/revise"), "CONFLICT")
    expect.refusal(alice.post(f"/invoices/{alice.invoice()['id']}/revise"), "INVALID_TRANSITION")


def test_a_revision_that_is_given_up_is_named_no_more(alice: Person) -> None:
    alice.patch("/account", {"numbering": "onSend"})
    invoice = alice.sent_invoice()
    draft = alice.post(f"/invoices/{invoice['id']}/revise").json()
    alice.delete(f"/invoices/{draft['id']}")
    assert alice.get(f"/invoices/{invoice['id']}").json()["revisedBy"] is None
    assert [event["type"] for event in alice.events()[-2:]] == ["invoice.deleted", "invoice.updated"]


def test_an_invoice_of_nothing_cannot_be_credited_or_revised(alice: Person) -> None:
    free = alice.sent_invoice(lineItems=[{"description": "Courtesy", "quantity": 1, "unitPrice": 0}])
    for verb in ("credit-notes", "revise"):
        expect.refusal(alice.post(f"/invoices/{free['id']}/{verb}"), "CONFLICT")


def test_a_request_whose_fields_can_all_be_left_out_needs_no_body(alice: Person) -> None:
    path = f"/invoices/{alice.sent_invoice()['id']}/credit-notes"
    assert alice.request("POST", path).status_code == 201
    expect.refusal(alice.request("POST", "/invoices"), "UNSUPPORTED_MEDIA_TYPE")
    expect.refusal(alice.request("PATCH", f"/clients/{alice.client_id}"), "UNSUPPORTED_MEDIA_TYPE")
