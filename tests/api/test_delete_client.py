"""DELETE /clients/{id}"""

import hashlib

from tests.api import expect
from tests.conftest import Person


def test_a_deleted_client_is_gone(alice: Person) -> None:
    path = f"/clients/{alice.client_id}"
    answer = alice.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    for again in (alice.get(path), alice.put(path, {"name": "A"}), alice.delete(path)):
        expect.refusal(again, "NOT_FOUND")


def test_deleting_is_an_event_with_the_client_as_it_was(alice: Person) -> None:
    client = alice.get(f"/clients/{alice.client_id}").json()
    alice.delete(f"/clients/{alice.client_id}")
    event = alice.events()[-1]
    assert (event["type"], event["data"]) == ("client.deleted", client)


def test_its_invoices_keep_their_copy_of_it(alice: Person) -> None:
    draft, sent = alice.invoice(), alice.sent_invoice()
    pdf = alice.get(f"/invoices/{sent['id']}/pdf").content
    sent["pdfSha256"] = hashlib.sha256(pdf).hexdigest()
    assert alice.delete(f"/clients/{alice.client_id}").status_code == 204
    for invoice in (draft, sent):
        assert alice.get(f"/invoices/{invoice['id']}").json() == invoice
    assert alice.get(f"/invoices/{sent['id']}/pdf").content == pdf
    assert alice.get(f"/invoices/{draft['id']}/pdf").status_code == 200
    assert alice.get("/invoices", params={"q": "alice's client"}).json()["pagination"]["total"] == 2


def test_its_draft_can_still_be_finished(alice: Person) -> None:
    draft = alice.invoice()
    alice.delete(f"/clients/{alice.client_id}")
    assert alice.patch(f"/invoices/{draft['id']}", {"notes": "Thanks"}).json()["notes"] == "Thanks"
    assert alice.patch(f"/invoices/{draft['id']}", {"status": "PAID"}).json()["status"] == "PAID"


def test_it_is_no_longer_billed(alice: Person) -> None:
    alice.delete(f"/clients/{alice.client_id}")
    line = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
    body = {"clientId": alice.client_id, "lineItems": [line]}
    expect.refusal(alice.post("/invoices", body), "VALIDATION_ERROR", "clientId")
