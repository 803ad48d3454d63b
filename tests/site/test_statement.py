"""A client's statement, and the reports that credit notes take part in."""

from tests.conftest import Person
from tests.reading import words_of
from tests.site.conftest import Surfer, words


def business(alice: Person) -> None:
    """Billed before, billed again, paid, credited, reversed, voided, and something in another currency."""
    first = alice.sent_invoice(issueDate="2025-12-20", dueDate="2026-01-20")["id"]
    alice.post(f"/invoices/{first}/payments", {"amount": 25, "paidAt": "2025-12-31"})
    line = {"description": "=1+1", "quantity": 2, "unitPrice": 50, "taxRate": 20}
    second = alice.sent_invoice(issueDate="2026-02-01", lineItems=[line])["id"]
    alice.post(f"/invoices/{first}/payments", {"amount": 75, "paidAt": "2026-01-01"})
    back = alice.post(f"/invoices/{second}/payments", {"amount": 5}).json()["id"]
    alice.delete(f"/payments/{back}")
    alice.post(f"/invoices/{second}/credit-notes", {"lines": [{"index": 0, "quantity": 1}]})
    alice.post(f"/invoices/{alice.sent_invoice()['id']}/void")
    alice.sent_invoice(currency="JPY", issueDate="2026-02-02")


def test_a_statement_runs_from_what_was_owed_to_what_is_owed(alice: Person, alices: Surfer) -> None:
    business(alice)
    alice.patch("/account", {"timeZone": "America/New_York"})  # a day that was said is never shifted
    text = words(alices.get(f"/clients/{alice.client_id}/statement?from=2026-01-01&to=2026-03-01"))
    assert "1 Jan 2026 Opening balance $75.00" in text
    assert "1 Jan 2026 Payment for INV-0001 −$75.00 $0.00" in text
    assert "1 Feb 2026 Invoice INV-0002 $120.00 $120.00" in text
    assert "1 Mar 2026 Credit note CN-0001 −$60.00 $60.00" in text
    assert "1 Mar 2026 Closing balance $60.00" in text
    assert "INV-0003" not in text
    assert "Closing balance ¥100" in text
    table = alices.get(f"/clients/{alice.client_id}/statement.csv?from=2026-01-01&to=2026-03-01").text
    assert "USD,2026-03-01,Credit note,CN-0001,-60.00,60.00" in table


def test_a_statement_is_a_document_in_the_clients_language(alice: Person, bob: Person, alices: Surfer) -> None:
    business(alice)
    alice.patch(f"/clients/{alice.client_id}", {"locale": "de", "name": "#bold[*Kunde*]"})
    alice.patch("/account", {"iban": "DE89370400440532013000"})
    path = f"/clients/{alice.client_id}/statement.pdf?from=2026-01-01&to=2026-03-01"
    answer = alices.get(f"{path}&currency=USD")
    assert answer.headers["content-disposition"] == 'inline; filename="statement-USD-2026-01-01-2026-03-01.pdf"'
    text = words_of(answer.content)
    for phrase in (
        "Kontoauszug",
        "#bold[*Kunde*]",
        "Anfangssaldo",
        "75,00 $",
        "Zahlung · INV-0001",
    ):
        assert phrase in text, phrase
    assert "Gutschrift CN-0001" in text
    assert "DE89" in text
    assert "60,00 $" in text
    assert alices.get(f"{path}&currency=JPY").content[:4] == b"%PDF"
    assert alices.get(f"{path}&currency=EUR").status_code == 404
    assert alices.get(path.replace(alice.client_id, bob.client_id) + "&currency=USD").status_code == 404


def test_a_client_without_business_is_told_so(alice: Person, alices: Surfer) -> None:
    assert "Nothing in this time" in words(alices.get(f"/clients/{alice.client_id}/statement?from=nonsense"))


def test_reports_subtract_what_was_credited(alice: Person, alices: Surfer) -> None:
    business(alice)
    clients = alices.get("/reports/clients.csv?from=2026-01-01&to=2026-03-01").text
    assert "Alice's client,120.00,60.00,60.00,0.00" in clients
    taxes = alices.get("/reports/taxes.csv?from=2026-01-01&to=2026-03-01").text
    assert "20,S,50.00,10.00" in taxes
    assert "Billed, less credits ¥100" in words(alices.get(f"/clients/{alice.client_id}"))
