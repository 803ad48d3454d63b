"""One look at everything of every account, in one snapshot of a database that may be in use; only reads."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.db import migrate
from cleverinvo.db.migrate import WrongVersion
from cleverinvo.db.open import choose_driver
from cleverinvo.db.statements import Statements
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import storage
from cleverinvo.links import Links
from cleverinvo.sealing import Seal
from cleverinvo.settings import Settings
from cleverinvo.verify import rows
from cleverinvo.verify.books import AccountLook

FINDINGS_MAX: Final = 1_000
"""Of each table, and of each part of an account's books."""

NOBODYS: Final = "-"
"""Stands for the account where a finding is about none."""


class Finding(NamedTuple):
    """Something that is not as it must be."""

    account: str
    what: str


class Head(NamedTuple):
    """The newest entry of an account's ledger.

    Whoever keeps it elsewhere can tell later whether anything before it was changed since.
    """

    account: str
    sequence: int
    hash: str


class Report(NamedTuple):
    """What was looked at, and what was found."""

    accounts: int
    invoices: int
    events: int
    documents: int
    entries: int
    rows: int
    heads: list[Head]
    findings: list[Finding]


T = TypeVar("T")

Tell = Callable[[str], None]


def look(chosen: Settings, tell: Tell = lambda _: None) -> Report:
    """Look at the database and the storage of the settings; `tell` hears now and then how far it has come."""
    driver = choose_driver(chosen)
    survey = Survey(storage.choose(chosen), tell)
    with survey.noting(NOBODYS, "the database"), contextlib.ExitStack() as stack:
        migrate.require_head(driver)
        connection = driver.connect_auditor()
        stack.callback(connection.close)
        driver.begin_snapshot(connection)
        # Addresses are not looked at, so no secret is needed: not even one that is missing is made.
        tx = Tx(driver, Statements(driver), connection, clock.now(), Links("", b""), Seal(b""))
        tell("the database's own checks")
        survey.note(NOBODYS, "the database", driver.faults(connection))
        survey.of_rows(tx)
        survey.of_accounts(tx)
    return survey.report()


class Survey:
    """A look that goes on where something cannot be read, and says so."""

    def __init__(self, kept: storage.Storage, tell: Tell) -> None:
        self._storage = kept
        self._tell = tell
        self._looks: list[AccountLook] = []
        self._heads: list[Head] = []
        self._findings: list[Finding] = []
        self._row_count = 0

    def of_rows(self, tx: Tx) -> None:
        """Compare every row with its checksum."""
        owners: dict[int, str] = {}
        with self.noting(NOBODYS, "accounts"):
            owners = dict(accounts.list_ids(tx))
        for table in rows.TABLES:
            with self.noting(NOBODYS, table.name):
                look = rows.TableLook(tx, table, self._tell)
                for owner, what in _at_most(look.faults()):
                    self._findings.append(Finding(owners.get(owner, NOBODYS), what))
                self._row_count += look.row_count

    def of_accounts(self, tx: Tx) -> None:
        """Work out again what each account's books say."""
        with self.noting(NOBODYS, "accounts"):
            for account_id, public_id in accounts.list_ids(tx):
                look = AccountLook(tx, account_id, self._storage, self._tell)
                self._looks.append(look)
                for part in look.parts():
                    self.note(public_id, "its books", part)
                self._heads.append(Head(public_id, *look.head))

    def note(self, account: str, what: str, faults: Iterable[str]) -> None:
        with self.noting(account, what):
            for fault in _at_most(faults):
                self._findings.append(Finding(account, fault))

    @contextlib.contextmanager
    def noting(self, account: str, what: str) -> Iterator[None]:
        """What cannot be read, or makes no sense when it is, is a finding too: bytes may have become anything."""
        try:
            yield
        except WrongVersion as error:
            self._findings.append(Finding(account, str(error)))
        except Exception as error:
            kind = type(error).__name__
            self._findings.append(Finding(account, f"{what} cannot be read to the end ({kind}: {error})"))

    def report(self) -> Report:
        return Report(
            accounts=len(self._looks),
            invoices=sum(look.invoice_count for look in self._looks),
            events=sum(look.event_count for look in self._looks),
            documents=sum(look.document_count for look in self._looks),
            entries=sum(sequence for _, sequence, _ in self._heads),
            rows=self._row_count,
            heads=self._heads,
            findings=list(dict.fromkeys(self._findings)),
        )


def _at_most(found: Iterable[T]) -> Iterator[T]:
    return islice(found, FINDINGS_MAX)
