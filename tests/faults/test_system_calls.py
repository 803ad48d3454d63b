"""`kill -9` exactly at the n-th system call of storing and answering, for every n: the worst moments of all.

A kill at random hardly ever meets the microseconds between an answer and its commit; this one meets them.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
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


class Kind(NamedTuple):
    """Calls that are counted together, and the file they are made on; None for any, and for sockets."""

    calls: str
    file: str | None


class Moment(NamedTuple):
    """At which system call the server is killed: the n-th of its kind."""

    kind: Kind
    place: int


COMMIT = Kind("pwrite64", LOG)
SYNC = Kind("fsync,fdatasync", LOG)
ANSWER = Kind("write,writev", None)
COPY = Kind("pwrite64", FILE)  # from the log into the file, when the server starts after a kill
CUT = Kind("ftruncate", FILE)
COPIED = Kind("fsync,fdatasync", FILE)
CLEAR = Kind("unlink", None)
KINDS = [ANSWER, COPY, CUT, COPIED, CLEAR, COMMIT, SYNC]

SHORT = [
    Moment(ANSWER, 9),  # stored and not told
    Moment(COPY, 2),
    Moment(COMMIT, 9),
    Moment(SYNC, 3),  # written and not synced
]


@SHORT_OR_FULL
def test_a_kill_at_any_system_call_loses_nothing(
    sqlite_settings: Settings, tmp_path_factory: pytest.TempPathFactory, length: str
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    with serve(sqlite_settings) as server:
        ledger = begin(server)
        settle(server, ledger)
    met: Counter[Kind] = Counter()
    for moment in SHORT if length == "short" else every_moment(met):
        if is_killed_at(moment, sqlite_settings, ledger):
            met[moment.kind] += 1
            assert_sound_copy(sqlite_settings, ledger, copy)
            tell(f"{met.total()} kills, the last one at {moment}", ledger)
    with serve(sqlite_settings) as server:
        settle(server, ledger)
        assert_nothing_lost(sqlite_settings, ledger)
    assert not ledger.open
    assert ledger.statuses.keys() == {201}
    assert met.keys() == set(KINDS if length == "full" else [moment.kind for moment in SHORT])


def every_moment(met: Counter[Kind]) -> Iterator[Moment]:
    """The first, second, third … call of each kind, until there was none left to be met."""
    for kind in KINDS:
        while True:
            before = met[kind]
            yield Moment(kind, before + 1)
            if met[kind] == before:
                break


def is_killed_at(moment: Moment, settings: Settings, ledger: Ledger) -> bool:
    """Serve some customers until that moment; whether it came."""
    path = settings.data_dir / moment.kind.file if moment.kind.file else None
    try:
        with (
            serve(settings, *injected(moment.kind.calls, "signal=KILL", str(moment.place), path)) as server,
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
