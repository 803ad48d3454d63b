"""What is done from an invoice's page: mailed, paid, credited, shared, made an e-invoice; without a script."""

import re
from typing import Any

import pytest

from tests.conftest import Person
from tests.site.conftest import OURS, Surfer, words

FETCH = {**OURS, "x-requested-with": "fetch"}


@pytest.fixture
def sent(alice: Person) -> str:
    """The path of an invoice of 100.00 that was sent."""
    return f"/invoices/{alice.sent_invoice()['id']}"


def test_a_draft_is_mailed_as_it_was_shown(alice: Person, alices: Surfer) -> None:
    alice.patch(f"/clients/{alice.client_id}", {"email": "ap@acme.example"})
    path = f"/invoices/{alice.invoice()['id']}"
    form = alices.get(f"{path}/send").text
    assert 'value="ap@acme.example"' in form
    assert 'placeholder="Invoice INV-0001 from Alice' in form
    said = {"subject": "Your <b>invoice</b>", "message": "Dear all,\n\nhere <i>it</i> is.", "attachPdf": "true"}
    shown = alices.post(f"{path}/letter", {**said, "as": "html"})
    assert "here &lt;i&gt;it&lt;/i&gt; is." in shown.text
    assert alices.get(path).text.count("Not mailed yet") == 1
    assert alices.post(f"{path}/send", {**said, "to": "a@x.example; b@x.example"}).status_code == 303
    (mail,) = alice.get(f"{path}/mails").json()["data"]
    assert (mail["to"], mail["subject"]) == (["a@x.example", "b@x.example"], said["subject"])
    assert alices.get(f"/mails/{mail['id']}").text == shown.text  # to the byte
    page = words(alices.get(path))
    assert "waits to be mailed until there is a mail server" in page
    assert "What waits is kept, and goes out once" in page
    assert alice.get(path).json()["status"] == "SENT"


def test_an_address_that_was_typed_is_known_from_then_on(alice: Person, alices: Surfer) -> None:
    draft, other = alice.invoice()["id"], alice.invoice()["id"]
    assert "Keep the address for Alice&#39;s client" in words(alices.get(f"/invoices/{draft}/send"))
    alices.post(f"/invoices/{other}/send", {"to": "once@alice.example"})
    assert alice.get(f"/clients/{alice.client_id}").json()["email"] is None
    alices.post(f"/invoices/{draft}/send", {"to": "ap@alice.example, boss@alice.example", "keepAddress": "true"})
    assert alice.get(f"/clients/{alice.client_id}").json()["email"] == "ap@alice.example"
    assert "ap@alice.example" in words(alices.get(f"/invoices/{draft}"))  # in what is frozen, too
    assert "Keep the address" not in words(alices.get(f"/invoices/{draft}/send"))
    alices.post(f"/invoices/{draft}/send", {"to": "new@alice.example", "keepAddress": "true"})
    assert alice.get(f"/clients/{alice.client_id}").json()["email"] == "ap@alice.example"


def test_a_letter_runs_nothing_and_is_framed_by_nobody_else(alice: Person, alices: Surfer) -> None:
    letter = alices.get(f"/invoices/{alice.invoice()['id']}/letter")
    policy = letter.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert "script-src" not in policy


def test_a_mail_that_is_refused_says_so_where_it_was_typed(alice: Person, alices: Surfer) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    answer = alices.post(f"{path}/send", {"to": "nobody", "message": "My words"})
    assert answer.status_code == 422
    assert 'id="to-fault">No mail can go to &#39;nobody&#39;' in answer.text
    assert "My words" in answer.text
    assert "say where to send it" in alices.post(f"{path}/send").text  # the client has no address
    assert alice.get(path).json()["status"] == "DRAFT"


def test_payments_are_recorded_receipted_and_reversed(alice: Person, alices: Surfer, sent: str) -> None:
    assert 'name="amount" type="text" value="100.00"' in alices.get(sent).text
    fields = {"amount": "40,50", "paidAt": "2026-02-27", "method": "cash", "reference": "R1", "note": "Half"}
    assert alices.post(f"{sent}/payments", fields).status_code == 303
    (payment,) = alice.get(f"{sent}/payments").json()["data"]
    assert (payment["amount"], payment["paidAt"], payment["method"]) == (40.5, "2026-02-27T00:00:00.000Z", "cash")
    too_much = alices.post(f"{sent}/payments", {**fields, "amount": "60"})
    assert too_much.status_code == 422
    assert 'id="amount-fault">More than the open balance of 59.50 USD' in too_much.text
    assert 'value="R1"' in too_much.text
    assert alices.get(f"/payments/{payment['id']}/pdf").content.startswith(b"%PDF")
    assert "27 Feb 2026 INV-0001 Cash · R1 · Half $40.50" in words(alices.get("/payments"))
    assert "2026-02-27,INV-0001,USD,40.50,Cash,R1,Half" in alices.get("/payments.csv").text
    assert alices.post(f"/payments/{payment['id']}/reverse").status_code == 303
    assert alice.get(sent).json()["amountDue"] == 100
    assert "Reversed" in words(alices.get(sent))


def test_lines_are_credited_for_the_sum_that_was_shown(alice: Person, alices: Surfer) -> None:
    lines = [{"description": "Hours", "quantity": 3, "unitPrice": 33.33, "taxRate": 20}]
    path = f"/invoices/{alice.sent_invoice(lineItems=lines)['id']}"
    alice.post(f"{path}/payments", {"amount": 100})
    asked = {"line.0": "1", "reason": "One too many"}
    shown = words(alices.post(f"{path}/credit", asked, headers=FETCH))
    assert "Credit $40.00 Off the open balance $19.99 To refund $20.01" in shown
    assert alice.get("/credit-notes").json()["data"] == []
    wrong = alices.post(f"{path}/credit", {"line.0": "4", "action": "lines"})
    assert (wrong.status_code, 'id="line.0-fault">Of this line 3 can be credited' in wrong.text) == (422, True)
    assert "Say how much of which line" in alices.post(f"{path}/credit", {"action": "lines"}).text
    assert alices.post(f"{path}/credit", {**asked, "action": "lines"}).status_code == 303
    (note,) = alice.get("/credit-notes").json()["data"]
    assert (note["total"], note["refundAmount"], note["reason"]) == (40, 20.01, "One too many")
    page = words(alices.get(path))
    assert "CN-0001 takes back $40.00. You owe $20.01 of it to the client as a refund." in page
    assert "You owe back $20.01" in page
    assert "Credited −$40.00 Amount due $0.00" in page.replace("-", "−").replace("CN−0001", "CN-0001")
    assert alices.get(f"/credit-notes/{note['id']}/pdf").content.startswith(b"%PDF")
    assert "CN-0001 Alice&#39;s client INV-0001" in words(alices.get("/credit-notes"))


def test_an_invoice_is_billed_anew(alice: Person, alices: Surfer, sent: str) -> None:
    draft = alices.post(f"{sent}/revise").headers["location"]
    assert draft.endswith("/edit")
    assert "Billed anew by INV-0002" in words(alices.get(sent))
    assert "Bills anew INV-0001" in words(alices.get(draft.removesuffix("/edit")))
    assert alices.post(f"{sent}/revise").status_code == 409


def test_the_clients_page_is_watched_moved_and_closed(alice: Person, alices: Surfer, sent: str) -> None:
    def address() -> Any:
        return re.search(r'id="page-link"[^>]*>([^<]+)', alices.get(sent).text)

    first = address()[1]
    alices.http.post(first.removeprefix("https://invoices.example") + "/seen", headers={"user-agent": "Firefox"})
    alices.post(f"{sent}/page/rotate")
    assert address()[1] != first
    alices.post(f"{sent}/page/revoke")
    assert address() is None
    assert "no address opens it" in words(alices.get(sent))
    draft = f"/invoices/{alice.invoice()['id']}"
    assert alices.post(f"{draft}/page/rotate").status_code == 409


def test_an_invoice_becomes_an_e_invoice_by_what_the_page_asks_for(alice: Person, alices: Surfer) -> None:
    lines = [{"description": "Work", "quantity": 1, "unitPrice": 100, "taxRate": 19}]
    path = f"/invoices/{alice.invoice(lineItems=lines)['id']}"
    page = alices.get(path).text
    for href in ("/settings#countryCode", "/settings#taxId", f"/clients/{alice.client_id}/edit#countryCode"):
        assert f'href="{href}"' in page
    assert 'href="/settings/payment#iban"' in page  # of XRechnung
    assert alices.get(f"{path}/xml").status_code == 422
    alice.patch("/account", {"countryCode": "DE", "taxId": "DE123456789"})
    alice.patch(f"/clients/{alice.client_id}", {"countryCode": "FR"})
    page = alices.get(path).text
    assert f'href="{path}/xml?format=cii&amp;download"' in page
    xml = alices.get(f"{path}/xml?format=cii&download")
    assert "CrossIndustryInvoice" in xml.text
    assert xml.headers["content-disposition"] == 'attachment; filename="INV-0001.xml"'


def test_a_void_invoice_is_stamped_and_offers_nothing_that_cannot_be(alices: Surfer, sent: str) -> None:
    assert alices.post(f"{sent}/status", {"status": "VOID"}).status_code == 303
    page = alices.get(sent).text
    for gone in ("/send", "/credit", "/payments", "/revise"):
        assert f'{sent}{gone}"' not in page
    refused = alices.post(f"{sent}/status", {"status": "PAID"})
    assert (refused.status_code, "cannot become PAID" in refused.text) == (409, True)
