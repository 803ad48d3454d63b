"""What every request asks, and the worker again and again, is found by an index, however much there is."""

from typing import Any

import pytest

from cleverinvo.clients import store as clients
from cleverinvo.db import migrate
from cleverinvo.db.open import choose_driver
from cleverinvo.feed import store as feed
from cleverinvo.invoices import store as invoices
from cleverinvo.late_fees import store as late_fees
from cleverinvo.lifecycle import store as lifecycle
from cleverinvo.reminders import store as reminders
from cleverinvo.reports import changes, growth, owed
from cleverinvo.reports import store as report_store
from cleverinvo.settings import Settings
from cleverinvo.web import idempotency
from cleverinvo.webhooks import deliveries

ASKED: dict[str, tuple[Any, str]] = {
    "invoices that have become overdue": (lifecycle._OVERDUE, "invoices_untold (due_date<?)"),
    "invoices with a step that is due": (
        *(reminders._INVOICES_DUE, "invoices_open (account_id=? AND due_date>? AND due_date<?)"),
    ),
    "late invoices": (late_fees._OVERDUE, "invoices_open (account_id=?"),
    "accounts whose reminders are due": (reminders._POLICIES.due, "reminder_policies_due (done_on<?)"),
    "requests that came before": (
        idempotency._FIND,
        "sqlite_autoindex_idempotency_keys_1 (account_id=? AND key=?)",
    ),
    "clients to bill": (clients._LIVE_BY_IDS, "sqlite_autoindex_clients_1 (id=?)"),
    "invoices made before": (
        *(invoices._BY_EXTERNAL_IDS, "invoices_by_external_id (account_id=? AND external_id=?)"),
    ),
    "events of deliveries": (feed._BY_SEQUENCES, "sqlite_autoindex_events_1 (account_id=? AND sequence=?)"),
    "deliveries to release": (deliveries._RELEASE, "deliveries USING INTEGER PRIMARY KEY (rowid=?)"),
    "invoices whose money has moved": (changes._INVOICES, "sqlite_autoindex_invoices_2 (id=?)"),
    "what has moved money": (
        *(changes._SINCE, "sqlite_autoindex_ledger_2 (account_id=? AND sequence>? AND sequence<?)"),
    ),
    "what is owed": (owed._OWED, "COVERING INDEX invoices_open (account_id=?)"),
    "what is owed by month": (owed._OWED_BY_MONTH, "COVERING INDEX invoices_open (account_id=?)"),
    "what has come in": (
        *(report_store._RECEIVED, "COVERING INDEX payments_by_day (account_id=? AND paid_at>? AND paid_at<?)"),
    ),
    "what a client was billed": (
        *(report_store._BILLED_TO_CLIENT, "COVERING INDEX invoices_billed (account_id=? AND client_id=?)"),
    ),
    "what was credited": (
        report_store._CREDITED,
        "credit_notes_by_issue_date (account_id=? AND issue_date>? AND issue_date<?)",
    ),
    "accounts whose late fees are due": (late_fees._POLICIES.due, "late_fee_policies_due (done_on<?)"),
    "what was billed in a month": (
        *(growth._BILLED, "invoices_by_issue_date (account_id=? AND issue_date>? AND issue_date<?)"),
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_it_is_found_by_an_index(what: str, sqlite_settings: Settings) -> None:
    statement, index = ASKED[what]
    driver = choose_driver(sqlite_settings)
    migrate.upgrade(driver)
    connection = driver.connect()
    sql = str(statement.compile(dialect=driver.dialect))
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", ["[]"] * sql.count("?")).fetchall()
    connection.close()
    assert any(index in row[3] for row in plan), plan
    assert not any(row[3].startswith("SCAN invoices") for row in plan)
