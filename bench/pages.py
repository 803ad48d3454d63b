"""How long the server takes for a page, among 1,000 invoices and among 100,000: p50, and CPU time a page.

    python -m bench.pages [--sizes 1000 100000] [--seconds 3] [--keep FOLDER]

The reference is the same page at the first of the sizes, so that a slow or busy machine does not matter. One
request at a time, logged in and compressed, over and over without a change in between; then once more with a
payment before each. With --keep, FOLDER holds what was filled for the next run. SQLite.
"""

import os
import re
import secrets
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple
from urllib.parse import urlencode

from bench import load, requests, servers
from bench.fill import Filled, filled
from bench.servers import Server
from bench.stages import arguments, describe_machine, temporary_folder

GOAL_MILLISECONDS: Final = 10
CHANGES: Final = 20
"""So many times is a page asked for after a change."""

PAGES: Final = {
    "overview": "/overview",
    "invoices": "/invoices",
    "invoices that are overdue": "/invoices?status=OVERDUE",
    "clients": "/clients",
    "a client": "/clients/{client}",
    "reports": "/reports",
    "an invoice": "/invoices/{invoice}",
    "a new invoice": "/invoices/new",
    "settings": "/settings",
}


class Taken(NamedTuple):
    """Milliseconds of one page."""

    p50: float
    cpu: float
    after_payment: float


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--seconds", type=float, default=3, help="for each page")
    parser.add_argument("--keep", type=Path, help="folder of databases to use again")
    chosen = parser.parse_args()
    columns: dict[int, dict[str, Taken]] = {}
    with temporary_folder() as folder:
        print(describe_machine(folder), flush=True)
        for size in chosen.sizes:
            place = (chosen.keep or folder) / str(size)
            found = filled(place, size)
            with servers.cleverinvo(place, None, found.key, "--no-worker") as server:
                columns[size] = _visit_all(server, found, _join(server, place), chosen.seconds)
    _print_table(columns)


def _visit_all(server: Server, found: Filled, session: str, seconds: float) -> dict[str, Taken]:
    newest = server.ask("GET", "/api/v1/invoices?limit=1")["data"][0]["id"]
    owing = server.ask("GET", "/api/v1/invoices?status=OVERDUE&limit=1")["data"][0]["id"]
    taken = {}
    for name, path in PAGES.items():
        path = path.format(client=found.client_ids[1], invoice=newest)
        used = server.cpu_seconds()
        result = load.run(server.target, requests.visits(server, session, path), 1, seconds)
        used = server.cpu_seconds() - used
        assert not result.wrong, f"{name}: {dict(result.wrong)}"
        changed = _after_payments(server, session, path, owing)
        taken[name] = Taken(result.milliseconds(50), used / result.answered * 1000, changed)
    return taken


def _after_payments(server: Server, session: str, path: str, owing: str) -> float:
    """The p50 where money has come in before each request, which is what nobody can have prepared for."""
    latencies = []
    for _ in range(CHANGES):
        server.ask("POST", f"/api/v1/invoices/{owing}/payments", {"amount": 0.01})
        started = perf_counter()
        http = HTTPConnection(server.host, server.port, timeout=60)
        http.request("GET", path, headers={"cookie": f"session={session}", "accept-encoding": "gzip"})
        http.getresponse().read()
        latencies.append(perf_counter() - started)
    return sorted(latencies)[CHANGES // 2] * 1000


def _join(server: Server, place: Path) -> str:
    """The session of somebody who has joined the account by a link from the command line."""
    command = [str(Path(sys.executable).with_name("cleverinvo")), "user", "invite"]
    environment = {**os.environ, "CLEVERINVO_DATA_DIR": str(place)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    path = re.findall(r"(/join/\S+)", told)[0]
    fields = {
        "name": "Bench",
        "email": f"{secrets.token_hex(6)}@example.com",
        "password": secrets.token_hex(),
    }
    http = HTTPConnection(server.host, server.port, timeout=60)
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    http.request("POST", path, urlencode(fields), headers)
    answer = http.getresponse()
    assert answer.status == 303, answer.read()
    return re.findall(r"session=([^;]+)", answer.headers["set-cookie"])[0]


def _print_table(columns: dict[int, dict[str, Taken]]) -> None:
    first, last = columns[min(columns)], columns[max(columns)]
    print(f"\n{'p50, CPU, p50 after a payment; ms':<34}" + "".join(f"{f'{size:,}':>24}" for size in columns))
    for name in first:
        cells = "".join(f"{' / '.join(f'{one:.1f}' for one in column[name]):>24}" for column in columns.values())
        ratio = last[name].cpu / first[name].cpu
        verdict = "" if last[name].p50 <= GOAL_MILLISECONDS else f"   above {GOAL_MILLISECONDS} ms"
        print(f"{name:<34}{cells}   CPU x {ratio:.1f}{verdict}")


if __name__ == "__main__":
    main()
