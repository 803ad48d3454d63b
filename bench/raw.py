"""Reference B: the rows of one invoice written without a server, one commit each.

The rows are those that our server wrote for the guide's invoice, into a copy of its own database with all indexes,
triggers and the search; what must differ from row to row (ids, numbers, keys) differs. Everything else is left
out: HTTP, keys, validation, totals, JSON and, on SQLite, every read that does not give the next number.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from bench import load, servers
from cleverinvo.db.driver import Connection
from cleverinvo.db.sqlite import SqliteDriver

PGBENCH_CLIENTS: Final = 32

Row = dict[str, Any]

_TAKE_NUMBER: Final = "UPDATE series SET last_number = last_number + 1 RETURNING last_number"
_COUNT: Final = """
UPDATE counters SET invoice_count = invoice_count + 1, event_sequence = event_sequence + 1
RETURNING event_sequence
"""
_TABLES: Final = ("invoices", "events", "idempotency_keys")


def sqlite_rate(file: Path, seconds: float) -> float:
    """Commits a second into the file, which already holds an invoice."""
    driver = SqliteDriver(file)
    connection = driver.connect()
    invoice, event, record = (_newest(connection, table) for table in _TABLES)
    with load.on_core(load.first_core()):
        _commit(driver, connection, (invoice, event, record), load.WARM_UP_SECONDS)
        rate = _commit(driver, connection, (invoice, event, record), seconds)
    connection.close()
    return rate


def postgres_rate(url: str, folder: Path, seconds: float) -> float:
    """Commits a second into the database, which already holds an invoice: pgbench, one account."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        script, values = _script({table: _newest_of(connection, table) for table in _TABLES})
    (folder / "script.sql").write_text(script)
    command = [servers.postgres_programs() / "pgbench", "--no-vacuum", "--protocol=prepared"]
    command += [f"--client={PGBENCH_CLIENTS}", f"--time={max(round(seconds), 1)}", f"--file={folder}/script.sql"]
    command += [f"--define={name}={value}" for name, value in values.items()]
    with load.on_core(load.last_core()):
        printed = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    assert found is not None, printed
    assert "number of failed transactions: 0 " in printed, printed
    return float(found[1])


def _newest(connection: Connection, table: str) -> Row:
    """The newest row of a table, without its row number."""
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall()][1:]
    row = connection.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY seq DESC LIMIT 1").fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


def _commit(driver: SqliteDriver, connection: Connection, rows: tuple[Row, Row, Row], seconds: float) -> float:
    """Write the three rows under new numbers until the time is over; commits a second."""
    invoice, event, record = rows
    insert_invoice, insert_event, insert_record = (
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        for table, row in zip(_TABLES, (invoice, event, record), strict=True)
    )
    old_digits = invoice["number"].removeprefix("INV-")
    execute = connection.execute
    commits, started = 0, perf_counter()
    while perf_counter() - started < seconds:
        execute("BEGIN IMMEDIATE")
        number, sequence = execute(_TAKE_NUMBER).fetchone()[0], execute(_COUNT).fetchone()[0]  # type: ignore[index]
        digits = f"{number:04}"
        invoice |= {
            "id": f"inv_{number:020}",
            "number": f"INV-{digits}",
            "number_seq": number,
            "words": invoice["words"].replace(old_digits, digits),
        }
        event |= {"id": f"evt_{number:020}", "sequence": sequence, "object_id": invoice["id"]}
        record["key"] = event["idempotency_key"] = f"key-{number}"
        execute(insert_invoice, tuple(invoice.values()))
        execute(insert_event, tuple(event.values()))
        execute(insert_record, tuple(record.values()))
        driver.index_new(connection)
        execute("COMMIT")
        old_digits = digits
        commits += 1
    return commits / (perf_counter() - started)


def _newest_of(connection: psycopg.Connection[Row], table: str) -> Row:
    row = connection.execute(f"SELECT * FROM {table} ORDER BY seq DESC LIMIT 1").fetchone()  # type: ignore[arg-type]
    assert row is not None
    return {name: value for name, value in row.items() if name not in ("seq", "search")}


def _script(rows: Mapping[str, Row]) -> tuple[str, dict[str, Any]]:
    """The transaction for pgbench, and the values of its variables: it cannot quote JSON inside a statement."""
    written = {
        "invoices": {
            "id": "'inv_' || :last_number",
            "number": "'INV-' || :last_number",
            "number_seq": ":last_number",
            "words": "replace(:invoices_words, '0001', (:last_number)::text)",
        },
        "events": {
            "id": "'evt_' || :last_number",
            "sequence": ":event_sequence",
            "object_id": "'inv_' || :last_number",
            "idempotency_key": "'key-' || :last_number",
        },
        "idempotency_keys": {"key": "'key-' || :last_number"},
    }
    statements = [
        "BEGIN;",
        "SELECT * FROM idempotency_keys WHERE account_id = :invoices_account_id AND key = :events_id;",
        "SELECT * FROM accounts WHERE id = :invoices_account_id;",
        "SELECT * FROM clients WHERE account_id = :invoices_account_id AND id = :invoices_client_id;",
        _TAKE_NUMBER + " \\gset",
        _COUNT.replace("\n", " ") + " \\gset",
    ]
    values = {}
    for table, row in rows.items():
        values.update({f"{table}_{name}": value for name, value in row.items() if value is not None})
        cells = [
            written[table].get(name, "NULL" if value is None else f":{table}_{name}")
            for name, value in row.items()
        ]
        statements.append(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(cells)});")
    return "\n".join([*statements, "COMMIT;", ""]), values
