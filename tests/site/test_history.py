"""The history and the clients: found as one types, filtered by the address, exported, and nobody else's."""

import csv
import io
from typing import Any

import pytest

from cleverinvo.invoices import lists
from cleverinvo.site.asking import safe
from cleverinvo.site.pages import PAGES
from tests.conftest import Person
from tests.site.conftest import OURS, Surfer, invited, words

FETCH = {**OURS, "x-requested-with": "fetch"}
NOBODYS = "inv_0000000000000000abcd"


def test_the_list_shows_what_the_api_made(alice: Person, alices: Surfer) -> None:
    alice.invoice()
    alice.sent_invoice(dueDate="2026-02-28", issueDate="2026-02-01")
    text = words(alices.get("/invoices"))
    assert "INV-0001 Alice&#39;s client 1 Mar 2026 31 Mar 2026 Draft $100.00" in text
    assert "INV-0002 Alice&#39;s client 1 Feb 2026 28 Feb 2026 Overdue $100.00" in text
    assert "Draft 1 Outstanding 1 Overdue 1" in text
    alice.post(f"/invoices/{alice.sent_invoice()['id']}/payments", {"amount": 40})
    assert "Partially paid $100.00 $60.00 open" in words(alices.get("/invoices?status=SENT,PARTIALLY_PAID"))


def test_a_status_with_very_many_is_counted_no_further(
    alice: Person, alices: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "TALLY_MAX", 3)
    for _ in range(4):
        alice.invoice()
    alice.sent_invoice()
    assert "Draft 2+ Outstanding 1 Sent 1" in words(alices.get("/invoices"))


def test_filters_stand_in_the_address(alice: Person, alices: Surfer) -> None:
    alice.invoice(notes="walnut")
    alice.sent_invoice(issueDate="2026-02-01")
    assert "INV-0002" not in words(alices.get("/invoices?status=DRAFT"))
    assert "INV-0001" not in words(alices.get("/invoices?issueDate[lte]=2026-02-15&q=&sort="))
    assert "INV-0001" not in words(alices.get("/invoices?dueDate[lte]=2026-03-30&total[gte]=99.5&total[lte]="))
    assert "Nothing found" in words(alices.get("/invoices?currency=EUR"))
    found = alices.get("/invoices?q=waln", headers=FETCH)
    assert "INV-0001" in found.text
    assert "<html" not in found.text
    assert "Nothing found" in alices.get("/invoices?q=pine", headers=FETCH).text
    assert "Show all invoices" in alices.get("/invoices?q=pine").text


def test_a_filter_that_means_nothing_is_said_and_everything_shown(alice: Person, alices: Surfer) -> None:
    alice.invoice()
    text = alices.get("/invoices?status=<b>").text
    assert "Expected one or more of" in text
    assert "INV-0001" in text


def test_older_invoices_are_pages_away(alice: Person, alices: Surfer) -> None:
    for _ in range(27):
        alice.invoice()
    first = alices.get("/invoices").text
    assert 'href="/invoices?page=2"' in first
    assert "27 invoices, page 1 of 2" in words(alices.get("/invoices"))
    assert 'href="/invoices?limit=100"' in first
    assert "INV-0001" in words(alices.get("/invoices?limit=100"))
    second = words(alices.get("/invoices?page=2"))
    assert "INV-0002" in second
    assert "INV-0003" not in second


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_invoice_that_is_asked_for_is_exported(alice: Person, alices: Surfer) -> None:
    alice.patch(f"/clients/{alice.client_id}", {"name": "=HYPERLINK(1)"})
    for _ in range(3):
        alice.invoice(purchaseOrder="+49")
    alice.sent_invoice()
    exported = rows(alices.get("/invoices.csv?status=DRAFT"))
    assert [row["Number"] for row in exported] == ["INV-0003", "INV-0002", "INV-0001"]
    assert {(row["Client"], row["Order ref."], row["Total"]) for row in exported} == {
        ("'=HYPERLINK(1)", "'+49", "100.00")
    }
    assert [row["Name"] for row in rows(alices.get("/clients.csv"))] == ["'=HYPERLINK(1)"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", " =1", "  @x"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"


def test_the_palette_finds_invoices_and_clients(alice: Person, alices: Surfer) -> None:
    alice.invoice()
    found = alices.get("/find?q=alice", headers=FETCH).json()
    assert [entry["title"] for entry in found] == ["INV-0001 · Alice's client", "Alice's client"]


def test_a_client_is_made_changed_and_deleted(alices: Surfer, alice: Person) -> None:
    made = alices.post("/clients/new", {"name": "Acme", "email": "a@acme.example", "retainerAmount": "12.5"})
    path = made.headers["location"]
    assert "12.50" in words(alices.get(path))
    assert alices.post(f"{path}/edit", {"name": "Acme & Co", "email": "", "isActive": "true"}).status_code == 303
    client = alice.get(path).json()
    assert (client["name"], client["email"], client["isActive"]) == ("Acme & Co", None, True)
    assert alices.post(f"{path}/edit", {"name": "Acme & Co"}).status_code == 303
    assert alice.get(path).json()["isActive"] is False
    alices.post(f"{path}/delete")
    assert alices.get(path).status_code == 404


def test_a_form_that_is_refused_keeps_what_was_typed(alices: Surfer) -> None:
    answer = alices.post("/clients/new", {"name": "<i>Acme</i>", "currency": "EURO", "address": "\n1 Street\n"})
    assert answer.status_code == 422
    assert "Expected an ISO 4217" in answer.text
    assert "&lt;i&gt;Acme&lt;/i&gt;" in answer.text
    assert "1 Street" in answer.text


def test_a_duplicate_is_a_draft_to_go_on_with(alice: Person, alices: Surfer) -> None:
    path = f"/invoices/{alice.sent_invoice()['id']}"
    copy = alices.post(f"{path}/duplicate").headers["location"]
    assert copy.endswith("/edit")
    assert "INV-0002" in words(alices.get(copy))
    assert alices.post(copy.replace("/edit", "/delete")).status_code == 303
    assert "void" in words(alices.get("/invoices?status=VOID")).lower()


def with_ids(path: str, ids: dict[str, str]) -> str:
    return path.replace("{id}", ids.get(path.split("/")[1], "x"))


OF_ACCOUNT = [page for page in PAGES if page.role is not None]


def test_no_page_opens_to_a_passer_by(surfer: Surfer) -> None:
    for page in OF_ACCOUNT:
        path = page.path.replace("{id}", "inv_x")
        answer = surfer.get(path) if page.method == "GET" else surfer.post(path)
        assert (answer.status_code, answer.headers.get("location")) in ((303, "/login"), (401, None)), path


WITH_ID = [
    page
    for page in OF_ACCOUNT
    if page.path.startswith(
        ("/invoices/{id}", "/clients/{id}", "/payments/{id}", "/credit-notes/{id}", "/mails/{id}")
    )
]


def test_to_alice_bobs_pages_are_not_there(alice: Person, bob: Person, alices: Surfer) -> None:
    ids = {"invoices": bob.sent_invoice(notes="canary")["id"], "clients": bob.client_id}
    path = f"/invoices/{ids['invoices']}"
    ids["payments"] = bob.post(f"{path}/payments", {"amount": 1, "note": "canary"}).json()["id"]
    ids["credit-notes"] = bob.post(f"{path}/credit-notes", {"reason": "canary"}).json()["id"]
    bob.post(f"{path}/send", {"to": "ap@bob.example"})
    ids["mails"] = bob.get("/mails").json()["data"][0]["id"]
    before = bob.events()
    for page in WITH_ID:
        path = with_ids(page.path, ids)
        fields = {"status": "PAID", "name": "x", "amount": "1", "action": "all"}
        answer = alices.get(path) if page.method == "GET" else alices.post(path, fields)
        assert answer.status_code == 404, page
        assert "canary" not in answer.text
    lists = ("/invoices", "/clients", "/payments", "/credit-notes")
    for path in ("/invoices?q=canary", "/find?q=canary", *lists, *(f"{path}.csv" for path in lists)):
        text = alices.get(path).text
        assert "canary" not in text.replace('value="canary"', "").replace("q=canary", "")
        assert "Bob" not in text
    assert bob.events() == before


def test_a_reader_looks_and_changes_nothing(alice: Person, alices: Surfer, new_surfer: Any) -> None:
    rita = invited(alice, new_surfer(), "reader", "Rita")
    ids = {"invoices": alice.invoice()["id"], "clients": alice.client_id}
    before = alice.events()
    for page in OF_ACCOUNT:
        if page.method == "POST" and page.role == "member":
            assert rita.post(with_ids(page.path, ids), {"status": "PAID"}).status_code == 403, page.path
    assert rita.get(f"/invoices/{ids['invoices']}").status_code == 200
    assert alice.events() == before
