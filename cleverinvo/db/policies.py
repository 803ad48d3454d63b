"""What accounts set once and the worker carries out every day: a row each, with the day that was done last."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, select, true

from cleverinvo.db.schema import accounts
from cleverinvo.db.statements import among, insert_into
from cleverinvo.db.transaction import Row, Tx

NEVER: Final = ""
"""Before every day."""


class Policies:
    """The policies of one kind, in a table of their own. `worked` narrows down those that the worker looks at."""

    def __init__(self, table: Table, worked: ColumnElement[bool] | None = None) -> None:
        mine = table.c.account_id == bindparam("account")
        columns = [column.name for column in table.columns if column.name not in ("account_id", "checksum")]
        self._find = select(table).where(mine)
        self._insert = insert_into(table)
        self._update = table.update().where(mine).values({name: bindparam(name) for name in columns})
        self._note_done = table.update().where(mine).values(done_on=bindparam("day"))
        self.due = (
            select(table.c.account_id)
            .select_from(table.join(accounts, accounts.c.id == table.c.account_id))
            .where(
                table.c.done_on < bindparam("today"),
                true() if worked is None else worked,
                among(accounts.c.time_zone, "zones"),
            )
            .order_by(table.c.done_on, table.c.account_id)
        )

    def find(self, tx: Tx, account_id: int) -> Row | None:
        """The account's row; None where it has never set any."""
        return tx.row(self._find, account=account_id)

    def set(self, tx: Tx, account_id: int, **columns: Any) -> None:
        """Store a policy; what is due by it is looked for from now on."""
        columns |= {"done_on": NEVER, "updated_at": tx.stamp}
        if not tx.change(self._update, account=account_id, **columns):
            tx.change(self._insert, account_id=account_id, **columns)

    def list_accounts_due(self, tx: Tx, today: date, zones: Sequence[str]) -> list[int]:
        """The accounts in these time zones, where it is `today`, that were not dealt with today."""
        return [row.account_id for row in tx.rows(self.due, today=today.isoformat(), zones=zones)]

    def note_done(self, tx: Tx, account_id: int, day: date) -> None:
        """Note that all was done that the account's policy asks for on a day."""
        tx.change(self._note_done, account=account_id, day=day.isoformat())
