"""Every request of the founding guide, in its order and with its values, answered as the guide prints."""

import json
from decimal import Decimal
from typing import Any

from tests.conftest import Person

CLIENT = {
    "name": "Acme Corporation",
    "email": "[email protected]",
    "address": "123 Business Ave, Suite 400\nNew York, NY 10001",
    "taxId": "US-EIN-12-3456789",
    "phone": "+1-555-0100",
}
INVOICE = """{
"clientId": "%s",
"currency": "USD",
"issueDate": "2026-03-01",
"dueDate": "2026-03-31",
"lineItems": [
{
"description": "Website redesign - Phase 1",
"quantity": 1,
"unitPrice": 5000.00
},
{
"description": "Frontend development",
"quantity": 40,
"unitPrice": 150.00
},
{
"description": "Content migration",
"quantity": 8,
"unitPrice": 100.00
}
],
"notes": "Thank you for your business.",
"terms": "Payment due within 30 days. Late payments subject to 1.5%% monthly interest."
}"""


def read(answer: Any) -> Any:
    """JSON with the digits of its numbers."""
    return json.loads(answer.text, parse_float=Decimal)


def create_client(alice: Person) -> dict[str, Any]:
    return dict(alice.post("/clients", CLIENT).json())


def create_invoice(alice: Person) -> dict[str, Any]:
    body = INVOICE % create_client(alice)["id"]
    answer = alice.request("POST", "/invoices", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    return dict(read(answer))


def test_a_request_without_a_valid_key_is_unauthorized(alice: Person) -> None:
    answer = alice.http.get("/api/v1/clients")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"


def test_create_a_client(alice: Person) -> None:
    answer = alice.post("/clients", CLIENT)
    assert answer.status_code == 201
    client = answer.json()
    assert list(client)[:8] == ["id", *CLIENT, "isActive", "createdAt"]
    assert {name: client[name] for name in CLIENT} == CLIENT
    assert client["isActive"] is True
    assert client["createdAt"] == "2026-03-01T10:30:00.000Z"
    assert client["id"].startswith("cli_")


def test_list_clients(alice: Person) -> None:
    created = create_client(alice)
    page = alice.get("/clients?page=1&limit=20").json()
    assert page["data"][0] == created
    assert page["pagination"]["total"] == 2  # with the one that Alice has from the start


def test_get_update_and_delete_a_client(alice: Person) -> None:
    created = create_client(alice)
    assert alice.get(f"/clients/{created['id']}").json() == created
    updated = alice.put(f"/clients/{created['id']}", {"phone": "+1-555-0200"})
    assert updated.json() == {**created, "phone": "+1-555-0200"}
    assert alice.delete(f"/clients/{created['id']}").status_code == 204
    assert alice.get(f"/clients/{created['id']}").json()["error"]["code"] == "NOT_FOUND"


def test_create_an_invoice(alice: Person) -> None:
    invoice = create_invoice(alice)
    assert list(invoice)[:14] == [
        *("id", "invoiceNumber", "clientId", "currency", "issueDate", "dueDate", "lineItems", "subtotal"),
        *("taxTotal", "discountTotal", "total", "status", "pdfUrl", "createdAt"),
    ]
    assert invoice["invoiceNumber"] == "INV-0001"
    assert invoice["issueDate"] == "2026-03-01T00:00:00.000Z"
    assert invoice["dueDate"] == "2026-03-31T00:00:00.000Z"
    assert invoice["lineItems"] == [
        {
            "description": "Website redesign - Phase 1",
            "quantity": 1,
            "unitPrice": Decimal("5000.00"),
            "amount": Decimal("5000.00"),
        },
        {
            "description": "Frontend development",
            "quantity": 40,
            "unitPrice": Decimal("150.00"),
            "amount": Decimal("6000.00"),
        },
        {
            "description": "Content migration",
            "quantity": 8,
            "unitPrice": Decimal("100.00"),
            "amount": Decimal("800.00"),
        },
    ]
    assert invoice["subtotal"] == Decimal("11800.00")
    assert invoice["taxTotal"] == 0
    assert invoice["discountTotal"] == 0
    assert invoice["total"] == Decimal("11800.00")
    assert invoice["status"] == "DRAFT"
    assert invoice["createdAt"] == "2026-03-01T10:30:00.000Z"
    assert alice.http.get(invoice["pdfUrl"]).content.startswith(b"%PDF-")


def test_money_keeps_its_digits_on_the_wire(alice: Person) -> None:
    body = INVOICE % create_client(alice)["id"]
    text = alice.request("POST", "/invoices", content=body, headers={"content-type": "application/json"}).text
    assert '"quantity":40,"unitPrice":150.00,"amount":6000.00' in text
    assert '"total":11800.00' in text


def test_an_invoice_with_tax(alice: Person) -> None:
    line = {"description": "Consulting services", "quantity": 20, "unitPrice": 200.00, "taxRate": 20}
    invoice = alice.invoice(lineItems=[line])
    assert invoice["lineItems"][0]["taxAmount"] == 800
    assert invoice["taxTotal"] == 800
    assert invoice["total"] == 4800


def test_mark_as_sent_and_as_paid(alice: Person) -> None:
    invoice = create_invoice(alice)
    sent = alice.patch(f"/invoices/{invoice['id']}", {"status": "SENT"})
    assert (sent.status_code, sent.json()["status"]) == (200, "SENT")
    paid = alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    assert (paid.status_code, paid.json()["status"]) == (200, "PAID")


def test_download_the_pdf(alice: Person) -> None:
    answer = alice.get(f"/invoices/{create_invoice(alice)['id']}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_pattern_1_finds_a_client_by_email_or_creates_it(alice: Person) -> None:
    assert alice.get("/clients", params={"email": "deal@example.com"}).json()["data"] == []
    alice.post("/clients", {"name": "Deal", "email": "Deal@Example.com", "address": "1 Road"})
    (found,) = alice.get("/clients", params={"email": "deal@example.com"}).json()["data"]
    assert found["name"] == "Deal"


def test_pattern_2_bills_every_client_that_has_a_retainer(alice: Person) -> None:
    for number in range(3):
        alice.post("/clients", {"name": f"Retainer {number}", "retainerAmount": 1500.00})
    alice.post("/clients", {"name": "Gone", "retainerAmount": 900, "isActive": False})
    for client in alice.get("/clients", params={"isActive": "true"}).json()["data"]:
        if client["retainerAmount"]:
            line = {
                "description": "Monthly retainer - March 2026",
                "quantity": 1,
                "unitPrice": client["retainerAmount"],
            }
            invoice = alice.invoice(clientId=client["id"], currency="USD", lineItems=[line], terms="Net 30")
            assert invoice["total"] == 1500
    assert alice.get("/invoices").json()["pagination"]["total"] == 3


def test_a_missing_field_reads_as_in_the_guide(alice: Person) -> None:
    answer = alice.post("/invoices", {"lineItems": [{"description": "x", "quantity": 1, "unitPrice": 1}]})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error.pop("requestId").startswith("req_")
    assert error == {
        "code": "VALIDATION_ERROR",
        "message": "clientId is required",
        "details": [{"field": "clientId", "message": "This field is required"}],
    }
