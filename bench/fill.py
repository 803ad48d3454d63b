"""Databases as they are after years of work: hundreds of clients, invoices of every status, varied texts."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam

from cleverinvo import clock
from cleverinvo.accounts import actions as accounts
from cleverinvo.clients import actions as clients
from cleverinvo.clients.forms import CreateClient
from cleverinvo.db import migrate
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.db.schema import invoices
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import actions
from cleverinvo.invoices.forms import CreateBatch, CreateInvoice, Line
from cleverinvo.links import Links
from cleverinvo.sealing import Seal
from cleverinvo.settings import Settings

CLIENTS: Final = 500
BATCH: Final = 5_000
FIRST_DAY: Final = date(2021, 1, 1)
DAYS: Final = 5 * 365
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


def fill(settings: Settings, size: int) -> Filled:
    """Make a database and so many invoices in it, by the verbs that the server uses."""
    migrate.upgrade(choose_driver(settings))
    return asyncio.run(_fill(settings, size))


async def _fill(settings: Settings, size: int) -> Filled:
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
        await database.write(_mark, account_id, first)
    await database.close()
    return filled


def _forms(chance: random.Random, vocabulary: Sequence[str], filled: Filled) -> Iterator[CreateInvoice]:
    """Forms in the order of their dates; common words come often, most words seldom."""
    for number in range(1, filled.size + 1):
        day = FIRST_DAY + timedelta(days=(number - 1) * DAYS // filled.size)
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


_newest = (invoices.c.account_id == bindparam("account"), invoices.c.number_seq > bindparam("after"))
_hundredth = invoices.c.number_seq % 100
_SEND: Any = invoices.update().where(*_newest, _hundredth >= 5).values(sent_at=bindparam("now"))
_PAY: Any = (
    invoices.update()
    .where(*_newest, _hundredth >= 10)
    .values(paid_at=bindparam("now"), amount_paid=invoices.c.total)
)
_VOID: Any = invoices.update().where(*_newest, _hundredth.between(3, 4)).values(voided_at=bindparam("now"))
