"""Requests with the answers they get, shown in the description and tried against the server by the tests."""

from typing import Any, Final, NamedTuple


class Example(NamedTuple):
    """What is sent and what comes back; ids and moments in the answer stand for any."""

    request: dict[str, Any]
    answer: dict[str, Any]


CLIENT_ID: Final = "cli_0cdqxfxfkpmjw5ezfyrs"
INVOICE_ID: Final = "inv_0cdqxhw2t9cq5m1x8r4b"
MOMENT: Final = "2026-03-01T10:30:00.000Z"

_CLIENT_FORM: Final = {
    "name": "Acme Corporation",
    "email": "billing@acme.example",
    "address": "123 Business Ave, Suite 400\nNew York, NY 10001",
    "taxId": "US-EIN-12-3456789",
    "phone": "+1-555-0100",
}
_CLIENT: Final[dict[str, Any]] = {
    "id": CLIENT_ID,
    **_CLIENT_FORM,
    "isActive": True,
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
    "retainerAmount": None,
    "currency": None,
    "locale": None,
    "externalId": None,
    "metadata": {},
    "street": None,
    "postalCode": None,
    "city": None,
    "countryCode": None,
    "electronicAddress": None,
    "legalRegistrationId": None,
    "buyerReference": None,
}
_INVOICE_FORM: Final = {
    "clientId": CLIENT_ID,
    "currency": "USD",
    "issueDate": "2026-03-01",
    "dueDate": "2026-03-31",
    "lineItems": [
        {"description": "Website redesign - Phase 1", "quantity": 1, "unitPrice": 5000.00},
        {"description": "Frontend development", "quantity": 40, "unitPrice": 150.00},
        {"description": "Content migration", "quantity": 8, "unitPrice": 100.00},
    ],
    "notes": "Thank you for your business.",
    "terms": "Payment due within 30 days. Late payments subject to 1.5% monthly interest.",
}
_INVOICE: Final[dict[str, Any]] = {
    "id": INVOICE_ID,
    "invoiceNumber": "INV-0001",
    "clientId": CLIENT_ID,
    "currency": "USD",
    "issueDate": "2026-03-01T00:00:00.000Z",
    "dueDate": "2026-03-31T00:00:00.000Z",
    "lineItems": [
        {"description": "Website redesign - Phase 1", "quantity": 1, "unitPrice": 5000.00, "amount": 5000.00},
        {"description": "Frontend development", "quantity": 40, "unitPrice": 150.00, "amount": 6000.00},
        {"description": "Content migration", "quantity": 8, "unitPrice": 100.00, "amount": 800.00},
    ],
    "subtotal": 11800.00,
    "taxTotal": 0,
    "discountTotal": 0,
    "total": 11800.00,
    "status": "DRAFT",
    "pdfUrl": f"https://invoices.example/storage/invoices/{INVOICE_ID}.pdf?sig=1279174a94edc5a7e24b5bda0f7d25a2",
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
    "amountPaid": 0,
    "amountDue": 11800.00,
    "taxBreakdown": [],
    "discountRate": None,
    "discountAmount": None,
    "notes": "Thank you for your business.",
    "terms": "Payment due within 30 days. Late payments subject to 1.5% monthly interest.",
    "purchaseOrder": None,
    "locale": None,
    "externalId": None,
    "metadata": {},
    "isOverdue": False,
    "sentAt": None,
    "viewedAt": None,
    "paidAt": None,
    "voidedAt": None,
    "buyerReference": None,
    "deliveryDate": None,
    "taxExemptionReason": None,
    "pdfSha256": None,
    "amountCredited": 0,
    "revises": None,
    "revisedBy": None,
    "feeFor": None,
    "hostedUrl": None,
}

_SENT_INVOICE: Final = {
    **_INVOICE,
    "status": "SENT",
    "sentAt": MOMENT,
    "hostedUrl": "https://invoices.example/i/pg_5f0c2b7d9e3a18464c1d2e3f4a5b6c7d8e9f0a1b",
}
_PAYMENT_FORM: Final = {"amount": 5000.00, "method": "bank_transfer", "reference": "INV-0001"}
_PAYMENT: Final[dict[str, Any]] = {
    "id": "pay_0cdqxk1r7v3m8n4z6t2b",
    "invoiceId": INVOICE_ID,
    "amount": 5000.00,
    "currency": "USD",
    "paidAt": MOMENT,
    "method": "bank_transfer",
    "reference": "INV-0001",
    "note": None,
    "createdAt": MOMENT,
    "reversedAt": None,
}

_REMINDERS_FORM: Final[dict[str, Any]] = {
    "steps": [
        {"days": -3},
        {
            "days": 7,
            "texts": [
                {
                    "language": "en",
                    "subject": "{number} is {days} days late",
                    "message": "Dear {client},\n\n{amount} has been open since {due}.",
                }
            ],
        },
    ],
    "attachPdf": True,
}
_REMINDERS: Final = {
    "steps": [{"days": -3, "texts": []}, _REMINDERS_FORM["steps"][1]],
    "attachPdf": True,
    "updatedAt": MOMENT,
}
_LATE_FEES_FORM: Final = {"monthlyRate": 1.5, "graceDays": 5, "maximumRate": 18}
_LATE_FEES: Final = {
    "monthlyRate": 1.5,
    "amount": None,
    "currency": None,
    "graceDays": 5,
    "maximumRate": 18,
    "isAutomatic": False,
    "updatedAt": MOMENT,
}

EXAMPLES: Final = {
    "POST /api/v1/clients": Example(_CLIENT_FORM, _CLIENT),
    "PUT /api/v1/clients/{id}": Example({"phone": "+1-555-0200"}, {**_CLIENT, "phone": "+1-555-0200"}),
    "POST /api/v1/invoices": Example(_INVOICE_FORM, _INVOICE),
    "PATCH /api/v1/invoices/{id}": Example({"status": "SENT"}, _SENT_INVOICE),
    "POST /api/v1/invoices/{id}/payments": Example(_PAYMENT_FORM, _PAYMENT),
    "PUT /api/v1/account/reminders": Example(_REMINDERS_FORM, _REMINDERS),
    "PUT /api/v1/account/late-fees": Example(_LATE_FEES_FORM, _LATE_FEES),
}
"""By the name of the route."""
