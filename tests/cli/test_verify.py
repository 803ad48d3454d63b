"""`verify` finds what was changed behind the server's back."""

import pytest

from cleverinvo import verify
from cleverinvo.db.engine import Database
from tests.conftest import Person, TestClient

TAMPERINGS = {
    "UPDATE invoices SET total = total + 1 WHERE number = 'INV-0001'": "total is not what the lines come to",
    "UPDATE invoices SET line_items = replace(line_items, '100.00', '100.01')": "is not what the lines come to",
    "UPDATE invoices SET number = 'INV-0009', number_seq = 9 WHERE number_seq = 1": "number 1 of series invoice",
    "UPDATE invoices SET amount_paid = 0": "counts other payments than it has",
    "UPDATE payments SET amount = amount - 1": "counts other payments than it has",
    "UPDATE counters SET invoice_count = 7": "7 invoices are counted, 2 are there",
    "UPDATE counters SET client_count = 0": "0 clients are counted, 1 are there",
    "DELETE FROM events WHERE sequence = 3": "after event 2 comes 4",
    "DELETE FROM series": "there are numbers of a series 0 that was never begun",
}


def findings(server: TestClient, database: Database) -> list[str]:
    assert server.portal is not None
    return [finding.what for finding in server.portal.call(database.scan, verify.verify).findings]


@pytest.fixture
def billed(alice: Person) -> Person:
    alice.invoice()
    alice.patch(f"/invoices/{alice.sent_invoice()['id']}", {"status": "PAID"})
    return alice


def test_what_the_server_stores_is_sound(server: TestClient, database: Database, billed: Person) -> None:
    assert findings(server, database) == []


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_tampering_is_found(server: TestClient, database: Database, billed: Person, statement: str) -> None:
    connection = database.driver.connect()
    connection.execute(statement)
    connection.close()
    assert any(TAMPERINGS[statement] in finding for finding in findings(server, database))
