"""Hands that change what is stored behind the server's back, and a business with something to change."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pysqlite3.dbapi2 as sqlite3  # as the server: two libraries of one process would undo each other's locks

from cleverinvo.db.schema import metadata
from cleverinvo.settings import Settings
from tests.conftest import Person

DATABASE = "cleverinvo.sqlite3"


def do_business(person: Person) -> None:
    """Something in most tables: drafts, sent, paid, void and credited invoices, documents, mails, webhooks."""
    person.put("/account/logo", None, content=LOGO, headers={"content-type": "image/svg+xml"})
    person.patch("/account", {"name": "Okafor & Söhne", "iban": "DE89370400440532013000"})
    person.post("/webhooks", {"url": "https://127.0.0.1.invalid/"})
    person.post("/clients", {"name": "Zürcher AG", "email": "ap@zuercher.example", "isActive": False})
    person.invoice(notes="A draft", externalId="draft-1")
    sent = person.sent_invoice(purchaseOrder="PO-7")
    person.get(f"/invoices/{sent['id']}/pdf")
    payment = person.post(f"/invoices/{sent['id']}/payments", {"amount": 40, "reference": "first"}).json()
    person.post(f"/invoices/{sent['id']}/payments", {"amount": 10}, headers={"idempotency-key": "once"})
    person.delete(f"/payments/{payment['id']}")
    credited = person.sent_invoice()
    note = person.post(f"/invoices/{credited['id']}/credit-notes", {"reason": "Not delivered"}).json()
    person.get(f"/credit-notes/{note['id']}/pdf")
    person.post(f"/invoices/{person.sent_invoice()['id']}/void")
    person.delete(f"/invoices/{person.invoice()['id']}")
    mailed = person.sent_invoice()
    person.post(f"/invoices/{mailed['id']}/send", {"to": "ap@example.com"})
    person.patch(f"/invoices/{mailed['id']}", {"status": "PAID"})


LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0h20v10z"/></svg>'


class Hand:
    """Changes rows by SQL, past every guard of the database, as somebody may who owns it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        if self._settings.database_url:
            return self._run_on_postgres(sql, values)
        return self._run_on_sqlite(sql, values)

    def _run_on_postgres(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        assert self._settings.database_url is not None
        with psycopg.connect(self._settings.database_url) as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger fires
            cursor = connection.execute(sql.replace("?", "%s"), values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def _run_on_sqlite(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Without the triggers, which are put back as if nothing had been."""
        with closing(sqlite3.connect(self._settings.data_dir / DATABASE)) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            rows: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
            for _, created in triggers:
                connection.execute(created)
            return rows


class Cell(NamedTuple):
    """One value of one row."""

    table: str
    column: str
    where: str
    key: tuple[Any, ...]


def cells(hand: Hand) -> list[Cell]:
    """Every value that is stored, but for the row numbers that say no more than in which order rows came."""
    found = [Cell("alembic_version", "version_num", "1 = 1", ())]
    for table in metadata.sorted_tables:
        where = " AND ".join(f'"{column.name}" = ?' for column in table.primary_key)
        names = ", ".join(f'"{column.name}"' for column in table.primary_key)
        for key in hand.run(f"SELECT {names} FROM {table.name}"):
            found += [Cell(table.name, column.name, where, key) for column in table.c if column.name != "seq"]
    return found


@contextmanager
def changed(hand: Hand, cell: Cell, chance: random.Random) -> Iterator[bool]:
    """One byte of the value is another for as long as the block lasts; False where there is no value to change."""
    ((before,),) = hand.run(f'SELECT "{cell.column}" FROM {cell.table} WHERE {cell.where}', cell.key)
    if before is None or before in ("", b""):
        yield False
        return
    after = _another(before, chance)
    column = metadata.tables.get(cell.table)
    is_key = column is not None and cell.column in column.primary_key
    key_after = tuple(after if is_key and value == before else value for value in cell.key)
    update = f'UPDATE {cell.table} SET "{cell.column}" = ? WHERE {cell.where}'
    try:
        hand.run(update, (after, *cell.key))
    except (sqlite3.IntegrityError, psycopg.IntegrityError):  # another row has that value already
        yield False
        return
    try:
        yield True
    finally:
        hand.run(update, (before, *key_after))


def _another(value: Any, chance: random.Random) -> Any:
    """The value with one character, byte or bit changed."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1 << chance.randrange(8)
        case str():
            at = chance.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1 << chance.randrange(3)) + value[at + 1 :]
        case _:
            content = bytearray(value)
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            return bytes(content)


@contextmanager
def flipped(path: Path, chance: random.Random) -> Iterator[int]:
    """One byte of the file is another for as long as the block lasts; where it is."""
    before = path.read_bytes()
    at = chance.randrange(len(before))
    after = bytearray(before)
    after[at] ^= chance.randrange(1, 256)
    path.write_bytes(after)
    try:
        yield at
    finally:
        path.write_bytes(before)
        for beside in path.parent.glob(f"{path.name}-*"):
            beside.unlink()


def dump(data_dir: Path) -> Any:
    """All that an SQLite file says: schema, rows, what search finds. None where it cannot be read to the end."""
    connection = sqlite3.connect(data_dir / DATABASE)
    connection.text_factory = bytes
    try:
        said: dict[str, Any] = {"schema": _all(connection, "SELECT type, name, tbl_name, sql FROM sqlite_master")}
        for table in (*metadata.tables, "alembic_version"):
            said[table] = _all(connection, f"SELECT rowid, * FROM {table}")
        for table in ("clients", "invoices"):
            connection.execute(
                f"CREATE VIRTUAL TABLE temp.{table}_said USING fts5vocab('main', '{table}_search', 'instance')"
            )
            said[f"{table}_search"] = sorted(_all(connection, f"SELECT doc, term FROM {table}_said"))
        return said
    except (sqlite3.Error, UnicodeError):
        return None
    finally:
        connection.close()


def _all(connection: sqlite3.Connection, sql: str) -> list[Any]:
    return connection.execute(sql).fetchall()
