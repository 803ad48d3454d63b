"""Whatever byte is changed behind the server's back is found; `make proof` changes a thousand of each kind."""

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from cleverinvo.app import App
from cleverinvo.settings import Settings
from cleverinvo.verify import everything
from tests import tampering
from tests.conftest import PUBLIC_URL, QUICK, FakeClock, TestClient, open_account
from tests.faults.stage import SHORT_OR_FULL
from tests.tampering import DATABASE, Hand

CHANGES = {"short": 12, "full": 1_000}

logger = logging.getLogger(__name__)


@pytest.fixture
def books(settings: Settings, clock: FakeClock) -> Iterator[Settings]:
    """The settings of a server that has done business, and has stopped."""
    app = App(settings, PUBLIC_URL, clock=clock, seconds=clock.seconds, hasher=QUICK)
    with TestClient(app, base_url=PUBLIC_URL) as server:
        for name in ("Alice", "Bob"):
            tampering.do_business(open_account(server, name))
    assert everything.look(settings).findings == []
    yield settings
    assert everything.look(settings).findings == []  # every change was undone, so each finding was of its own


@SHORT_OR_FULL
@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_byte_of_the_file_that_says_something_is_watched(books: Settings, length: str) -> None:
    """A byte that is changed in the empty part of a page changes nothing that is stored, and need not be found.

    What is stored is asked of SQLite itself, without the server: its schema, all rows, and all that search finds.
    """
    path, chance = books.data_dir / DATABASE, random.Random(length)
    told = tampering.dump(books.data_dir)
    found = silent = 0
    while found < CHANGES[length]:
        with tampering.flipped(path, chance) as at:
            is_changed = tampering.dump(books.data_dir) != told
            is_found = bool(everything.look(books).findings)
        assert is_found or not is_changed, f"byte {at} of {path.stat().st_size}"
        found += is_found
        silent += not is_found
    logger.info("%d changed bytes found; %d more changed nothing that is stored", found, silent)


@SHORT_OR_FULL
def test_every_byte_of_every_value_is_watched(books: Settings, length: str) -> None:
    hand, chance = Hand(books), random.Random(length)
    cells = tampering.cells(hand)
    found = 0
    while found < CHANGES[length]:
        cell = chance.choice(cells)
        with tampering.changed(hand, cell, chance) as is_changed:
            assert not is_changed or everything.look(books).findings, cell
        found += is_changed
    logger.info("%d changed values found, of %d", found, len(cells))


@SHORT_OR_FULL
@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_byte_of_every_document_is_watched(books: Settings, length: str) -> None:
    paths, chance = stored(books), random.Random(length)
    for _ in range(CHANGES[length]):
        path = chance.choice(paths)
        with tampering.flipped(path, chance) as at:
            (finding,) = everything.look(books).findings
            assert f"{path.stem} was altered" in finding.what, at


def stored(books: Settings) -> list[Path]:
    return sorted((books.data_dir / "documents").rglob("*.pdf"))
