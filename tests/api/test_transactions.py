"""Many verbs in one commit: one that fails is undone alone; what all write together is never read too late."""

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Delete, Insert, Select, Update

import cleverinvo
from cleverinvo.clients import actions as clients
from cleverinvo.clients import store as client_store
from cleverinvo.clients.forms import CreateClient
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.db.schema import metadata
from cleverinvo.db.statements import Prepared, Statement
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Conflict
from cleverinvo.feed import store as feed
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store as invoice_store
from cleverinvo.settings import Settings
from tests.conftest import Person

Verb = Callable[..., Any]


def make(tx: Tx, account_id: int, name: str) -> str:
    return clients.create(tx, account_id, CreateClient(name=name)).id  # type: ignore[arg-type, union-attr]


def refuse(_tx: Tx, _account_id: int, name: str) -> str:
    raise Conflict(name)


def make_and_refuse(tx: Tx, account_id: int, name: str) -> str:
    make(tx, account_id, name)
    raise Conflict(name)


def make_and_break(tx: Tx, account_id: int, name: str) -> str:
    make(tx, account_id, name)
    raise ZeroDivisionError(name)


def break_the_statement(tx: Tx, account_id: int, name: str) -> str:
    for _ in range(2):  # the same id
        tx.change_many(client_store._INSERT, [tx.known.setdefault(name, _row(tx, account_id, name))])
    return name


def _row(tx: Tx, account_id: int, name: str) -> dict[str, Any]:
    row = dict.fromkeys(column.name for column in metadata.tables["clients"].columns if column.name != "seq")
    fixed = {"id": name, "name": name, "metadata": "{}", "words": "", "is_active": True}
    row.pop("checksum")
    return {**row, **fixed, "account_id": account_id, "created_at": tx.stamp, "updated_at": tx.stamp}


def together(alice: Person, database: Database, *calls: tuple[Verb, str]) -> list[Any]:
    """Run verbs so that one commit takes them all."""

    async def ask() -> list[Any]:
        writes = (database.write(verb, alice.account_id, name) for verb, name in calls)
        return await asyncio.gather(*writes, return_exceptions=True)

    assert alice.http.portal is not None
    return list(alice.http.portal.call(ask))


@pytest.mark.parametrize("failing", [refuse, make_and_refuse, make_and_break, break_the_statement])
def test_a_verb_that_fails_is_undone_alone(alice: Person, database: Database, failing: Verb) -> None:
    before = [event["sequence"] for event in alice.events()][-1]
    outcomes = together(alice, database, (make, "First"), (failing, "Failed"), (make, "Last"))
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, False]
    assert {client["name"] for client in alice.get("/clients").json()["data"]} == {
        "Alice's client",
        "First",
        "Last",
    }
    events = alice.events(before)
    assert [event["data"]["name"] for event in events] == ["First", "Last"]
    assert [event["sequence"] for event in events] == [before + 1, before + 2]


def test_what_was_told_a_moment_ago_is_read(alice: Person, database: Database) -> None:
    def tell_and_read(tx: Tx, account_id: int) -> list[Any]:
        before = feed.find_newest(tx, account_id)
        make(tx, account_id, "Told")
        newest = feed.find_newest(tx, account_id)
        return [newest - before, [head.type for head in feed.list_heads(tx, account_id, before, newest, 5)]]

    assert alice.http.portal is not None
    found = alice.http.portal.call(database.write, tell_and_read, alice.account_id)
    assert found == [1, ["client.created"]]


def test_an_invoice_is_read_anew_after_a_change_and_after_its_undoing(alice: Person, database: Database) -> None:
    invoice_id = alice.invoice()["id"]

    def send_and_refuse(tx: Tx, account_id: int, invoice_id: str) -> None:
        invoices.send(tx, account_id, invoice_id)
        assert invoice_store.get(tx, account_id, invoice_id).status == "SENT"
        raise Conflict("undone")

    def look(tx: Tx, account_id: int, invoice_id: str) -> str:
        return invoice_store.get(tx, account_id, invoice_id).status

    refused, after = together(alice, database, (send_and_refuse, invoice_id), (look, invoice_id))
    assert (type(refused), after) == (Conflict, "DRAFT")


def test_the_ledger_is_chained_through_the_verbs_of_one_commit(alice: Person, database: Database) -> None:
    def send(tx: Tx, account_id: int, invoice_id: str) -> None:
        invoices.send(tx, account_id, invoice_id)

    together(alice, database, *((send, alice.invoice()["id"]) for _ in range(3)))
    entries = alice.get("/ledger").json()["data"]
    assert [entry["sequence"] for entry in entries] == [1, 2, 3]
    assert [entry["previousHash"] for entry in entries[1:]] == [entry["hash"] for entry in entries[:-1]]


def statements() -> Iterator[tuple[str, Statement]]:
    """Every statement that stands in a module of the package."""
    for module in pkgutil.walk_packages(cleverinvo.__path__, "cleverinvo."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, Select | Insert | Update | Delete):
                    yield f"{module.name}.{name}", value


def test_a_statement_knows_its_tables(tmp_path: Path) -> None:
    driver = choose_driver(Settings(data_dir=tmp_path))
    found = dict(statements())
    for name, statement in found.items():
        prepared = Prepared(statement, driver)
        named = re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)", prepared.sql)
        assert {table.name for table in prepared.tables} >= set(named) & set(metadata.tables), name
    assert len(found) > 200
