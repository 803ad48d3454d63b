"""GET /numbering/audit and POST /numbering/start"""

from typing import Any

from cleverinvo.db.engine import Database
from tests.api import expect
from tests.conftest import Person


def series(alice: Person) -> list[dict[str, Any]]:
    return list(alice.get("/numbering/audit").json()["series"])


def test_every_number_has_its_fate(alice: Person, bob: Person) -> None:
    assert alice.get("/numbering/audit").json() == {"isGapless": True, "series": []}
    bob.invoice()
    made = [alice.sent_invoice() for _ in range(3)]
    alice.post(f"/invoices/{made[2]['id']}/void")
    alice.delete(f"/invoices/{alice.invoice()['id']}")
    alice.invoice()
    alice.post(f"/invoices/{made[0]['id']}/credit-notes")
    assert alice.get("/numbering/audit").json()["isGapless"] is True
    invoices, notes = series(alice)
    assert invoices == {
        "document": "invoice",
        "year": None,
        "first": 1,
        "last": 5,
        "missing": 0,
        "runs": [
            {"first": 1, "last": 2, "fate": "ISSUED"},
            {"first": 3, "last": 4, "fate": "VOID"},
            {"first": 5, "last": 5, "fate": "DRAFT"},
        ],
    }
    assert (notes["document"], notes["last"], notes["runs"][0]["fate"]) == ("credit_note", 1, "ISSUED")


def test_a_number_that_was_taken_away_is_missed(alice: Person, database: Database) -> None:
    for _ in range(3):
        alice.invoice()
    connection = database.driver.connect()
    connection.execute("UPDATE invoices SET number_seq = 9 WHERE number_seq = 2")
    connection.close()
    audit = alice.get("/numbering/audit").json()
    assert (audit["isGapless"], audit["series"][0]["missing"]) == (False, 1)
    assert audit["series"][0]["runs"][1] == {"first": 2, "last": 2, "fate": "MISSING"}


def test_a_series_may_begin_where_another_program_ended(alice: Person) -> None:
    assert alice.post("/numbering/start", {"next": 1042}).status_code == 200
    assert alice.invoice()["invoiceNumber"] == "INV-1042"
    assert alice.invoice()["invoiceNumber"] == "INV-1043"
    (audit,) = series(alice)
    assert (audit["first"], audit["last"], audit["missing"]) == (1042, 1043, 0)
    expect.refusal(alice.post("/numbering/start", {"next": 2000}), "CONFLICT")
    alice.post("/numbering/start", {"next": 7, "document": "credit_note"})
    note = alice.post(f"/invoices/{alice.sent_invoice()['id']}/credit-notes").json()
    assert note["creditNoteNumber"] == "CN-0007"


def test_yearly_series_begin_each_for_itself(alice: Person) -> None:
    alice.patch("/account", {"numberFormat": "{year}-{seq:03}"})
    expect.refusal(alice.post("/numbering/start", {"next": 5}), "VALIDATION_ERROR", "year")
    alice.post("/numbering/start", {"next": 5, "year": 2026})
    assert alice.invoice()["invoiceNumber"] == "2026-005"
    assert alice.invoice(issueDate="2027-01-01", dueDate="2027-01-31")["invoiceNumber"] == "2027-001"


def test_what_is_no_beginning_is_refused(alice: Person) -> None:
    for form, field in (({}, "next"), ({"next": 0}, "next"), ({"next": 1, "year": 2026}, "year")):
        expect.refusal(alice.post("/numbering/start", form), "VALIDATION_ERROR", field)
