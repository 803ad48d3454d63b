"""`verify` finds what was changed behind the server's back."""

import pytest

from cleverinvo.db.engine import Database
from cleverinvo.settings import Settings
from cleverinvo.verify import everything
from tests.conftest import Person

TAMPERINGS = {
    "UPDATE invoices SET total = total + 1 WHERE number = 'INV-0001'": "total is not what the lines come to",
    "UPDATE invoices SET line_items = replace(line_items, '100.00', '100.01')": "is not what the lines come to",
    "UPDATE invoices SET number = 'INV-0009', number_seq = 9 WHERE number_seq = 1": "number 1 of series invoice",
    "UPDATE invoices SET amount_paid = 0": "counts other payments than it has",
    "UPDATE payments SET amount = amount - 1": "counts other payments than it has",
    "UPDATE counters SET invoice_count = 7": "7 invoices are counted, 2 are there",
    "UPDATE counters SET client_count = 0": "0 clients are counted, 1 are there",
    "DELETE FROM events WHERE sequence = 3": "after event 2 comes 4",
    "DELETE FROM series": "there are numbers of a series invoice 0 that was never begun",
}


def findings(settings: Settings) -> list[str]:
    report = everything.look(settings)
    assert (report.accounts, report.documents) == (1, 1)
    return [finding.what for finding in report.findings]


@pytest.fixture
def billed(alice: Person) -> Person:
    alice.invoice()
    sent = alice.sent_invoice()
    alice.get(f"/invoices/{sent['id']}/pdf")
    alice.patch(f"/invoices/{sent['id']}", {"status": "PAID"})
    return alice


def test_what_the_server_stores_is_sound(settings: Settings, billed: Person) -> None:
    assert findings(settings) == []


@pytest.mark.parametrize("fault", ["missing", "altered"])
def test_a_document_that_was_touched_is_found(settings: Settings, billed: Person, fault: str) -> None:
    (stored,) = (settings.data_dir / "documents").rglob("*.pdf")
    if fault == "missing":
        stored.unlink()
    else:
        stored.write_bytes(stored.read_bytes()[:-1] + b"!")
    (finding,) = findings(settings)
    assert finding.startswith(f"invoice INV-0002: The stored document {stored.stem}")
    assert fault in finding


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_tampering_is_found(database: Database, settings: Settings, billed: Person, statement: str) -> None:
    connection = database.driver.connect()
    connection.execute(statement)
    connection.close()
    assert any(TAMPERINGS[statement] in finding for finding in findings(settings))
