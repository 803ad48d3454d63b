"""POST /invoices"""

from decimal import Decimal
from typing import Any

import pytest

from tests.api import expect
from tests.conftest import FakeClock, Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}


def body(alice: Person, **fields: Any) -> dict[str, Any]:
    return {"clientId": alice.client_id, "lineItems": [LINE], **fields}


def test_an_invoice_needs_a_client_and_a_line(alice: Person) -> None:
    invoice = expect.created(alice.post("/invoices", body(alice)), "invoices")
    assert invoice["invoiceNumber"] == "INV-0001"
    assert (invoice["currency"], invoice["status"], invoice["total"]) == ("USD", "DRAFT", Decimal("100.00"))
    assert invoice["issueDate"] == "2026-03-01T00:00:00.000Z"
    assert invoice["dueDate"] == "2026-03-31T00:00:00.000Z"
    assert (invoice["amountPaid"], invoice["amountDue"]) == (0, Decimal("100.00"))
    assert expect.exact(alice.get(f"/invoices/{invoice['id']}")) == invoice


def test_every_field_is_kept(alice: Person) -> None:
    line = {
        "description": "Work\nin March",
        "quantity": Decimal("2.5"),
        "unitPrice": Decimal("100.1234"),
        "unit": "hour",
        "discountRate": Decimal("10"),
        "taxRate": Decimal("19"),
        "taxCategory": "S",
    }
    fields = {
        "currency": "EUR",
        "discountAmount": 1,
        "notes": "Thanks",
        "terms": "Net 30",
        "purchaseOrder": "PO-1",
        "locale": "de-CH",
        "externalId": "deal-1",
        "metadata": {"project": "x"},
    }
    sent = body(alice, lineItems=[{name: str(value) for name, value in line.items()}], **fields)
    invoice = expect.created(alice.post("/invoices", sent), "invoices")
    (kept,) = invoice["lineItems"]
    assert {name: kept[name] for name in line} == line
    assert kept["amount"] == Decimal("250.31")
    assert kept["discountAmount"] == Decimal("25.03")
    assert kept["taxAmount"] == Decimal("42.61")
    assert {name: invoice[name] for name in fields} == fields
    assert invoice["discountTotal"] == Decimal("26.03")
    assert invoice["total"] == Decimal("266.89")
    assert invoice["taxBreakdown"] == [
        {"taxRate": 19, "taxCategory": "S", "taxableAmount": Decimal("224.28"), "taxAmount": Decimal("42.61")}
    ]


@pytest.mark.parametrize(
    ("currency", "price", "written"),
    [("USD", "5000", "5000.00"), ("JPY", "5000", "5000"), ("KWD", "5000", "5000.000"), ("CLF", "1", "1.0000")],
)
def test_money_is_written_with_the_digits_of_its_currency(
    alice: Person, currency: str, price: str, written: str
) -> None:
    line = {**LINE, "unitPrice": price}
    text = alice.post("/invoices", body(alice, currency=currency, lineItems=[line])).text
    assert f'"unitPrice":{written},"amount":{written}' in text
    assert f'"total":{written},' in text


def test_a_large_exact_number_is_not_rounded_through_a_float(alice: Person) -> None:
    raw = '{"clientId": "%s", "lineItems": [{"description": "x", "quantity": 1, "unitPrice": 9007199254740.93}]}'
    answer = alice.request(
        "POST", "/invoices", content=raw % alice.client_id, headers={"content-type": "application/json"}
    )
    expect.refusal(answer, "VALIDATION_ERROR", "lineItems[0].unitPrice")
    answer = alice.request(
        "POST",
        "/invoices",
        content=raw.replace("9007199254740.93", "900719925474.0993") % alice.client_id,
        headers={"content-type": "application/json"},
    )
    assert '"unitPrice":900719925474.0993,"amount":900719925474.10' in answer.text


def test_defaults_come_from_the_client_and_then_from_the_account(alice: Person) -> None:
    client = alice.post("/clients", {"name": "Swiss", "currency": "CHF"}).json()
    alice.patch("/account", {"currency": "GBP", "paymentTermsDays": 14})
    assert alice.invoice(clientId=client["id"])["currency"] == "CHF"
    other = alice.invoice()
    assert (other["currency"], other["dueDate"]) == ("GBP", "2026-03-15T00:00:00.000Z")
    assert alice.invoice(issueDate="2026-12-20")["dueDate"] == "2027-01-03T00:00:00.000Z"


@pytest.mark.parametrize(
    ("zone", "today"),
    [("UTC", "2026-03-01"), ("Pacific/Kiritimati", "2026-03-02"), ("Pacific/Pago_Pago", "2026-02-28")],
)
def test_today_is_the_accounts_own(alice: Person, clock: FakeClock, zone: str, today: str) -> None:
    alice.patch("/account", {"timeZone": zone})
    clock.advance(hours=-0.5)  # 10:00 in UTC is midnight in one and 23:00 in the other
    assert alice.invoice()["issueDate"][:10] == today


def test_dates_are_never_shifted(alice: Person) -> None:
    alice.patch("/account", {"timeZone": "America/New_York"})
    invoice = alice.invoice(issueDate="2026-03-01T23:30:00-11:00", dueDate="2026-03-02")
    assert invoice["issueDate"] == "2026-03-01T00:00:00.000Z"
    assert invoice["dueDate"] == "2026-03-02T00:00:00.000Z"


def test_the_calendar_ends_quietly(alice: Person) -> None:
    assert alice.invoice(issueDate="9999-12-31")["dueDate"] == "9999-12-31T00:00:00.000Z"
    assert alice.invoice(issueDate="0001-01-01", dueDate="0001-01-01")["dueDate"] == "0001-01-01T00:00:00.000Z"


def test_creating_an_invoice_is_an_event(alice: Person) -> None:
    invoice = expect.exact(alice.post("/invoices", body(alice)))
    event = expect.exact(alice.get("/events?limit=100"))["data"][-1]
    assert (event["type"], event["data"], event["previous"]) == ("invoice.created", invoice, None)


def test_five_hundred_lines_are_fine_and_one_more_is_not(alice: Person) -> None:
    assert alice.invoice(lineItems=[LINE] * 500)["total"] == 50_000
    expect.refusal(alice.post("/invoices", body(alice, lineItems=[LINE] * 501)), "VALIDATION_ERROR", "lineItems")


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"clientId": None}, ["clientId"]),
        ({"clientId": "cli_0000000000000000abcd"}, ["clientId"]),
        ({"lineItems": None}, ["lineItems"]),
        ({"lineItems": []}, ["lineItems"]),
        ({"dueDate": "2026-02-28"}, ["dueDate"]),
        ({"issueDate": "2026-02-30", "dueDate": "30.02.2026"}, ["issueDate", "dueDate"]),
        ({"currency": "ABC"}, ["currency"]),
        ({"discountAmount": 100.01}, ["discountAmount"]),
        ({"discountRate": 5, "discountAmount": 1}, ["discountAmount"]),
        ({"total": 1, "status": "PAID", "invoiceNumber": "X"}, ["total", "status", "invoiceNumber"]),
        ({"lineItems": [{**LINE, "amount": 1}]}, ["lineItems[0].amount"]),
        ({"lineItems": [{**LINE, "quantity": True}]}, ["lineItems[0].quantity"]),
        ({"lineItems": [{**LINE, "quantity": -1}]}, ["total"]),
        (
            {
                "clientId": "cli_0000000000000000abcd",
                "dueDate": "2020-01-01",
                "lineItems": [{**LINE, "taxCategory": "S"}],
            },
            ["clientId", "dueDate", "lineItems[0].taxRate"],
        ),
    ],
)
def test_what_cannot_be_an_invoice_is_refused_by_all_its_fields(
    alice: Person, fields: dict[str, Any], bad: list[str]
) -> None:
    before = alice.events()
    expect.refusal(alice.post("/invoices", body(alice, **fields)), "VALIDATION_ERROR", *bad)
    assert alice.events() == before
    assert alice.invoice()["invoiceNumber"] == "INV-0001"


def test_texts_are_kept_to_the_letter(alice: Person) -> None:
    text = "  <b>ﬁ</b> \u202eRTL\u202c 😀 e\u0301 'quote' \"double\" \\n {{x}} ${y} %s\r\n\tend  "
    invoice = alice.invoice(notes=text, lineItems=[{**LINE, "description": text}])
    assert (invoice["notes"], invoice["lineItems"][0]["description"]) == (text, text)
    assert alice.get(f"/invoices/{invoice['id']}").json()["notes"] == text
