"""Backups: all rows of one moment in one file, from which either kind of database can be restored.

The file is a ZIP of a manifest and a JSON-lines file for each table. It holds the hashes of keys, not the keys;
it does hold everything about clients and invoices, and the secret that signs addresses.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Boolean, Table, bindparam, func, select

from cleverinvo import __version__, secret
from cleverinvo.db import migrate
from cleverinvo.db.driver import Connection, Driver
from cleverinvo.db.schema import accounts, heartbeats, metadata
from cleverinvo.db.statements import Statements
from cleverinvo.settings import Settings

MANIFEST: Final = "manifest.json"
SECRET: Final = "secret"
ROWS_AT_ONCE: Final = 1_000
TABLES: Final = [table for table in metadata.tables.values() if table is not heartbeats]


class WrongBackup(Exception):
    """A file that cannot be restored, or a place where it cannot be restored to; one sentence."""


def write(driver: Driver, settings: Settings, target: Path) -> dict[str, int]:
    """Write a backup while the server runs; the rows written, by table. The file appears whole or not at all."""
    migrate.require_head(driver)
    connection = driver.connect_reader()
    driver.begin_snapshot(connection)
    unfinished = target.with_name(target.name + ".unfinished")
    manifest: dict[str, Any] = {"version": __version__, "schema": migrate.HEAD, "tables": {}}
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for table in TABLES:
                    manifest["tables"][table.name] = _write_table(driver, connection, table, archive)
                archive.writestr(SECRET, secret.find(settings))
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
        connection.close()
    return {name: table["rows"] for name, table in manifest["tables"].items()}


def restore(driver: Driver, settings: Settings, source: Path) -> dict[str, int]:
    """Fill an empty database with a backup; the rows restored, by table. All of it, or nothing.

    Raises WrongBackup where the file is damaged or of another schema, or the database is not empty.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return _restore(driver, settings, archive)
    except (OSError, zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise WrongBackup(f"{source} is not a backup that can be read: {error}") from None


def _write_table(driver: Driver, connection: Connection, table: Table, archive: zipfile.ZipFile) -> dict[str, Any]:
    rows, digest = 0, hashlib.sha256()
    prepared = Statements(driver).prepare(select(table).order_by(*table.primary_key))
    with archive.open(_entry(table), "w", force_zip64=True) as entry:
        for row in driver.stream(connection, prepared.sql, ()):
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            entry.write(line)
            rows += 1
    return {"rows": rows, "sha256": digest.hexdigest(), "columns": [column.name for column in table.columns]}


def _restore(driver: Driver, settings: Settings, archive: zipfile.ZipFile) -> dict[str, int]:
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
        connection.execute("COMMIT")
    finally:
        connection.close()
    secret.keep(settings, archive.read(SECRET))
    return {name: table["rows"] for name, table in manifest["tables"].items()}


def _restore_table(
    connection: Connection, statements: Statements, table: Table, archive: zipfile.ZipFile, told: dict[str, Any]
) -> None:
    names = [column.name for column in table.columns]
    if told["columns"] != names:
        raise WrongBackup(f"The backup's table {table.name} has other columns")
    insert = statements.prepare(table.insert().values({name: bindparam(name) for name in names}).inline())
    truths = {column.name for column in table.columns if isinstance(column.type, Boolean)}
    digest = hashlib.sha256()
    with archive.open(_entry(table)) as entry:
        for lines in _batches(entry):
            rows = []
            for line in lines:
                digest.update(line)
                row = dict(zip(names, json.loads(line), strict=True))
                # One database keeps a truth value as a number, the other does not take a number for one.
                rows.append(insert.values({**row, **{name: bool(row[name]) for name in truths}}))
            connection.cursor().executemany(insert.sql, rows)
    if digest.hexdigest() != told["sha256"]:
        raise WrongBackup(f"The backup's table {table.name} is damaged")


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, ROWS_AT_ONCE)):
        yield batch


def _entry(table: Table) -> str:
    return f"tables/{table.name}.jsonl"
