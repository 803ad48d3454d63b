"""GET /invoices/{id}"""

from tests.api import expect
from tests.conftest import FakeClock, Person


def test_an_invoice_reads_as_it_was_created(alice: Person) -> None:
    body = {
        "clientId": alice.client_id,
        "lineItems": [{"description": "x", "quantity": "1.5", "unitPrice": "0.1"}],
    }
    created = alice.post("/invoices", body)
    read = alice.get(f"/invoices/{created.json()['id']}")
    assert (read.status_code, read.content) == (200, created.content)
    assert read.headers["etag"] == created.headers["etag"]


def test_an_invoice_becomes_overdue_by_itself_when_its_day_has_passed(alice: Person, clock: FakeClock) -> None:
    alice.patch("/account", {"timeZone": "America/New_York"})
    invoice = alice.sent_invoice(issueDate="2026-03-01", dueDate="2026-03-02")
    seen = []
    for _ in range(4):
        clock.advance(hours=12)
        read = alice.get(f"/invoices/{invoice['id']}").json()
        seen.append((clock.moment.day, clock.moment.hour, read["status"], read["isOverdue"]))
    assert seen == [  # the 2nd ends in New York at 5:00 of the 3rd in UTC
        (1, 22, "SENT", False),
        (2, 10, "SENT", False),
        (2, 22, "SENT", False),
        (3, 10, "OVERDUE", True),
    ]


def test_an_unknown_invoice_is_not_found(alice: Person) -> None:
    expect.refusal(alice.get("/invoices/inv_0000000000000000abcd"), "NOT_FOUND")
    expect.refusal(alice.get(f"/invoices/{alice.client_id}"), "NOT_FOUND")
