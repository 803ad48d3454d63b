"""Looking around: into an account full of somebody else's business, and back to one's own, which is untouched."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from cleverinvo import demo
from cleverinvo.accounts import store as accounts
from cleverinvo.db.schema import metadata
from cleverinvo.documents import actions as documents
from cleverinvo.documents import storage
from cleverinvo.documents.renderer import Renderer
from cleverinvo.errors import NotFound
from cleverinvo.invoices import lists
from cleverinvo.invoices.forms import ListInvoices
from cleverinvo.lifecycle import store as lifecycle
from cleverinvo.mail import store as mails
from cleverinvo.mail.rules import LEASE
from cleverinvo.settings import Settings
from cleverinvo.verify import everything
from cleverinvo.webhooks import dispatch
from cleverinvo.webhooks.dispatch import Parcel, Report
from cleverinvo.webhooks.rules import STANDARD, Outcome
from tests.conftest import FakeClock, Person
from tests.site.conftest import Surfer, invited, words


@pytest.fixture(autouse=True)
def short_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DAYS", 60)


def test_one_steps_in_and_back_and_ones_own_account_is_untouched(
    alice: Person, alices: Surfer, server: Any
) -> None:
    assert "Look around with demo data" in words(alices.get("/overview"))
    before = alice.events()
    assert alices.post("/demo").status_code == 303
    inside = words(alices.get("/overview"))
    assert "This is a demonstration." in inside
    assert "Studio Okafor (demo)" in inside
    assert alices.post("/demo").status_code == 409
    assert alices.post("/demo/leave").status_code == 303
    outside = words(alices.get("/overview"))
    assert "This is a demonstration." not in outside
    assert "Write your first invoice" in outside
    assert alices.post("/demo/leave").status_code == 409
    alices.post("/demo")  # the second time it is the same one
    assert len(server.portal.call(server.app.database.read, accounts.list_ids)) == 2
    assert alice.events() == before
    assert alice.invoice()["invoiceNumber"] == "INV-0001"


def test_what_is_late_in_it_was_told_of_when_it_became_so(
    alices: Surfer, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DAYS", 120)
    alices.post("/demo")
    assert re.search(r"\d invoices? , the oldest", words(alices.get("/overview")))
    assert server.portal.call(server.app.database.scan, lifecycle.list_overdue, 100) == {}


def test_whoever_logs_out_inside_is_out_of_both(alices: Surfer) -> None:
    own = alices.http.cookies["__Host-session"]
    alices.post("/demo")
    alices.post("/logout")
    alices.http.cookies.set("__Host-session", own)
    assert alices.get("/overview").headers["location"] == "/login"


def test_nothing_is_mailed_from_a_demonstration(alice: Person, alices: Surfer, server: Any) -> None:
    alice.post(f"/invoices/{alice.sent_invoice()['id']}/send", {"to": "real@alice.example"})
    alices.post("/demo")
    invoice = alices.get("/find?q=Nordlicht", headers={"x-requested-with": "fetch"}).json()[0]["href"]
    assert alices.post(f"{invoice}/send", {"to": "real@nordlicht.example"}).status_code == 303

    def claim(tx: Any, _: int) -> list[str]:
        return [envelope.mail.to[0] for envelope in mails.claim(tx, 10, LEASE)]

    assert server.portal.call(server.app.database.write, claim, 1) == ["real@alice.example"]


def test_nothing_is_left_of_a_demonstration_that_was_removed(
    alice: Person, alices: Surfer, server: Any, settings: Settings
) -> None:
    kept = alice.get(f"/invoices/{alice.sent_invoice()['id']}/pdf").content
    alices.post("/demo")
    demo_id = server.portal.call(server.app.database.read, accounts.find_demo, alice.account_id)
    key = re.findall(r"ci_live_\w+", alices.post("/keys", {"name": "Inside"}).text)[0]
    alices.post("/webhooks", {"url": "https://hooks.example/in"})
    (invoice,) = ask_api(alices, key, "/invoices?status=PAID&limit=1").json()["data"]
    assert ask_api(alices, key, f"/invoices/{invoice['id']}/pdf").status_code == 200
    assert tables_with(server, demo_id) >= {"accounts", "demos", "ledger", "webhooks", "api_keys", "sessions"}
    answer = alices.post("/demo/remove")
    assert (answer.status_code, answer.headers["location"]) == (303, "/overview")
    assert "You are back in your own account." in words(alices.get("/overview"))
    assert ask_api(alices, key, "/clients").status_code == 401
    assert alices.get(invoice["pdfUrl"]).status_code == alices.get(invoice["hostedUrl"]).status_code == 404
    server.portal.call(server.app.recorder.flush)  # what was asked before is not written afterwards
    assert tables_with(server, demo_id) == set()
    (document,) = (settings.data_dir / "documents").rglob("*.pdf")
    assert document.read_bytes() == kept
    assert everything.look(settings).findings == []
    alices.post("/demo")  # a new one
    assert server.portal.call(server.app.database.read, accounts.find_demo, alice.account_id) > demo_id


def test_what_was_under_way_leaves_nothing_behind(
    alice: Person, alices: Surfer, server: Any, settings: Settings, clock: FakeClock
) -> None:
    call, database = server.portal.call, server.app.database
    alices.post("/demo")
    demo_id = call(database.read, accounts.find_demo, alice.account_id)
    (invoice,) = call(database.scan, lists.page, demo_id, ListInvoices(status="PAID", limit=1)).data
    document = call(database.scan, documents.find, demo_id, invoice.id)._replace(sha256=None)
    assert alices.post("/demo/remove").status_code == 303
    renderer = Renderer(database, storage.choose(settings), {"invoice": documents.find})
    with pytest.raises(NotFound):
        call(renderer.pdf, document)
    renderer.close()
    assert list((settings.data_dir / "documents").rglob("*.pdf")) == []
    parcel = Parcel(1, "dlv_1", "whk_1", demo_id, "evt_1", "https://x.example", {}, [], b"{}", 1, 1, clock.moment)
    report = Report(parcel, Outcome(clock.moment, 5, {}, error="refused"), STANDARD, 0.5)
    call(database.write, dispatch.record, demo_id, report)
    assert tables_with(server, demo_id) == set()


def test_it_is_removed_from_outside_too_and_whoever_is_inside_comes_home(
    alice: Person, alices: Surfer, new_surfer: Callable[[], Surfer]
) -> None:
    erin = invited(alice, new_surfer(), "member", "Erin")
    frank = invited(alice, new_surfer(), "reader", "Frank")
    assert alices.post("/demo/remove").status_code == 404
    erin.post("/demo")
    assert "Remove it" in words(alices.get("/settings/plan"))
    assert frank.post("/demo/remove").status_code == 403
    assert alices.post("/demo/remove").status_code == 303
    assert "Remove it" not in words(alices.get("/settings/plan"))
    assert erin.get("/clients").headers["location"] == "/overview"
    assert "The demonstration has ended. You are back in your own account." in words(erin.get("/overview"))


def test_there_is_no_demonstration_inside_a_demonstration(alices: Surfer) -> None:
    alices.post("/demo")
    alices.http.cookies.delete("__Host-home")
    assert alices.post("/demo").status_code == 409
    assert alices.post("/demo/remove").status_code == 404


def test_only_a_demonstration_can_be_removed(alice: Person, alices: Surfer, bobs: Surfer, server: Any) -> None:
    alice.sent_invoice()
    alices.post("/demo")
    assert bobs.post("/demo/remove").status_code == 404
    for account_id, message in ((alice.account_id, "never"), (10_000, "no demonstration")):
        with pytest.raises(Exception, match=message):
            server.portal.call(server.app.database.write, removed_by_mistake, account_id)
    assert len(alice.get("/invoices").json()["data"]) == 1


def removed_by_mistake(tx: Any, account_id: int) -> None:
    if account_id == 10_000:
        demo.remove(tx, account_id, 1)
    accounts.remove_demo(tx, account_id)


def ask_api(surfer: Surfer, key: str, path: str) -> Any:
    return surfer.http.get(f"/api/v1{path}", headers={"authorization": f"Bearer {key}"})


def tables_with(server: Any, account_id: int) -> set[str]:
    """The tables in which there is anything of an account, what search knows of it included."""
    connection = server.app.database.driver.connect()
    owned = {"accounts": "id", "demos": "demo_account_id"}
    found = set()
    for table in metadata.sorted_tables:
        column = owned.get(table.name, "account_id")
        if column in table.c:
            sql = f"SELECT count(*) FROM {table.name} WHERE {column} = {account_id}"
            found |= {table.name} if connection.execute(sql).fetchone()[0] else set()
    connection.close()
    return found
