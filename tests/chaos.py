"""The proof that no event is lost: receivers that fail, hang and cut, and a worker that is killed again and again.

python -m tests.chaos [--accounts 20] [--events 500] [--calm]
"""

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from cleverinvo import events, serve, settings, worker
from cleverinvo.accounts import actions as accounts
from cleverinvo.app import KEPT
from cleverinvo.clients import store as clients
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import storage
from cleverinvo.documents.renderer import Renderer
from cleverinvo.settings import Settings
from cleverinvo.web import log
from cleverinvo.webhooks.rules import Terms
from tests.live import serving
from tests.receivers import Received, answering, cut, hang, receiving

TERMS: Final = Terms(delays_seconds=(0,) + (0.2,) * 100, attempt_seconds=0.5, lease_seconds=2)
"""In seconds what is hours in earnest, and never giving up: what is proved is that nothing gets lost, not when."""

FAILING, HANGING, CUTTING = 0.30, 0.10, 0.05
LIFE_SECONDS: Final = 2
SECONDS_MAX: Final = 1_200
CALM: Final = SECONDS_MAX
EVENTS_AT_ONCE: Final = 500


@dataclass
class Report:
    """What came of it."""

    expected: int = 0
    delivered: int = 0
    lost: int = 0
    requests: int = 0
    repeats: int = 0
    """Requests for what had been taken before."""
    unheard_of: int = 0
    """Events that arrived and are not in the feed."""
    changed: int = 0
    """Repeats whose body was another."""
    kills: int = 0
    stillborn: bool = False
    """Whether a worker ended before it had begun."""
    seconds: float = 0


@dataclass
class Ledger:
    """What the receivers have seen, by the endpoint's path and the webhook-id."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen: dict[tuple[str, str], bytes] = field(default_factory=dict)
    requests: int = 0
    repeats: int = 0
    changed: int = 0

    async def behave(self, received: Received, writer: asyncio.StreamWriter) -> None:
        """Fail, hang, cut, or take what came, by chance."""
        key = (received.head.split()[1], received.id)
        self.requests += 1
        self.repeats += key in self.taken
        self.changed += self.seen.setdefault(key, received.body) != received.body
        chance = random.random()
        if chance < FAILING:
            await answering(500)(received, writer)
        elif chance < FAILING + HANGING:
            await hang(received, writer)
        elif chance < FAILING + HANGING + CUTTING:
            await cut(received, writer)
        else:
            self.taken[key] += 1
            await answering(200)(received, writer)


def run(environment: Mapping[str, str], people: int, events_each: int, life_seconds: float) -> Report:
    """Make so many events for so many endpoints, and wait until all have been taken, by workers that die young."""
    environment = {
        **environment,
        "CLEVERINVO_ALLOW_PRIVATE_WEBHOOKS": "true",
        "CLEVERINVO_RATE_LIMIT_BUSINESS": "unlimited",
    }
    chosen = settings.read(environment)
    report, ledger, started = Report(), Ledger(), time.monotonic()
    with serving(Path(environment["CLEVERINVO_DATA_DIR"]), "--no-worker", **environment) as server:
        opened = asyncio.run(serve.with_database(chosen, lambda database: _open_accounts(database, people)))
        with receiving(ledger.behave) as receiver, _dying_worker(environment, report, life_seconds):
            ids = set()
            for number, (account_id, key) in enumerate(opened):
                headers = {"authorization": f"Bearer {key}"}
                with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as http:
                    url = receiver.url.replace("/hooks", f"/{number}")
                    http.post("/webhooks", json={"url": url, "events": ["*"]}).raise_for_status()
                    _make_events(http, events_each)
                    undo = _undone(account_id, http.get("/clients").json()["data"][0]["id"])
                    asyncio.run(serve.with_database(chosen, undo))
                    ids |= {(f"/{number}", id) for id in _read_feed(http)}
            while len(ids - ledger.taken.keys()) and time.monotonic() - started < SECONDS_MAX:
                assert not report.stillborn, "the worker ends before it has begun"
                time.sleep(0.1)
            time.sleep(TERMS.lease_seconds + 1)  # in which a repeat would come
    report.expected, report.delivered = len(ids), len(ids & ledger.taken.keys())
    report.lost, report.unheard_of = len(ids - ledger.taken.keys()), len(ledger.seen.keys() - ids)
    report.requests, report.repeats, report.changed = ledger.requests, ledger.repeats, ledger.changed
    report.seconds = time.monotonic() - started
    return report


async def _open_accounts(database: Database, count: int) -> list[tuple[int, str]]:
    opened = []
    for number in range(count):
        account_id, _, key = await database.write(
            accounts.open_account, accounts.NO_ACCOUNT, f"P{number}", "p@example.com", "business"
        )
        opened.append((account_id, key.secret))
    return opened


def _make_events(http: httpx.Client, count: int) -> None:
    """A client, and the rest invoices."""
    client = http.post("/clients", json={"name": "Acme"}).json()
    invoice = {"clientId": client["id"], "lineItems": [{"description": "x", "quantity": 1, "unitPrice": 1}]}
    for first in range(1, count, EVENTS_AT_ONCE):
        batch = [invoice] * min(EVENTS_AT_ONCE, count - first)
        http.post("/invoices/batch", json={"invoices": batch}).raise_for_status()


def _undone(account_id: int, client_id: str):  # type: ignore[no-untyped-def]
    """Work that fails after it has told of itself, and of which nobody may hear."""

    def fail(tx: Tx, account_id: int) -> None:
        events.emit(tx, account_id, "client.updated", clients.get(tx, account_id, client_id))
        raise InterruptedError

    async def work(database: Database) -> None:
        for _ in range(10):
            with suppress(InterruptedError):
                await database.write(fail, account_id)

    return work


def _read_feed(http: httpx.Client) -> Iterator[str]:
    after, has_more = 0, True
    while has_more:
        feed = http.get(f"/events?after={after}&limit=100").json()
        yield from (event["id"] for event in feed["data"])
        after, has_more = feed["pagination"]["nextAfter"], feed["pagination"]["hasMore"]


@contextmanager
def _dying_worker(environment: Mapping[str, str], report: Report, life_seconds: float) -> Iterator[None]:
    """A worker that is killed after so many seconds, and started anew, for as long as the block lasts."""
    is_over = threading.Event()

    def live_and_die() -> None:
        while not is_over.is_set():
            command, inherited = [sys.executable, "-m", "tests.chaos", "--worker"], {**os.environ, **environment}
            with subprocess.Popen(command, env=inherited, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr is not None
                while (line := process.stderr.readline()) and "the worker has begun" not in line:
                    pass
                report.stillborn |= not line
                is_over.wait(life_seconds)
                process.kill()
                process.stderr.read()
            report.kills += 1

    thread = threading.Thread(target=live_and_die)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def work(chosen: Settings) -> None:
    """The worker, in more of a hurry than in earnest."""

    async def run(database: Database) -> None:
        await worker.run_alone(database, Renderer(database, storage.choose(chosen), KEPT), chosen, TERMS)

    log.start()
    asyncio.run(serve.with_database(chosen, run))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20, help="each with one endpoint")
    parser.add_argument("--events", type=int, default=500, help="of each account")
    parser.add_argument("--calm", action="store_true", help="kill nothing")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        work(settings.read(os.environ))
        return
    folder = tempfile.mkdtemp(prefix="chaos")
    life_seconds = CALM if asked.calm else LIFE_SECONDS
    report = run({"CLEVERINVO_DATA_DIR": folder}, asked.accounts, asked.events, life_seconds)
    shutil.rmtree(folder)
    print(report)  # noqa: T201
    share = report.repeats / report.expected
    print(f"{report.delivered / report.expected:.2%} delivered, {share:.2%} repeats, {report.kills} kills")  # noqa: T201
    is_proved = not (report.lost or report.unheard_of or report.changed) and (not asked.calm or share <= 0.01)
    sys.exit(0 if is_proved else 1)


if __name__ == "__main__":
    main()
