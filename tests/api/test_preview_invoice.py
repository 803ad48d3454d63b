"""POST /invoices/preview"""

from tests.api import expect
from tests.conftest import Person

LINES = [
    {"description": "Work", "quantity": "2.5", "unitPrice": "99.99", "taxRate": 19, "discountRate": 5},
    {"description": "Books", "quantity": 3, "unitPrice": "9.95", "taxRate": 7},
]


def test_a_preview_is_the_invoice_that_would_be(alice: Person) -> None:
    body = {
        "clientId": alice.client_id,
        "lineItems": LINES,
        "discountRate": 3,
        "notes": "Hi",
        "metadata": {"a": "b"},
    }
    preview = alice.post("/invoices/preview", body)
    assert preview.status_code == 200
    invoice = expect.exact(alice.post("/invoices", body))
    shown = expect.exact(preview)
    assert shown.pop("compliance") == alice.get(f"/invoices/{invoice['id']}/compliance").json()
    assert shown == {name: invoice[name] for name in shown}
    assert set(invoice) - set(shown) >= {"id", "invoiceNumber", "pdfUrl", "status"}


def test_a_preview_stores_nothing_and_takes_no_number(alice: Person) -> None:
    before = alice.events()
    for _ in range(3):
        alice.post("/invoices/preview", {"clientId": alice.client_id, "lineItems": LINES})
    assert alice.events() == before
    assert alice.get("/invoices").json()["pagination"]["total"] == 0
    assert alice.invoice()["invoiceNumber"] == "INV-0001"


def test_a_preview_names_the_faults_that_creating_would(alice: Person) -> None:
    body = {"clientId": "cli_0000000000000000abcd", "lineItems": LINES, "dueDate": "2020-01-01"}
    created, previewed = (
        expect.refusal(alice.post(path, body), "VALIDATION_ERROR", "clientId", "dueDate")
        for path in ("/invoices", "/invoices/preview")
    )
    assert created["details"] == previewed["details"]
