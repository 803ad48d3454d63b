"""`verify` finds what was changed behind the server's back."""

import pytest
from sqlalchemy import bindparam, select

from cleverinvo.db.engine import Database
from cleverinvo.db.schema import invoices
from cleverinvo.db.transaction import Tx
from cleverinvo.settings import Settings
from cleverinvo.verify import everything
from tests.conftest import Person
from tests.tampering import Hand

TAMPERINGS = {
    "UPDATE invoices SET view_count = 7": "the row was changed behind the server's back",
    "UPDATE events SET data = replace(data, 'Consulting', 'consulting')": "the row was changed",
    "UPDATE invoices SET total = total + 1 WHERE number = 'INV-0001'": "total is not what the lines come to",
    "UPDATE invoices SET line_items = replace(line_items, '100.00', '100.01')": "is not what the lines come to",
    "UPDATE series SET first_number = 2": "number 1 is not one of series invoice",
    "UPDATE invoices SET number = 'INV-0009', number_seq = 9 WHERE number_seq = 2": "number 2 of series invoice",
    "UPDATE invoices SET amount_paid = 0": "counts other payments than it has",
    "UPDATE payments SET amount = amount - 1": "(payment.recorded) says it was",
    "UPDATE counters SET invoice_count = 7": "7 invoices are counted, 2 are there",
    "UPDATE counters SET client_count = 0": "0 clients are counted, 1 are there",
    "DELETE FROM events WHERE sequence = 3": "after event 2 comes 4",
    "UPDATE counters SET event_sequence = 1": "1 events are counted, the newest is",
    "DELETE FROM payments": "of which nothing is stored",
    "DELETE FROM series": "there are numbers of a series invoice 0 that was never begun",
}
"""One after another, with what is found of each and was not before."""

FORGERIES = {
    "UPDATE ledger SET record = replace(record, 'Consulting', 'consulting')": "entry 1 has another record than",
    "UPDATE ledger SET previous_hash = hash WHERE sequence = 2": "entry 2 does not follow the entry before",
    "UPDATE ledger SET created_at = '2025' WHERE sequence = 1": "ledger entry 1 was rewritten",
    "DELETE FROM ledger WHERE sequence = 2": "the ledger is broken: after entry 1 comes 3",
    "UPDATE ledger SET sequence = 9 - sequence": "the ledger is broken: after entry 0 comes 6",
    "DELETE FROM ledger": "the ledger does not tell of invoice.issued",
}
"""The same, past the guards of the database."""


def findings(settings: Settings) -> list[str]:
    report = everything.look(settings)
    assert report.accounts == 1
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


def test_a_document_that_was_touched_is_found(settings: Settings, billed: Person) -> None:
    (stored,) = (settings.data_dir / "documents").rglob("*.pdf")
    content = stored.read_bytes()
    for touched in (content[:-1] + b"!", content[:-1], b""):
        stored.write_bytes(touched)
        (finding,) = findings(settings)
        assert finding.startswith(f"invoice INV-0002: The stored document {stored.stem} was altered")
    stored.unlink()
    (finding,) = findings(settings)
    assert finding.startswith(f"invoice INV-0002: The stored document {stored.stem} is missing")


def test_tampering_is_found(settings: Settings, billed: Person) -> None:
    before: list[str] = []
    for statement, told in {**TAMPERINGS, **FORGERIES}.items():
        Hand(settings).run(statement)
        after = findings(settings)
        assert any(told in finding for finding in set(after) - set(before)), (statement, after[:3])
        before = after


def test_an_entry_that_is_removed_from_the_end_is_missed(settings: Settings, billed: Person) -> None:
    Hand(settings).run("DELETE FROM ledger WHERE sequence = 3")
    (finding,) = findings(settings)
    assert finding.endswith("the ledger does not tell of payment.recorded")


def test_an_invoice_that_is_rewritten_consistently_is_found_by_the_ledger(
    settings: Settings, database: Database, billed: Person
) -> None:
    """By somebody who lets the server work out the checksum of the row again."""
    assert billed.http.portal is not None
    billed.http.portal.call(database.write, rewrite, billed.account_id)
    assert findings(settings) == [
        "invoice INV-0002: it is not what ledger entry 1 (invoice.issued) says it was",
    ]


def rewrite(tx: Tx, account_id: int) -> None:
    tx.change(invoices.update().where(invoices.c.number_seq == 2).values(notes="Never agreed"))


def test_documents_that_changed_places_are_found(settings: Settings, billed: Person) -> None:
    other = billed.sent_invoice()
    billed.get(f"/invoices/{other['id']}/pdf")
    first, second = (settings.data_dir / "documents").rglob("*.pdf")
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    assert len([finding for finding in findings(settings) if "was altered" in finding]) == 2


def test_hashes_of_documents_that_changed_places_are_found(
    settings: Settings, database: Database, billed: Person
) -> None:
    other = billed.sent_invoice()
    billed.get(f"/invoices/{other['id']}/pdf")
    assert billed.http.portal is not None
    billed.http.portal.call(database.write, swap, billed.account_id)
    assert [finding.partition(": ")[2] for finding in findings(settings)] == [
        "it is not what ledger entry 2 (invoice.document_stored) says it was",
        "it is not what ledger entry 5 (invoice.document_stored) says it was",
    ]


def swap(tx: Tx, account_id: int) -> None:
    stored = select(invoices.c.seq, invoices.c.pdf_sha256).where(invoices.c.pdf_sha256.is_not(None))
    one, two = tx.rows(stored.order_by(invoices.c.seq))
    put = invoices.update().where(invoices.c.seq == bindparam("row")).values(pdf_sha256=bindparam("sha256"))
    tx.change(put, row=one.seq, sha256=two.pdf_sha256)
    tx.change(put, row=two.seq, sha256=one.pdf_sha256)


def test_a_guard_that_was_taken_off_is_found(settings: Settings, database: Database, billed: Person) -> None:
    connection = database.driver.connect()
    is_sqlite = not settings.database_url
    connection.execute(
        "DROP TRIGGER ledger_stays_on_delete" if is_sqlite else "ALTER TABLE ledger DISABLE TRIGGER ledger_stays"
    )
    found = findings(settings)
    if not is_sqlite:
        connection.execute("ALTER TABLE ledger ENABLE TRIGGER ledger_stays")
    connection.close()
    assert len(found) == 1
    assert "ledger_stays" in found[0]


def test_words_that_search_does_not_find_are_found(settings: Settings, billed: Person) -> None:
    Hand(settings).run(
        "UPDATE invoices SET search = NULL" if settings.database_url else "DELETE FROM invoices_search_data"
    )
    assert any("search" in finding for finding in findings(settings))
