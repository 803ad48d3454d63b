"""Databases as after years of work: clients, invoices of every status, their payments, varied texts."""

import asyncio
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select

from cleverinvo import clock, ids
from cleverinvo.accounts import actions as accounts
from cleverinvo.clients import actions as clients
from cleverinvo.clients.forms import CreateClient
from cleverinvo.db import migrate
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.db.schema import invoices, payments
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.invoices import actions
from cleverinvo.invoices.forms import CreateBatch, CreateInvoice, Line
from cleverinvo.links import Links
from cleverinvo.sealing import Seal
from cleverinvo.settings import Settings

CLIENTS: Final = 500
BATCH: Final = 5_000
DAYS: Final = 5 * 365
"""The invoices are of the last five years, until today."""
EVERY_INVOICE: Final = "Thank you for your business."
CODE_EVERY: Final = 50
"""One invoice in so many has a word of its own, a project code."""

_SYLLABLES: Final = (
    *("ba", "co", "da", "el", "fa", "ga", "hi", "in", "jo", "ka", "lo", "ma", "ne", "or", "pa", "qui", "ra"),
    *("so", "ta", "un", "va", "wi", "xe", "yo", "za", "con", "pro", "tra", "ser", "mon", "der", "lin"),
)


@dataclass
class Filled:
    """What one needs to know of a database to ask it things."""

    size: int
    key: str
    client_ids: list[str] = field(default_factory=list)
    client_names: list[str] = field(default_factory=list)

    def code(self, number: int) -> str:
        """The word that only one invoice has: the one of this number, or one near it."""
        return _code(max(number - number % CODE_EVERY, CODE_EVERY))


def filled(place: Path, size: int) -> Filled:
    """A SQLite database with so many invoices in this folder: the one that is there, or a new one."""
    notes = place / "filled.json"
    if not notes.exists():
        shutil.rmtree(place, ignore_errors=True)
        notes.write_bytes(msgspec.json.encode(fill(Settings(data_dir=place), size)))
    return msgspec.json.decode(notes.read_bytes(), type=Filled)


def fill(settings: Settings, size: int, *, only_drafts: bool = False) -> Filled:
    """Make a database and so many invoices in it, by the verbs that the server uses.

    Their statuses are written past those verbs, to save time: the ledger knows nothing of them.
    """
    migrate.upgrade(choose_driver(settings))
    return asyncio.run(_fill(settings, size, only_drafts))


async def _fill(settings: Settings, size: int, only_drafts: bool) -> Filled:
    links = Links("http://localhost", b"not used")
    database = Database(choose_driver(settings), links, Seal(b"not used"), clock.now)
    chance = random.Random(size)
    account_id, _, key = await database.write(
        accounts.open_account, accounts.NO_ACCOUNT, "Bench", "bench@example.com", "business"
    )
    filled = Filled(size, key.secret)
    vocabulary = sorted({_word(chance) for _ in range(4_000)})
    for _ in range(CLIENTS):
        name = f"{_word(chance).title()} {_word(chance).title()}"
        form = CreateClient(name=name, email=f"{_word(chance)}@example.com")  # type: ignore[arg-type]
        filled.client_ids.append((await database.write(clients.create, account_id, form)).id)
        filled.client_names.append(name)
    forms = _forms(chance, vocabulary, filled)
    for first in range(0, size, BATCH):
        batch = [next(forms) for _ in range(min(BATCH, size - first))]
        done = await database.write(actions.create_batch, account_id, CreateBatch(invoices=batch))
        assert done.created == len(batch)
        if not only_drafts:
            await database.write(_mark, account_id, first)
    await database.close()
    return filled


def _forms(chance: random.Random, vocabulary: Sequence[str], filled: Filled) -> Iterator[CreateInvoice]:
    """Forms in the order of their dates; common words come often, most words seldom."""
    first_day = clock.now().date() - timedelta(days=DAYS)
    for number in range(1, filled.size + 1):
        day = first_day + timedelta(days=(number - 1) * DAYS // filled.size)
        code = [_code(number)] if number % CODE_EVERY == 0 else []
        lines = [
            Line(
                description=" ".join([*_words(chance, vocabulary), *(code if place == 0 else [])]),  # type: ignore[arg-type]
                quantity=Decimal(chance.randint(1, 40)),  # type: ignore[arg-type]
                unit_price=Decimal(chance.randint(1_000, 500_000)) / 100,  # type: ignore[arg-type]
                tax_rate=Decimal(20),  # type: ignore[arg-type]
            )
            for place in range(chance.randint(1, 4))
        ]
        yield CreateInvoice(
            client_id=filled.client_ids[int(chance.paretovariate(1)) % CLIENTS],  # type: ignore[arg-type]
            line_items=lines,
            issue_date=day.isoformat(),  # type: ignore[arg-type]
            notes=EVERY_INVOICE,  # type: ignore[arg-type]
        )


def _words(chance: random.Random, vocabulary: Sequence[str]) -> list[str]:
    return [vocabulary[int(len(vocabulary) * chance.random() ** 3)] for _ in range(chance.randint(3, 6))]


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4)))


def _code(number: int) -> str:
    return f"project{number}x"


def _mark(tx: Tx, account_id: int, after: int) -> None:
    """Give the newest batch the statuses of everyday life: most are paid, some open, few drafts, fewer void."""
    for statement in (_SEND, _PAY, _VOID):
        tx.change(statement, account=account_id, after=after, now=tx.stamp)
    paid = tx.rows(_PAID, account=account_id, after=after)
    tx.change_many(_RECEIVE, [_payment(tx, account_id, row) for row in paid])


def _payment(tx: Tx, account_id: int, invoice: Row) -> dict[str, Any]:
    """All of it, at noon of the day on which it was billed."""
    nothing = dict.fromkeys(("method", "reference", "note", "reversed_at"))
    return {
        "account_id": account_id,
        "id": ids.new("pay", tx.now),
        "invoice_id": invoice.id,
        "currency": invoice.currency,
        "amount": invoice.total,
        "paid_at": invoice.paid_at,
        "created_at": tx.stamp,
        **nothing,
    }


_newest = (invoices.c.account_id == bindparam("account"), invoices.c.number_seq > bindparam("after"))
_hundredth = invoices.c.number_seq % 100
_SEND: Any = invoices.update().where(*_newest, _hundredth >= 5).values(sent_at=bindparam("now"))
_PAY: Any = (
    invoices.update()
    .where(*_newest, _hundredth >= 10)
    .values(paid_at=invoices.c.issue_date + "T12:00:00.000Z", amount_paid=invoices.c.total)
)
_PAID: Any = select(invoices.c.id, invoices.c.currency, invoices.c.total, invoices.c.paid_at).where(
    *_newest, invoices.c.paid_at.is_not(None)
)
_RECEIVE = insert_into(payments)
_VOID: Any = invoices.update().where(*_newest, _hundredth.between(3, 4)).values(voided_at=bindparam("now"))
