"""Backups: all rows of one moment and all stored documents in one file, for either database and any storage.

The file is a ZIP of a manifest, a JSON-lines file for each table, and the documents under their SHA-256. It holds
the hashes of keys, not the keys; it does hold everything about clients and invoices, and the secret that signs
addresses.
"""

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, LargeBinary, Table, bindparam, func, select

from cleverinvo import __version__, folders, secret
from cleverinvo.db import migrate
from cleverinvo.db.driver import Connection, Driver
from cleverinvo.db.schema import (
    accounts,
    credit_notes,
    heartbeats,
    imports,
    invoices,
    metadata,
    requests,
    sessions,
    tickets,
)
from cleverinvo.db.statements import Statements
from cleverinvo.documents import storage
from cleverinvo.documents.storage import Storage
from cleverinvo.errors import Damaged
from cleverinvo.settings import Settings

MANIFEST: Final = "manifest.json"
SECRET: Final = "secret"
DOCUMENTS: Final = "documents/"
ROWS_AT_ONCE: Final = 1_000
PASSING: Final = (heartbeats, sessions, tickets, requests, imports)
"""Not kept: who was logged in then should not be again, links that were used up stay used up, a log is a log."""

TABLES: Final = [table for table in metadata.tables.values() if table not in PASSING]


_OF_INVOICES, _OF_CREDIT_NOTES = (
    select(table.c.pdf_sha256).where(table.c.pdf_sha256.is_not(None)) for table in (invoices, credit_notes)
)
_STORED = select(_OF_INVOICES.union(_OF_CREDIT_NOTES).subquery().c.pdf_sha256)


class Contents(NamedTuple):
    """What a backup holds, and which documents it lacks, for they are gone from the storage or altered there."""

    rows: dict[str, int]
    """By table."""
    documents: int
    lacking: list[str]
    """A sentence for each."""


class WrongBackup(Exception):
    """A file that cannot be restored, or a place where it cannot be restored to; one sentence."""


def write(driver: Driver, settings: Settings, target: Path) -> Contents:
    """Write a backup while the server runs. The file appears whole or not at all."""
    migrate.require_head(driver)
    connection = driver.connect_reader()
    driver.begin_snapshot(connection)
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                contents = _write(driver, connection, settings, archive)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
        folders.sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
        connection.close()
    return contents


def restore(driver: Driver, settings: Settings, source: Path) -> Contents:
    """Fill an empty database, and the storage, with a backup. All of the rows, or none.

    Raises WrongBackup where the file is damaged or of another schema, or the database is not empty.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return _restore(driver, settings, archive)
    except (OSError, zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise WrongBackup(f"{source} is not a backup that can be read: {error}") from None


def _write(driver: Driver, connection: Connection, settings: Settings, archive: zipfile.ZipFile) -> Contents:
    tables = {table.name: _write_table(driver, connection, table, archive) for table in TABLES}
    documents, lacking = _write_documents(driver, connection, storage.choose(settings), archive)
    archive.writestr(SECRET, secret.find(settings))
    manifest = {
        "version": __version__,
        "schema": migrate.HEAD,
        "tables": tables,
        "documents": documents,
        "lacking": lacking,
    }
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return _contents(manifest)


def _write_table(driver: Driver, connection: Connection, table: Table, archive: zipfile.ZipFile) -> dict[str, Any]:
    rows, digest = 0, hashlib.sha256()
    prepared = Statements(driver).prepare(select(table).order_by(*table.primary_key))
    with archive.open(_entry(table), "w", force_zip64=True) as entry:
        for row in driver.stream(connection, prepared.sql, ()):
            line = _encode(row) + b"\n"
            digest.update(line)
            entry.write(line)
            rows += 1
    return {"rows": rows, "sha256": digest.hexdigest(), "columns": [column.name for column in table.columns]}


def _write_documents(
    driver: Driver, connection: Connection, kept: Storage, archive: zipfile.ZipFile
) -> tuple[int, list[str]]:
    """How many there are, and a sentence for each that cannot be had: the rest is worth having all the same."""
    count, lacking = 0, []
    for (sha256,) in driver.stream(connection, Statements(driver).prepare(_STORED).sql, ()):
        try:
            content = kept.fetch(sha256)
        except Damaged as damage:
            lacking.append(damage.message)
            continue
        archive.writestr(f"{DOCUMENTS}{sha256}.pdf", content, zipfile.ZIP_STORED)  # it is compressed inside
        count += 1
    return count, lacking


def _restore(driver: Driver, settings: Settings, archive: zipfile.ZipFile) -> Contents:
    manifest = json.loads(archive.read(MANIFEST))
    if manifest["schema"] != migrate.HEAD:
        raise WrongBackup(f"The backup is of schema {manifest['schema']}, this version restores {migrate.HEAD}")
    migrate.upgrade(driver)
    connection = driver.connect()
    driver.begin(connection, ())
    try:
        statements = Statements(driver)
        empty = statements.prepare(select(func.count()).select_from(accounts))
        if connection.execute(empty.sql, ()).fetchone() != (0,):
            raise WrongBackup("The database is not empty; a backup is restored into an empty one")
        for table in TABLES:
            _restore_table(connection, statements, table, archive, manifest["tables"][table.name])
            if table.autoincrement_column is not None:
                driver.renumber(connection, table.name, table.autoincrement_column.name)
        driver.index_last(connection, manifest["tables"][invoices.name]["rows"])
        _restore_documents(storage.choose(settings), archive, manifest["documents"])
        connection.execute("COMMIT")
    finally:
        connection.close()
    secret.keep(settings, archive.read(SECRET))
    return _contents(manifest)


def _restore_table(
    connection: Connection, statements: Statements, table: Table, archive: zipfile.ZipFile, told: dict[str, Any]
) -> None:
    names = [column.name for column in table.columns]
    if told["columns"] != names:
        raise WrongBackup(f"The backup's table {table.name} has other columns")
    insert = statements.prepare(table.insert().values({name: bindparam(name) for name in names}).inline())
    digest = hashlib.sha256()
    with archive.open(_entry(table)) as entry:
        for lines in _batches(entry):
            rows = []
            for line in lines:
                digest.update(line)
                rows.append(insert.values(_decode(table, line)))
            connection.cursor().executemany(insert.sql, rows)
    if digest.hexdigest() != told["sha256"]:
        raise WrongBackup(f"The backup's table {table.name} is damaged")


def _restore_documents(kept: Storage, archive: zipfile.ZipFile, told: int) -> None:
    names = [name for name in archive.namelist() if name.startswith(DOCUMENTS)]
    if len(names) != told:
        raise WrongBackup(f"The backup has {len(names)} documents and should have {told}")
    for name in names:
        content = archive.read(name)
        if f"{DOCUMENTS}{hashlib.sha256(content).hexdigest()}.pdf" != name:
            raise WrongBackup(f"The backup's {name} is damaged")
        kept.keep(content)


def _encode(row: Iterable[Any]) -> bytes:
    values = [base64.b64encode(value).decode() if isinstance(value, bytes) else value for value in row]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _decode(table: Table, line: bytes) -> dict[str, Any]:
    """The row. One database keeps a truth value as a number, the other does not take a number for one."""
    row = {}
    for column, value in zip(table.columns, json.loads(line), strict=True):
        if isinstance(column.type, Boolean):
            value = bool(value)
        elif isinstance(column.type, LargeBinary):
            value = base64.b64decode(value)
        row[column.name] = value
    return row


def _contents(manifest: Any) -> Contents:
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    return Contents(rows, manifest["documents"], manifest["lacking"])


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, ROWS_AT_ONCE)):
        yield batch


def _entry(table: Table) -> str:
    return f"tables/{table.name}.jsonl"
