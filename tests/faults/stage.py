"""Where faults are played: the real command on a database of either kind, and how long each play lasts."""

import logging
import time
from contextlib import AbstractContextManager

import pytest

from cleverinvo.db.open import choose_driver
from cleverinvo.settings import Settings
from tests.faults import books
from tests.faults.customers import Ledger
from tests.live import SERVE, Live, serving

logger = logging.getLogger("proof")

SHORT_OR_FULL = pytest.mark.parametrize("length", ["short", pytest.param("full", marks=pytest.mark.proof)])
"""Each play is short in the suite, and of full length in `make proof`."""

BACK_SECONDS_MAX = 20
"""How long the server may take to work again once it can, on a machine that has much to do."""


def serve(settings: Settings, *before: str, **environment: str) -> AbstractContextManager[Live]:
    """The command on the database of the settings, as an argument of the command `before` if there is one."""
    if settings.database_url:
        environment["CLEVERINVO_DATABASE_URL"] = settings.database_url
    environment["CLEVERINVO_RATE_LIMIT_BUSINESS"] = "unlimited"
    return serving(settings.data_dir, command=[*before, *SERVE], **environment)


def assert_nothing_lost(settings: Settings, ledger: Ledger) -> None:
    """All that was acknowledged is there, and all that is there is sound."""
    assert list(books.faults(books.read(choose_driver(settings)), ledger)) == []


def await_invoices(ledger: Ledger) -> None:
    """Until another invoice is created."""
    known, ends = len(ledger.invoices), time.monotonic() + BACK_SECONDS_MAX
    while len(ledger.invoices) <= known:
        if time.monotonic() > ends:
            pytest.fail(f"no invoice was created for {BACK_SECONDS_MAX} s: {ledger.statuses}")
        time.sleep(0.02)


def tell(what: str, ledger: Ledger) -> None:
    """A line of progress."""
    logger.info("%s: %d invoices acknowledged, answers %s", what, len(ledger.invoices), dict(ledger.statuses))
