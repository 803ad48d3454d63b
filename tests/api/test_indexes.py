"""What the worker asks again and again is found by an index, however many invoices there are."""

from typing import Any

import pytest

from cleverinvo.db import migrate
from cleverinvo.db.open import choose_driver
from cleverinvo.late_fees import store as late_fees
from cleverinvo.lifecycle import store as lifecycle
from cleverinvo.reminders import store as reminders
from cleverinvo.settings import Settings

ASKED: dict[str, tuple[Any, str]] = {
    "invoices that have become overdue": (lifecycle._OVERDUE, "invoices_untold (due_date<?)"),
    "invoices with a step that is due": (
        *(reminders._INVOICES_DUE, "invoices_open (account_id=? AND due_date>? AND due_date<?)"),
    ),
    "late invoices": (late_fees._OVERDUE, "invoices_open (account_id=?"),
    "accounts whose reminders are due": (reminders._ACCOUNTS_DUE, "reminder_policies_due (done_on<?)"),
    "accounts whose late fees are due": (late_fees._ACCOUNTS_DUE, "late_fee_policies_due (done_on<?)"),
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
    assert any(f"INDEX {index}" in row[3] for row in plan), plan
    assert not any(row[3].startswith("SCAN invoices") for row in plan)
