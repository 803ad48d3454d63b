"""How long lists, searches and look-ups take over HTTP, as the number of invoices grows: p50 and p95.

    python -m bench.lists [--database sqlite|postgres] [--sizes 1000 100000 1000000] [--seconds 2] [--keep FOLDER]

One request at a time, each of another place where there is one: flat figures from left to right are the aim.
Filling a million takes minutes and some 5 GB; with --keep, FOLDER holds what was filled for the next run (SQLite).
"""

import random
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bench import load, requests, servers
from bench.fill import EVERY_INVOICE, Filled, fill, filled
from bench.servers import Server
from bench.stages import arguments, describe_machine, temporary_folder
from cleverinvo.settings import Settings

SAMPLES: Final = 50
"""Different requests of each kind; they take turns."""

GOAL_MILLISECONDS: Final = 5
LISTS: Final = "/api/v1/invoices?limit=20"

Questions = dict[str, list[str]]
"""Paths by what they ask for."""


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=2, help="for each question")
    parser.add_argument("--keep", type=Path, help="folder of databases to use again")
    chosen = parser.parse_args()
    columns: dict[int, dict[str, load.Result]] = {}
    with temporary_folder() as folder:
        print(describe_machine(folder), flush=True)
        for size in chosen.sizes:
            with _open(chosen, folder, size) as (server, known):
                columns[size] = _ask_all(server, _questions(server, known), chosen.seconds)
                print(f"{size:,} invoices: {server.resident_megabytes():.0f} MB resident", flush=True)
    _print_table(columns)


@contextmanager
def _open(chosen: Namespace, folder: Path, size: int) -> Iterator[tuple[Server, Filled]]:
    """A server on a database of this size."""
    if chosen.database == "postgres":
        with servers.postgres(folder / f"postgres{size}") as url:
            known = fill(Settings(data_dir=folder, database_url=url), size)
            with servers.cleverinvo(folder, url, known.key, "--no-worker") as server:
                yield server, known
        return
    place = (chosen.keep or folder) / str(size)
    known = filled(place, size)
    with servers.cleverinvo(place, None, known.key, "--no-worker") as server:
        yield server, known


def _questions(server: Server, filled: Filled) -> Questions:
    chance = random.Random(filled.size)
    numbers = [chance.randint(1, filled.size) for _ in range(SAMPLES)]
    clients = [chance.randrange(len(filled.client_ids)) for _ in range(SAMPLES)]
    first_page = server.ask("GET", LISTS)
    cursor = first_page["pagination"]["nextCursor"]
    words = first_page["data"][0]["lineItems"][0]["description"].split()
    far = max(min(1_000, filled.size // 20), 1)
    return {
        "get by id": [f"/api/v1/invoices/{_id_of(server, number)}" for number in numbers],
        "first page of 20, with total": [LISTS],
        "page 2, by cursor": [f"{LISTS}&cursor={cursor}"],
        "page 1,000, by number": [f"{LISTS}&page={far}"],
        "q: a word of one invoice": [f"{LISTS}&q={filled.code(number)}" for number in numbers],
        "q: a number, INV-…": [f"{LISTS}&q=INV-{number:04}" for number in numbers],
        "q: a number, digits only": [f"{LISTS}&q={number:04}" for number in numbers],
        "q: a client's name": [f"{LISTS}&q={quote(filled.client_names[place])}" for place in clients],
        "q: a word of some lines": [f"{LISTS}&q={word}" for word in words],
        "q: a word of every invoice": [f"{LISTS}&q={EVERY_INVOICE.split()[-1].strip('.')}"],
        "q: two letters": [f"{LISTS}&q={word[:2]}" for word in words],
        **_filters(filled, clients),
    }


def _filters(filled: Filled, clients: Sequence[int]) -> Questions:
    statuses = ("DRAFT", "SENT", "OVERDUE", "PAID", "VOID")
    return {
        **{f"status={status}": [f"{LISTS}&status={status}"] for status in statuses},
        "status=SENT,OVERDUE": [f"{LISTS}&status=SENT,OVERDUE"],
        "clientId": [f"{LISTS}&clientId={filled.client_ids[place]}" for place in clients],
        "issueDate of one week": [f"{LISTS}&issueDate[gte]=2024-03-04&issueDate[lte]=2024-03-10"],
        "issueDate of one year": [f"{LISTS}&issueDate[gte]=2024-01-01&issueDate[lte]=2024-12-31"],
        "sort=-issueDate": [f"{LISTS}&sort=-issueDate"],
        "clientId and status=PAID": [f"{LISTS}&clientId={filled.client_ids[1]}&status=PAID"],
    }


def _id_of(server: Server, number: int) -> str:
    """The id of the invoice with this number."""
    found = server.ask("GET", f"/api/v1/invoices?q={number:04}&limit=100")["data"]
    invoice_id: str = next(one["id"] for one in found if one["invoiceNumber"] == f"INV-{number:04}")
    return invoice_id


def _ask_all(server: Server, questions: Questions, seconds: float) -> dict[str, load.Result]:
    answers = {}
    for name, paths in questions.items():
        answers[name] = load.run(server.target, requests.gets(server, cycle(paths)), 1, seconds)
        assert not answers[name].wrong, f"{name}: {dict(answers[name].wrong)}"
    return answers


def _print_table(columns: dict[int, dict[str, load.Result]]) -> None:
    print(f"\n{'p50 / p95 in ms':<30}" + "".join(f"{f'{size:,}':>18}" for size in columns))
    for name in next(iter(columns.values())):
        cells = [
            f"{results[name].milliseconds(50):.2f} / {results[name].milliseconds(95):.2f}"
            for results in columns.values()
        ]
        largest = columns[max(columns)][name].milliseconds(50)
        print(f"{name:<30}" + "".join(f"{cell:>18}" for cell in cells) + _verdict(largest))


def _verdict(milliseconds: float) -> str:
    return "" if milliseconds <= GOAL_MILLISECONDS else f"   above {GOAL_MILLISECONDS} ms"


if __name__ == "__main__":
    main()
