"""A disk that is full, or fails: reading goes on, writing is refused for now, and nothing is half-written."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from cleverinvo.settings import Settings
from tests.faults.customers import Customer, Ledger, begin, crowding, settle, visiting
from tests.faults.stage import assert_nothing_lost, await_invoices, serve
from tests.faults.tracing import injected
from tests.live import Live

ROOM_BYTES = 40_000
"""Less than two invoices take."""

REFUSED = 20
"""How many requests are refused before there is room again."""

ORDERS_MAX = 30
"""Within which a write that is to fail has failed."""


@contextmanager
def limited(server: Live, folder: Path) -> Iterator[None]:
    """As long as this lasts, the system lets no file of the server grow."""
    room = (folder / "cleverinvo.sqlite3-wal").stat().st_size + ROOM_BYTES
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def filled(_: Live, folder: Path) -> Iterator[None]:
    """As long as this lasts, the disk has no room left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield
    filler.unlink()


def test_at_the_limit_of_a_file_it_goes_on_reading_and_heals(sqlite_settings: Settings) -> None:
    with serve(sqlite_settings) as server:
        ledger = play_full(server, sqlite_settings.data_dir, limited)
    assert_nothing_lost(sqlite_settings, ledger)


def test_on_a_full_disk_it_goes_on_reading_and_heals(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with serve(Settings(data_dir=small), *on_a_small_disk()) as server:
        seen = Path(f"/proc/{server.process.pid}/root{small}")  # the disk is mounted for the server alone
        ledger = play_full(server, seen, filled)
        shutil.copytree(seen, tmp_path / "found", ignore=shutil.ignore_patterns("*-shm"))
    assert_nothing_lost(Settings(data_dir=tmp_path / "found"), ledger)


def on_a_small_disk() -> list[str]:
    """What to put before a command, so that its data directory is a disk of 8 MB that goes when it goes."""
    words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    mount = 'mount -t tmpfs -o size=8m tmpfs "$CLEVERINVO_DATA_DIR"'
    tried = subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("no disk can be mounted here; the limit of a file is the same to the server")
    return [*words, "sh", "-c", f'{mount} && exec "$@"', "sh"]


def play_full(
    server: Live, folder: Path, without_room: Callable[[Live, Path], AbstractContextManager[None]]
) -> Ledger:
    """Take the room away while customers order, and give it back."""
    ledger = begin(server)
    with visiting(server, ledger) as reader, crowding(server, ledger):
        await_invoices(ledger)
        with without_room(server, folder):
            await_refusals(ledger)
            known = assert_reading(reader)
            assert known >= len(ledger.invoices) > 0
        await_invoices(ledger)
    settle(server, ledger)
    assert ledger.statuses.keys() == {201, 503}
    return ledger


def await_refusals(ledger: Ledger) -> None:
    ends = time.monotonic() + 20
    while ledger.statuses[503] < REFUSED:
        assert time.monotonic() < ends, ledger.statuses
        time.sleep(0.01)


def assert_reading(reader: Customer) -> int:
    """Lists and single invoices are read as ever; how many invoices there are."""
    listed = reader.ask("GET", "/invoices")
    assert listed.status == 200, listed
    newest = listed.json()["data"][0]["id"]
    assert reader.ask("GET", f"/invoices/{newest}").status == 200
    return int(listed.json()["pagination"]["total"])


@pytest.mark.parametrize(("call", "when"), [("fsync,fdatasync", "10..14"), ("pwrite64", "300..340")])
def test_a_write_that_fails_is_not_acknowledged(sqlite_settings: Settings, call: str, when: str) -> None:
    log = sqlite_settings.data_dir / "cleverinvo.sqlite3-wal"
    with serve(sqlite_settings, *injected(call, "error=EIO", when, log)) as server:
        ledger = begin(server)
        with visiting(server, ledger) as customer:
            for _ in range(ORDERS_MAX):
                told = customer.order(ledger.take())
                if told is None or told.status != 201:
                    break
            assert_reading(customer)
        with crowding(server, ledger):
            await_invoices(ledger)
        server.process.kill()  # so that nothing is put right on the way out
        server.process.wait()
    with serve(sqlite_settings) as server:
        settle(server, ledger)
        assert_nothing_lost(sqlite_settings, ledger)
    assert ledger.statuses.keys() == {201, 503}


def test_a_read_that_fails_is_tried_again_or_refused(sqlite_settings: Settings, tmp_path: Path) -> None:
    log, met = sqlite_settings.data_dir / "cleverinvo.sqlite3-wal", tmp_path / "met"
    with serve(sqlite_settings, *injected("pread64", "error=EIO", "20..40", log, met)) as server:
        ledger = begin(server)
        with visiting(server, ledger) as customer:
            for _ in range(30):  # each order changes what the next reading has to fetch
                customer.order(ledger.take())
                status = customer.ask("GET", "/invoices").status
                assert status in (200, 503)
        assert status == 200
    assert "(INJECTED)" in met.read_text()
    assert_nothing_lost(sqlite_settings, ledger)
