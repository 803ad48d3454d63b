"""DELETE /invoices/{id}"""

from tests.api import expect
from tests.conftest import Person


def test_a_numbered_draft_becomes_void_and_its_number_stays_used(alice: Person) -> None:
    draft = alice.invoice()
    answer = alice.delete(f"/invoices/{draft['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    void = alice.get(f"/invoices/{draft['id']}").json()
    assert (void["status"], void["invoiceNumber"]) == ("VOID", "INV-0001")
    assert alice.events()[-1]["type"] == "invoice.voided"
    assert alice.invoice()["invoiceNumber"] == "INV-0002"
    assert alice.delete(f"/invoices/{draft['id']}").status_code == 204


def test_a_draft_without_a_number_disappears(alice: Person) -> None:
    alice.patch("/account", {"numbering": "onSend"})
    draft, other = alice.invoice(), alice.invoice()
    assert draft["invoiceNumber"] is None
    assert alice.delete(f"/invoices/{draft['id']}").status_code == 204
    event = alice.events()[-1]
    assert (event["type"], event["data"]) == ("invoice.deleted", draft)
    for again in (alice.get(f"/invoices/{draft['id']}"), alice.delete(f"/invoices/{draft['id']}")):
        expect.refusal(again, "NOT_FOUND")
    page = alice.get("/invoices").json()
    assert ([invoice["id"] for invoice in page["data"]], page["pagination"]["total"]) == ([other["id"]], 1)
    assert alice.get("/invoices?q=consulting").json()["pagination"]["total"] == 1
    assert alice.http.get(draft["pdfUrl"]).status_code == 404


def test_a_sent_invoice_is_not_deleted(alice: Person) -> None:
    for numbering in ("onCreate", "onSend"):
        alice.patch("/account", {"numbering": numbering})
        sent = alice.sent_invoice()
        error = expect.refusal(alice.delete(f"/invoices/{sent['id']}"), "CONFLICT")
        assert "void" in error["message"]
        assert alice.get(f"/invoices/{sent['id']}").json() == sent


def test_an_unknown_invoice_cannot_be_deleted(alice: Person) -> None:
    expect.refusal(alice.delete("/invoices/inv_0000000000000000abcd"), "NOT_FOUND")
