"""The power goes at any moment, and what was not synced is lost or torn: nothing acknowledged is lost.

The server is recorded from its very first start; then the disk is put together as it may be found after each
write and each answer, and opened.
"""

import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from cleverinvo.db.sqlite import SqliteDriver
from cleverinvo.settings import Settings
from tests.faults import books, tracing
from tests.faults.customers import Ledger, begin, crowding, visiting
from tests.faults.disk import Disk, images
from tests.faults.stage import SHORT_OR_FULL, serve, tell
from tests.faults.tracing import Call
from tests.live import COMMAND

ORDERS = {"short": 12, "full": 150}
"""Of one of three customers; in the full proof they are enough for the log to be begun anew."""

TORN = {"short": 1, "full": 3}
ANSWERS_BETWEEN = {"short": 1, "full": 4}
WRITES_BETWEEN = {"short": 30, "full": 60}
"""After how many answers and writes the disk is looked at."""


class Recording:
    """A server's whole life, from an empty folder to its stop, and what its customers were told."""

    def __init__(self, folder: Path, orders: int) -> None:
        self.folder = folder / "data"
        self.log = folder / "calls"
        with serve(Settings(data_dir=self.folder), *tracing.recorded(self.log)) as server:
            self.ledger = begin(server)
            with visiting(server, self.ledger) as customer, crowding(server, self.ledger, connections=2):
                for _ in range(orders):
                    customer.order(self.ledger.take())
            server.process.terminate()
            server.process.wait()
        self._names = {body: name for name, body in self.ledger.invoices.items()}

    def calls(self) -> Iterator[tuple[Call, str | None]]:
        """Each system call, and the name of the invoice that it begins to answer with."""
        for call in tracing.read(self.log):
            is_answer = call.name in ("write", "writev") and "socket" in call.path and not call.is_done
            yield call, self._names.get(call.data) if is_answer else None


@SHORT_OR_FULL
def test_what_was_acknowledged_survives_the_loss_of_power(tmp_path: Path, length: str) -> None:
    recording = Recording(tmp_path, ORDERS[length])
    seen, found = replay(recording, length, Disk(recording.folder))
    tell(f"{seen.total()} disks looked at after {dict(seen)}, {len(found)} faults", recording.ledger)
    assert found == []
    looks = len(recording.ledger.invoices) // ANSWERS_BETWEEN[length]
    assert seen["answer"] == looks * (2 + TORN[length])
    assert seen["write"] > 0
    # The proof bites: on a disk that does not sync, most answers would have been promises about nothing.
    _, found = replay(recording, length, Disk(recording.folder, honours_sync=False))
    tell(f"without syncs: {len(found)} faults", recording.ledger)
    assert len(found) >= looks


def test_a_backup_and_the_secret_are_on_the_disk_when_the_command_is_done(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    log, backup = tmp_path / "calls", sqlite_settings.data_dir / "backup.zip"
    environment = {**os.environ, "CLEVERINVO_DATA_DIR": str(sqlite_settings.data_dir)}
    subprocess.run([*tracing.recorded(log), *COMMAND, "backup", str(backup)], env=environment, check=True)
    disk = Disk(sqlite_settings.data_dir)
    for call in tracing.read(log):
        disk.play(call)
    found = disk.image(lambda: False)
    assert found["backup.zip"] == backup.read_bytes()
    assert found["secret"] == (sqlite_settings.data_dir / "secret").read_bytes()


def replay(recording: Recording, length: str, disk: Disk) -> tuple[Counter[str], list[str]]:
    """How many disks were looked at, after an answer and after a write, and all that was wrong with them."""
    chance, told = random.Random(1), Ledger("")
    seen: Counter[str] = Counter()
    found: list[str] = []
    writes = 0
    folder = recording.folder.with_name("found")
    folder.mkdir(exist_ok=True)
    for call, name in recording.calls():
        if name is not None:
            told.invoices[name] = recording.ledger.invoices[name]
            is_due = len(told.invoices) % ANSWERS_BETWEEN[length] == 0
        else:
            is_write = disk.play(call)
            writes += is_write
            is_due = is_write and writes % WRITES_BETWEEN[length] == 0
        if not is_due:
            continue
        for image in images(disk, TORN[length], chance):
            seen["write" if name is None else "answer"] += 1
            found += faults_of(image, folder, told, seen.total() % 10 == 0)
    return seen, found


def faults_of(image: dict[str, bytes], folder: Path, told: Ledger, is_thorough: bool) -> Iterator[str]:
    """What is wrong with a disk as it was found."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in image.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(content)
    driver = SqliteDriver(folder / "cleverinvo.sqlite3")
    try:
        with closing(driver.connect()) as connection:
            if not driver.has_table(connection, "idempotency_keys"):
                yield from (f"{name} is lost with all the rest" for name in told.invoices)
                return
            if is_thorough and connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                yield "the database is corrupt"
        yield from books.faults(books.read(driver), told)
    except sqlite.DatabaseError as error:
        yield f"the database cannot be read: {error}"
