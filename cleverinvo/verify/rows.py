"""Every row against its own checksum: whatever byte of it has changed, and in whichever table."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Select, Table, select

from cleverinvo.db import checksums
from cleverinvo.db.schema import accounts, metadata
from cleverinvo.db.transaction import Tx

TABLES: Final = [table for table in metadata.tables.values() if checksums.is_kept(table)]

TOLD_EVERY: Final = 10_000
"""Rows between two words of how far it has come."""


class TableLook:
    """One look at one table."""

    def __init__(self, tx: Tx, table: Table, tell: Callable[[str], None]) -> None:
        self._tx = tx
        self._table = table
        self._tell = tell
        self.row_count = 0

    def faults(self) -> Iterator[tuple[int, str]]:
        """The owner of each row that is not what was written, and a sentence that names the row."""
        work_out = checksums.recipe(self._table)
        for row in self._tx.stream(_all_rows(self._table)):
            if self.row_count % TOLD_EVERY == 0:
                self._tell(f"rows of {self._table.name}: {self.row_count:,}")
            self.row_count += 1
            owner, name, checksum, *values = row
            try:
                is_sound = work_out(values) == checksum
            except (UnicodeError, TypeError, OverflowError):  # no row that was ever written
                is_sound = False
            if not is_sound:
                yield owner, f"{self._table.name} {name!r}: the row was changed behind the server's back"


def _all_rows(table: Table) -> Select[Any]:
    owner = accounts.c.id if table is accounts else table.c.get("account_id", next(iter(table.primary_key)))
    name = table.c.get("public_id", table.c.get("id", next(iter(reversed(table.primary_key.columns.values())))))
    labelled = (owner.label("owner_"), name.label("name_"), table.c[checksums.NAME].label("sum_"))
    return select(*labelled, *checksums.columns(table))
