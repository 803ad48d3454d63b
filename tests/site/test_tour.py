"""Looking around: into an account full of somebody else's business, and back to one's own, which is untouched."""

from typing import Any

import pytest

from cleverinvo import demo
from cleverinvo.accounts import store as accounts
from cleverinvo.mail import store as mails
from cleverinvo.mail.rules import LEASE
from tests.conftest import Person
from tests.site.conftest import Surfer, words


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
