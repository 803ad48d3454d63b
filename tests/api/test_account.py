"""GET and PATCH /account"""

from typing import Any

import pytest

from cleverinvo import shapes
from cleverinvo.accounts import actions, store
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Call, Tx
from cleverinvo.errors import Conflict
from tests.api import expect
from tests.conftest import FakeClock, Person


def test_an_account_starts_with_the_guides_defaults(alice: Person) -> None:
    account = alice.get("/account").json()
    assert (account["id"], account["name"], account["tier"]) == (alice.public_id, "Alice", "business")
    assert {name: account[name] for name in ("currency", "locale", "timeZone", "paymentTermsDays")} == {
        "currency": "USD",
        "locale": "en",
        "timeZone": "UTC",
        "paymentTermsDays": 30,
    }
    assert (account["numbering"], account["numberFormat"]) == ("onCreate", "INV-{seq:04}")


def test_only_the_fields_sent_change(alice: Person, clock: FakeClock) -> None:
    before = alice.get("/account").json()
    clock.advance(minutes=1)
    change = {
        "name": "Alice & Co",
        "address": "1 Road\nTown",
        "taxId": "GB123",
        "countryCode": "GB",
        "currency": "GBP",
        "timeZone": "Europe/London",
        "paymentTermsDays": 0,
        "numberFormat": "{year}-{seq:05}",
    }
    after = alice.patch("/account", change)
    assert after.status_code == 200
    assert after.json() == {**before, **change, "updatedAt": "2026-03-01T10:31:00.000Z"}
    assert alice.get("/account").json() == after.json()
    assert alice.patch("/account", {"taxId": None}).json()["taxId"] is None


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": None, "currency": None}, ["name", "currency"]),
        ({"tier": "business", "id": "acc_x"}, ["tier", "id"]),
        ({"timeZone": "Mars/Base"}, ["timeZone"]),
        ({"paymentTermsDays": 366}, ["paymentTermsDays"]),
        ({"paymentTermsDays": "30"}, ["paymentTermsDays"]),
        ({"numbering": "never"}, ["numbering"]),
        ({"numberFormat": "INV"}, ["numberFormat"]),
        ({"color": "red"}, ["color"]),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    alice: Person, change: dict[str, Any], fields: list[str]
) -> None:
    before = alice.get("/account").content
    expect.refusal(alice.patch("/account", {"phone": "1", **change}), "VALIDATION_ERROR", *fields)
    assert alice.get("/account").content == before


def test_a_sent_invoice_keeps_the_seller_it_was_sent_by(alice: Person) -> None:
    draft, sent = alice.invoice(), alice.sent_invoice()
    path = "/invoices/{}/pdf"
    before = {invoice["id"]: alice.get(path.format(invoice["id"])).content for invoice in (draft, sent)}
    alice.patch("/account", {"name": "Renamed"})
    after = {invoice["id"]: alice.get(path.format(invoice["id"])).content for invoice in (draft, sent)}
    assert after[sent["id"]] == before[sent["id"]]
    assert after[draft["id"]] != before[draft["id"]]


def test_alice_and_bob_have_settings_of_their_own(alice: Person, bob: Person) -> None:
    before = bob.get("/account").content
    alice.patch("/account", {"currency": "CHF", "numberFormat": "A{seq}"})
    assert bob.get("/account").content == before
    assert (alice.invoice()["invoiceNumber"], bob.invoice()["invoiceNumber"]) == ("A1", "INV-0001")


def test_what_is_read_once_in_a_transaction_is_never_stale(alice: Person, database: Database) -> None:
    def rename(tx: Tx, account_id: int, name: str) -> None:
        actions.update(tx, account_id, shapes.fill(UpdateAccount, {"name": name}))
        if store.get(tx, account_id).name == "Undone":
            raise Conflict("undone")

    def rename_twice(tx: Tx, account_id: int) -> list[str]:
        names = [store.get(tx, account_id).name]
        for name in ("Bea", "Undone"):
            tx.each([Call(rename, account_id, (name,))])
            names.append(store.get(tx, account_id).name)
        return names

    assert alice.http.portal is not None
    names = alice.http.portal.call(database.write, rename_twice, alice.account_id)
    assert names == ["Alice", "Bea", "Bea"]
