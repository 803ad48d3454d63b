"""Where benches run: fresh copies of a database with one client and one invoice, on SQLite or on PostgreSQL."""

import argparse
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Protocol

import psycopg

from bench import raw, requests, servers
from bench.servers import Server
from cleverinvo.db.sqlite import sqlite

SYNCS = 200


class Stage(Protocol):
    """One kind of database. Everything that is asked of it starts on a copy of its own."""

    def ours(self, *options: str) -> AbstractContextManager[Server]:
        """Our server, with more options of its command."""

    def reference(self) -> AbstractContextManager[Server]: ...

    def raw(self) -> AbstractContextManager[Callable[[float], float]]:
        """Something that writes rows for so many seconds, and says how many invoices a second."""


@contextmanager
def open_stage(database: str) -> Iterator[Stage]:
    """A stage in a folder of its own."""
    with temporary_folder() as folder:
        print(describe_machine(folder), flush=True)
        if database == "postgres":
            with servers.postgres(folder / "postgres") as url:
                yield PostgresStage(folder, url)
        else:
            yield SqliteStage(folder)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder where TMPDIR says, which must be on a disk."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options that all benches have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser


def describe_machine(folder: Path) -> str:
    """What the figures were measured on; a disk that syncs in a few microseconds is none."""
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
    return (
        f"{model.partition(': ')[2]}, {len(os.sched_getaffinity(0))} cores; Python {platform.python_version()}, "
        f"SQLite {sqlite.sqlite_version}; {_sync_microseconds(folder):.0f} µs to sync 4 KiB"
    )


def _sync_microseconds(folder: Path) -> float:
    with (folder / "sync").open("wb", buffering=0) as file:
        file.write(bytes(4096))
        os.fsync(file.fileno())
        started = perf_counter()
        for _ in range(SYNCS):
            os.pwrite(file.fileno(), os.urandom(4096), 0)
            os.fdatasync(file.fileno())
        return (perf_counter() - started) / SYNCS * 1e6


class SqliteStage:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._seed = folder / "seed"
        with servers.cleverinvo(self._seed) as server:
            self._key, self._client_id = server.key, _plant(server)

    @contextmanager
    def ours(self, *options: str) -> Iterator[Server]:
        folder = self._new_folder()
        shutil.copytree(self._seed, folder, dirs_exist_ok=True)
        with servers.cleverinvo(folder, None, self._key, *options) as server:
            server.client_id, server.created = self._client_id, 1
            yield server
        shutil.rmtree(folder)

    @contextmanager
    def reference(self) -> Iterator[Server]:
        folder = self._new_folder()
        with servers.reference_orm(folder) as server:
            yield server
        shutil.rmtree(folder)

    @contextmanager
    def raw(self) -> Iterator[Callable[[float], float]]:
        folder = self._new_folder()
        yield partial(raw.sqlite_rate, Path(shutil.copy(self._seed / "cleverinvo.sqlite3", folder)))
        shutil.rmtree(folder)

    def _new_folder(self) -> Path:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder


class PostgresStage:
    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._numbers = count(1)
        self._execute("CREATE DATABASE seed")
        with servers.cleverinvo(folder, self._of("seed")) as server:
            self._key, self._client_id = server.key, _plant(server)

    @contextmanager
    def ours(self, *options: str) -> Iterator[Server]:
        with self._copy("seed") as url, servers.cleverinvo(self._folder, url, self._key, *options) as server:
            server.client_id, server.created = self._client_id, 1
            yield server

    @contextmanager
    def reference(self) -> Iterator[Server]:
        with self._copy("template1") as url, servers.reference_orm(self._folder, url) as server:
            yield server

    @contextmanager
    def raw(self) -> Iterator[Callable[[float], float]]:
        with self._copy("seed") as url:
            yield partial(raw.postgres_rate, url, self._folder)

    @contextmanager
    def _copy(self, template: str) -> Iterator[str]:
        name = f"copy_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield self._of(name)
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _of(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _plant(server: Server) -> str:
    """A client, whose id it gives, and an invoice."""
    client_id: str = server.ask("POST", "/api/v1/clients", {"name": "Acme Corporation"})["id"]
    server.ask("POST", "/api/v1/invoices", requests.invoice(client_id))
    return client_id
