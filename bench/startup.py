"""From the start to the first answered request, and the memory in use after the start and after 100,000 creates.

python -m bench.startup [--rounds 5] [--invoices 100000]
"""

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from bench import load, requests, servers
from bench.servers import Server
from bench.stages import describe_machine, temporary_folder

CONNECTIONS: Final = 32
SLICE_SECONDS: Final = 5
GOAL_SECONDS: Final = 1.5
GOAL_MEGABYTES: Final = 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--invoices", type=int, default=100_000)
    chosen = parser.parse_args()
    empty, existing, resident = [], [], []
    with temporary_folder() as folder:
        print(describe_machine(folder), flush=True)
        for number in range(chosen.rounds):
            data = folder / str(number)
            seconds, key, _ = _start(data)
            empty.append(seconds)
            seconds, _, megabytes = _start(data, key)
            existing.append(seconds)
            resident.append(megabytes)
        print(f"first answer on an empty database: {median(empty):.2f} s   (goal: {GOAL_SECONDS})")
        print(f"first answer on an existing one:   {median(existing):.2f} s   (goal: {GOAL_SECONDS})")
        print(f"resident after the first answer:   {median(resident):.0f} MB", flush=True)
        with servers.cleverinvo(data, key=key) as server:
            _create(server, chosen.invoices)
            megabytes = server.resident_megabytes()
            print(f"resident after {server.created:,} creates: {megabytes:.0f} MB   (goal: {GOAL_MEGABYTES})")


def _start(folder: Path, key: str = "") -> tuple[float, str, float]:
    """Seconds until the first answer; the key; megabytes in use then."""
    started = perf_counter()
    with servers.cleverinvo(folder, key=key) as server:
        server.ask("GET", "/api/v1/clients")
        return perf_counter() - started, server.key, server.resident_megabytes()


def _create(server: Server, invoices: int) -> None:
    """Create so many invoices, and say how the rate and the memory went."""
    server.client_id = server.ask("POST", "/api/v1/clients", {"name": "Acme Corporation"})["id"]
    target = load.Target(server.host, server.port, status=201)
    while server.created < invoices:
        result = load.run(target, requests.creates(server), CONNECTIONS, SLICE_SECONDS)
        assert not result.wrong, dict(result.wrong)
        server.created += result.answered
        print(
            f"  {server.created:>7,} invoices: {server.resident_megabytes():4.0f} MB, {result.rate:5,.0f}/s",
            flush=True,
        )


if __name__ == "__main__":
    main()
