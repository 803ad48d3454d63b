"""`kill -9` exactly at the n-th system call of storing and answering, for every n: the worst moments of all.

A kill at random hardly ever meets the microseconds between an answer and its commit; this one meets them.
"""

import shutil
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from cleverinvo.settings import Settings
from tests.faults.customers import Ledger, begin, settle, visiting
from tests.faults.stage import SHORT_OR_FULL, assert_nothing_lost, serve, tell
from tests.faults.tracing import injected
from tests.live import NotStarted

ORDERS = 3
"""New requests, within which every call is met by a kill."""

LOG = "cleverinvo.sqlite3-wal"
FILE = "cleverinvo.sqlite3"


class Moment(NamedTuple):
    """The place at which the server is killed."""

    call: str
    file: str | None
    """The file that is called on, or any, sockets too."""
    place: int


CALLS = [
    ("pwrite64", LOG),
    ("fsync,fdatasync", LOG),
    ("pwrite64,ftruncate,fsync,fdatasync", FILE),
    ("write,writev", None),
    ("unlink", None),
]
SHORT = [
    Moment("write,writev", None, 9),  # stored and not told
    Moment("pwrite64", FILE, 2),  # while the log of the one before is copied into the file
    Moment("pwrite64", LOG, 9),  # in a commit
    Moment("fsync,fdatasync", LOG, 3),  # written and not synced
]


@SHORT_OR_FULL
def test_a_kill_at_any_system_call_loses_nothing(
    sqlite_settings: Settings, tmp_path_factory: pytest.TempPathFactory, length: str
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    with serve(sqlite_settings) as server:
        ledger = begin(server)
        settle(server, ledger)
    moments = 0
    for walk in [SHORT] if length == "short" else [(Moment(*call, place) for place in count(1)) for call in CALLS]:
        for moment in walk:
            if not is_killed_at(moment, sqlite_settings, ledger):
                assert length == "full", f"{moment} was never met"
                break
            moments += 1
            assert_sound_copy(sqlite_settings, ledger, copy)
            tell(f"{moments} kills, the last one at {moment}", ledger)
    with serve(sqlite_settings) as server:
        settle(server, ledger)
        assert_nothing_lost(sqlite_settings, ledger)
    assert not ledger.open
    assert ledger.statuses.keys() == {201}


def is_killed_at(moment: Moment, settings: Settings, ledger: Ledger) -> bool:
    """Serve some customers until that moment; whether it came."""
    path = settings.data_dir / moment.file if moment.file else None
    try:
        with (
            serve(settings, *injected(moment.call, "signal=KILL", str(moment.place), path)) as server,
            visiting(server, ledger) as customer,
        ):
            orders = len(ledger.open) + ORDERS
            return any(customer.order(ledger.take()) is None for _ in range(orders))
    except NotStarted:  # it was killed before it served
        return True


def assert_sound_copy(settings: Settings, ledger: Ledger, folder: Path) -> None:
    """Look at a copy, so that it is the next server that finds what the kill has left, and not this look."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(settings.data_dir, folder)
    (folder / "cleverinvo.sqlite3-shm").unlink(missing_ok=True)
    assert_nothing_lost(Settings(data_dir=folder), ledger)
