"""How long `verify` takes among so many invoices, all of them sent by the server's own verb."""

import argparse
import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from bench import fill
from cleverinvo import clock
from cleverinvo.accounts import store as accounts
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.db.schema import invoices
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import actions
from cleverinvo.links import Links
from cleverinvo.sealing import Seal
from cleverinvo.settings import Settings
from cleverinvo.verify import everything

TOGETHER = 500

_DRAFTS = (
    select(invoices.c.id)
    .where(invoices.c.account_id == bindparam("account_id"), invoices.c.sent_at.is_(None))
    .where(invoices.c.voided_at.is_(None))
    .order_by(invoices.c.seq)
    .limit(bindparam("most"))
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    size = parser.parse_args().invoices
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        fill.fill(settings, size, only_drafts=True)
        sending = timed(lambda: asyncio.run(_send_all(settings)))
        report: list[everything.Report] = []
        seconds = timed(lambda: report.append(everything.look(settings)))
        megabytes = (settings.data_dir / "cleverinvo.sqlite3").stat().st_size / 1e6
    (found,) = report
    assert found.findings == [], found.findings[:3]
    print(f"sent {size:,} invoices in {sending:.1f} s: {size / sending:,.0f}/s")
    print(f"verified {found.rows:,} rows, {found.entries:,} entries, {megabytes:,.0f} MB in {seconds:.1f} s")


def timed(work: Callable[[], Any]) -> float:
    begun = clock.seconds()
    work()
    return clock.seconds() - begun


async def _send_all(settings: Settings) -> None:
    database = Database(
        choose_driver(settings), Links("http://localhost", b"not used"), Seal(b"not used"), clock.now
    )
    ((account_id, _),) = await database.scan(accounts.list_ids)
    while await database.write(_send_some, account_id):
        pass
    await database.close()


def _send_some(tx: Tx, account_id: int) -> int:
    found = tx.rows(_DRAFTS, account_id=account_id, most=TOGETHER)
    for row in found:
        actions.send(tx, account_id, row.id)
    return len(found)


if __name__ == "__main__":
    main()
