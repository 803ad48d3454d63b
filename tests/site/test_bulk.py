"""Many invoices at once: asked first, each for itself, and taken back where that can be."""

import io
import re
import zipfile
from typing import Any

from cleverinvo.mail import actions as mail
from tests.conftest import FakeClock, Person
from tests.site.conftest import OURS, Surfer, words


def test_many_are_marked_each_for_itself(alice: Person, alices: Surfer) -> None:
    draft, paid = alice.invoice()["id"], alice.invoice()["id"]
    alice.patch(f"/invoices/{paid}", {"status": "PAID"})
    assert alices.post("/invoices/bulk", {"id": [draft, paid], "action": "SENT"}).status_code == 303
    assert "1 invoice marked as sent. 1 could not be: INV-0002" in words(alices.get("/invoices"))
    assert alice.get(f"/invoices/{draft}").json()["status"] == "SENT"
    assert alices.post("/invoices/bulk", {"id": [draft], "action": "DELETED"}).status_code == 400
    assert alices.post("/invoices/bulk", {"action": "SENT"}).status_code == 400


def pay_all(alice: Person, alices: Surfer) -> list[str]:
    """Two invoices, one of them paid in part, that are marked as paid together."""
    first, second = alice.sent_invoice()["id"], alice.sent_invoice()["id"]
    alice.post(f"/invoices/{first}/payments", {"amount": 30})
    alices.post("/invoices/bulk", {"id": [first, second], "action": "PAID"})
    assert {alice.get(f"/invoices/{one}").json()["status"] for one in (first, second)} == {"PAID"}
    return [first, second]


def test_marking_as_paid_is_undone_and_nothing_else_is(alice: Person, alices: Surfer) -> None:
    ids = pay_all(alice, alices)
    assert "2 payments recorded just now" in words(alices.get("/invoices"))
    alices.post("/invoices/undo")
    assert [alice.get(f"/invoices/{one}").json()["amountPaid"] for one in ids] == [30, 0]
    page = words(alices.get("/invoices"))
    assert "Undone: 2 payments reversed." in page
    assert "recorded just now" not in page


def test_what_was_marked_long_ago_is_not_undone(alice: Person, alices: Surfer, clock: FakeClock) -> None:
    ids = pay_all(alice, alices)
    clock.advance(minutes=11)
    alices.post("/invoices/undo")
    assert {alice.get(f"/invoices/{one}").json()["status"] for one in ids} == {"PAID"}
    assert "nothing to undo any more" in words(alices.get("/invoices"))


def test_nobody_undoes_what_another_account_was_paid(
    alice: Person, alices: Surfer, bob: Person, bobs: Surfer
) -> None:
    invoice = bob.sent_invoice()["id"]
    payment = bob.post(f"/invoices/{invoice}/payments", {"amount": 100}).json()["id"]
    alices.http.cookies.set("paid", payment.removeprefix("pay_"))
    alices.post("/invoices/undo")
    assert bob.get(f"/invoices/{invoice}").json()["status"] == "PAID"


def test_mailing_asks_first_and_names_who_cannot_be_reached(alice: Person, alices: Surfer) -> None:
    reached = alice.post("/clients", {"name": "Reached", "email": "ap@reached.example"}).json()["id"]
    ids = [alice.invoice()["id"], alice.invoice(clientId=reached)["id"]]
    asked = alices.post("/invoices/bulk", {"id": ids, "action": "mail"})
    text = words(asked)
    assert "Send 1 invoice?" in text
    assert "INV-0002 Reached ap@reached.example $100.00" in text
    assert "INV-0001 Alice&#39;s client Its client has no e-mail address. $100.00" in text
    assert alice.get("/mails").json()["data"] == []
    alices.post("/invoices/bulk", {"id": [ids[1]], "action": "mail", "sure": "yes"})
    assert [mail["to"] for mail in alice.get("/mails").json()["data"]] == [["ap@reached.example"]]


def send_two(alice: Person, alices: Surfer) -> list[str]:
    """Two invoices mailed together, from a list that was filtered."""
    client = alice.post("/clients", {"name": "Reached", "email": "ap@reached.example"}).json()["id"]
    ids = [alice.invoice(clientId=client)["id"] for _ in range(2)]
    headers = {**OURS, "referer": "http://elsewhere.example/invoices?status=DRAFT"}
    asked = alices.post("/invoices/bulk", {"id": ids, "action": "mail"}, headers=headers)
    assert "2 mails to 1 address" in words(asked)
    (back,) = re.findall(r'name="back" value="([^"]*)"', asked.text)
    sent = alices.post("/invoices/bulk", {"id": ids, "action": "mail", "sure": "yes", "back": back})
    assert sent.headers["location"] == "/invoices?status=DRAFT"
    return ids


def test_mails_of_many_are_withdrawn_within_a_minute(alice: Person, alices: Surfer, bobs: Surfer) -> None:
    ids = send_two(alice, alices)
    assert "2 mails wait for a minute before they go out" in words(alices.get("/invoices"))
    bobs.http.cookies.set("mailed", alices.http.cookies.get("mailed"))
    bobs.post("/invoices/withdraw")
    assert "Too late" in words(bobs.get("/invoices"))
    alices.post("/invoices/withdraw")
    assert "2 mails withdrawn. The invoices stay sent and frozen." in words(alices.get("/invoices"))
    assert {mail["status"] for mail in alice.get("/mails").json()["data"]} == {"cancelled"}
    assert {alice.get(f"/invoices/{one}").json()["status"] for one in ids} == {"SENT"}
    assert "Withdrawn before it went out" in words(alices.get(f"/invoices/{ids[0]}"))


def test_what_has_gone_out_is_not_withdrawn(alice: Person, alices: Surfer, server: Any, clock: FakeClock) -> None:
    send_two(alice, alices)

    def taken() -> int:
        return len(server.portal.call(server.app.database.write, mail.claim, 0, 10))

    assert taken() == 0
    clock.advance(minutes=2)
    assert taken() == 2
    alices.post("/invoices/withdraw")
    assert "Too late: the mails have gone out." in words(alices.get("/invoices"))
    assert {one["status"] for one in alice.get("/mails").json()["data"]} == {"waiting"}


def test_voiding_asks_first(alice: Person, alices: Surfer) -> None:
    paid, sent = alice.sent_invoice()["id"], alice.sent_invoice()["id"]
    alice.patch(f"/invoices/{paid}", {"status": "PAID"})
    text = words(alices.post("/invoices/bulk", {"id": [paid, sent], "action": "VOID"}))
    assert "Void 1 invoice?" in text
    assert "It has payments or credit notes" in text
    assert alice.get(f"/invoices/{sent}").json()["status"] == "SENT"
    alices.post("/invoices/bulk", {"id": [sent], "action": "VOID", "sure": "yes"})
    assert alice.get(f"/invoices/{sent}").json()["status"] == "VOID"


def names(answer: Any) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_the_chosen_are_taken_along_as_files(alice: Person, alices: Surfer, bob: Person) -> None:
    ids = [alice.invoice()["id"] for _ in range(3)]
    assert names(alices.post("/invoices/files", {"id": ids[:2], "as": "zip"})) == ["INV-0001.pdf", "INV-0002.pdf"]
    table = alices.post("/invoices/files", {"id": ids[1:], "as": "csv"}).text
    assert [line.partition(",")[0] for line in table.splitlines()[1:]] == ["INV-0002", "INV-0003"]
    assert names(alices.get("/invoices.zip?q=INV-0003&page=2")) == ["INV-0003.pdf"]
    assert alices.post("/invoices/files", {"id": [bob.invoice()["id"]], "as": "csv"}).status_code == 404
