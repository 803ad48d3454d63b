"""POST /invoices/{id}/duplicate"""

from tests.api import expect
from tests.conftest import FakeClock, Person

LINES = [
    {
        "description": "Work",
        "quantity": "2.5",
        "unitPrice": "99.9999",
        "taxRate": 19,
        "discountRate": 5,
        "unit": "h",
    },
    {"description": "Books", "quantity": 3, "unitPrice": "9.95", "taxRate": 7, "discountAmount": "1.10"},
    {"description": "Export", "quantity": 1, "unitPrice": 5, "taxCategory": "G"},
]
OWN = {
    *(
        "id",
        "invoiceNumber",
        "issueDate",
        "hostedUrl",
        "dueDate",
        "status",
        "pdfUrl",
        "createdAt",
        "updatedAt",
        "sentAt",
        "paidAt",
    ),
    *("externalId", "amountPaid", "amountDue"),
}


def test_a_duplicate_is_a_new_draft_of_the_same(alice: Person, clock: FakeClock) -> None:
    original = alice.invoice(lineItems=LINES, discountAmount="2.00", externalId="deal-1", notes="Hi", locale="de")
    alice.patch(f"/invoices/{original['id']}", {"status": "PAID"})
    clock.advance(days=40)
    duplicate = expect.created(alice.post(f"/invoices/{original['id']}/duplicate"), "invoices")
    before = expect.exact(alice.get(f"/invoices/{original['id']}"))
    assert {name: duplicate[name] for name in set(duplicate) - OWN} == {
        name: before[name] for name in set(before) - OWN
    }
    assert (duplicate["invoiceNumber"], duplicate["status"], duplicate["externalId"]) == (
        "INV-0002",
        "DRAFT",
        None,
    )
    assert duplicate["amountDue"] == duplicate["total"]
    assert alice.events()[-1]["type"] == "invoice.created"


def test_a_duplicate_is_dated_today_and_payable_in_as_many_days(alice: Person, clock: FakeClock) -> None:
    original = alice.invoice(issueDate="2026-01-10", dueDate="2026-01-24")
    clock.advance(days=40)
    duplicate = alice.post(f"/invoices/{original['id']}/duplicate").json()
    assert (duplicate["issueDate"][:10], duplicate["dueDate"][:10]) == ("2026-04-10", "2026-04-24")


def test_a_void_invoice_can_be_made_again(alice: Person) -> None:
    original = alice.invoice()
    alice.post(f"/invoices/{original['id']}/void")
    assert alice.post(f"/invoices/{original['id']}/duplicate").json()["status"] == "DRAFT"


def test_what_cannot_be_billed_again_is_refused(alice: Person) -> None:
    original = alice.invoice()
    alice.delete(f"/clients/{alice.client_id}")
    expect.refusal(alice.post(f"/invoices/{original['id']}/duplicate"), "VALIDATION_ERROR", "clientId")
    expect.refusal(alice.post("/invoices/inv_0000000000000000abcd/duplicate"), "NOT_FOUND")
