"""The ledger: what makes the business record leaves an entry, once, chained to the one before."""

import hashlib
import json
from typing import Any

import pytest

from cleverinvo.db.engine import Database
from cleverinvo.invoices.forms import ChangeInvoice
from cleverinvo.lifecycle import actions as lifecycle
from tests.api import expect
from tests.conftest import Person


def entries(person: Person, **query: Any) -> list[dict[str, Any]]:
    return list(person.get("/ledger", params={"limit": 100, **query}).json()["data"])


def types(person: Person, **query: Any) -> list[str]:
    return [entry["type"] for entry in entries(person, **query)]


def canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: Any) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def test_what_makes_the_record_leaves_an_entry(alice: Person) -> None:
    paid, credited, void = alice.sent_invoice(), alice.sent_invoice(), alice.sent_invoice()
    payment = alice.post(f"/invoices/{paid['id']}/payments", {"amount": 40}).json()
    alice.delete(f"/payments/{payment['id']}")
    note = alice.post(f"/invoices/{credited['id']}/credit-notes").json()
    alice.post(f"/invoices/{void['id']}/void")
    assert types(alice) == [
        *("invoice.issued", "invoice.issued", "invoice.issued", "payment.recorded", "payment.reversed"),
        *("credit_note.issued", "invoice.voided"),
    ]
    assert types(alice, objectId=void["id"]) == ["invoice.issued", "invoice.voided"]
    assert types(alice, type="credit_note.issued") == ["credit_note.issued"]
    (entry,) = entries(alice, objectId=note["id"])
    assert (entry["objectType"], entry["record"]["creditNoteNumber"]) == ("credit_note", "CN-0001")
    assert alice.get(f"/ledger/{entry['id']}").json() == entry


def test_an_entry_holds_the_invoice_as_it_was_sent(alice: Person) -> None:
    invoice = alice.sent_invoice(notes="Thanks, “Zoë” \u2028 & co", metadata={"a": "b"})
    alice.patch(f"/clients/{alice.client_id}", {"name": "Renamed"})
    (entry,) = entries(alice)
    record = entry["record"]
    assert (record["invoiceNumber"], record["total"], record["sentAt"]) == (
        "INV-0001",
        "100.00",
        invoice["sentAt"],
    )
    assert record["parties"]["client"]["name"] == "Alice's client"
    assert record["notes"] == invoice["notes"]
    assert record["lineItems"][0]["quantity"] == "1"
    assert not {"status", "metadata", "amountPaid", "viewedAt", "pdfSha256"} & record.keys()


def test_the_chain_can_be_worked_out_again_from_the_answers(alice: Person) -> None:
    for _ in range(3):
        invoice = alice.invoice(notes="“Grüße” \t\\ /")
        alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    previous = "0" * 64
    for place, entry in enumerate(entries(alice)):
        assert entry["sequence"] == place + 1
        assert entry["previousHash"] == previous
        assert sha256(entry.pop("record")) == entry["recordSha256"]
        previous = entry.pop("hash")
        assert sha256(entry) == previous
    assert place == 5


def test_entries_say_who_it_was(alice: Person, database: Database) -> None:
    first, second = alice.invoice(), alice.sent_invoice()
    assert alice.http.portal is not None
    form = ChangeInvoice(status="SENT")
    alice.http.portal.call(database.write, lifecycle.change, alice.account_id, first["id"], form)
    alice.get(f"/invoices/{second['id']}/pdf")
    assert alice.get(f"/invoices/{second['id']}").json()["pdfSha256"] == entries(alice)[-1]["record"]["pdfSha256"]
    by = {(entry["type"], entry["by"].partition("_")[0]) for entry in entries(alice)}
    assert by == {("invoice.issued", "key"), ("invoice.issued", "server"), ("invoice.document_stored", "server")}


def test_a_draft_leaves_none_until_it_is_given_up_with_its_number(alice: Person) -> None:
    draft = alice.invoice()
    alice.patch(f"/invoices/{draft['id']}", {"notes": "changed"})
    assert entries(alice) == []
    alice.delete(f"/invoices/{draft['id']}")
    (entry,) = entries(alice)
    assert (entry["type"], entry["record"]["invoiceNumber"]) == ("invoice.voided", "INV-0001")


def test_what_is_refused_or_repeated_leaves_none(alice: Person) -> None:
    invoice = alice.sent_invoice()
    expect.refusal(
        alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 101}), "VALIDATION_ERROR", "amount"
    )
    for _ in range(2):
        alice.patch(f"/invoices/{invoice['id']}", {"status": "SENT"})
        alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1}, headers={"idempotency-key": "once"})
    assert types(alice) == ["invoice.issued", "payment.recorded"]


def test_entries_come_in_their_order_page_by_page(alice: Person) -> None:
    for _ in range(3):
        alice.sent_invoice()
    first = alice.get("/ledger?limit=2").json()
    second = alice.get(f"/ledger?limit=2&cursor={first['pagination']['nextCursor']}").json()
    assert [entry["sequence"] for entry in first["data"] + second["data"]] == [1, 2, 3]
    assert [entry["sequence"] for entry in entries(alice, sort="-sequence")] == [3, 2, 1]
    assert first["pagination"]["total"] == 3


@pytest.mark.parametrize("statement", ["UPDATE ledger SET hash = 'x'", "DELETE FROM ledger"])
def test_the_database_itself_refuses_to_change_it(alice: Person, database: Database, statement: str) -> None:
    alice.sent_invoice()
    before = entries(alice)
    connection = database.driver.connect()
    with pytest.raises(Exception, match="the ledger is never changed"):
        connection.execute(statement)
    connection.close()
    assert entries(alice) == before
