"""Documents to test with: one that has everything, and a corpus of many that differ in all that may differ."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from cleverinvo import money
from cleverinvo.accounts.rules import Logo
from cleverinvo.documents import rules
from cleverinvo.documents.rules import Document, Preceding
from cleverinvo.invoices import totals
from cleverinvo.invoices.forms import Line
from cleverinvo.invoices.rules import Branding, Invoice, Parties, Party, PaymentDetails
from cleverinvo.shapes import fill

SELLER = Party(
    name="Nordwind Atelier GmbH",
    email="billing@nordwind.example",
    address=None,
    street="Lindenstraße 14",
    postal_code="10969",
    city="Berlin",
    country_code="DE",
    tax_id="DE123456789",
    phone="+49 30 5557 1200",
    electronic_address="9930:DE123456789",
    legal_registration_id="HRB 201234 B",
    contact_name="Mara Lindqvist",
)
CLIENT = Party(
    name="Café Zürcher & Söhne SARL",
    email="ap@zuercher.example",
    address=None,
    street="12 rue de l’Église",
    postal_code="67000",
    city="Strasbourg",
    country_code="FR",
    tax_id="FR83404833048",
    phone=None,
    electronic_address="9957:FR83404833048",
    legal_registration_id="0002:404833048",
    buyer_reference="4711/B",
)
PAYMENT = PaymentDetails(
    iban="DE02120300000000202051", bic="BYLADEM1001", bank_name="DKB Berlin", upi_id=None, payment_url=None
)
BRANDING = Branding(layout="modern", accent_color="#1f4e79", footer=None, logo_sha256=None)

LINES = (
    {
        "description": "Brand identity & design system\nLogo suite, colour, typography",
        "quantity": 1,
        "unitPrice": 4800,
        "taxRate": 19,
        "unit": "project",
        "discountRate": 10,
    },
    {
        "description": "Website implementation",
        "quantity": "42.5",
        "unitPrice": 115,
        "taxRate": 19,
        "unit": "hours",
    },
    {"description": "Printed style guide", "quantity": 25, "unitPrice": "38.90", "taxRate": 7, "unit": "pcs"},
)


@dataclass
class Paper:
    """What a document is to be made from."""

    lines: Sequence[dict[str, Any]] = LINES
    currency: str = "EUR"
    discount_rate: str | None = None
    discount_amount: str | None = None
    locale: str = "en-GB"
    seller: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)
    payment: dict[str, Any] = field(default_factory=dict)
    branding: dict[str, Any] = field(default_factory=dict)
    invoice: dict[str, Any] = field(default_factory=dict)
    logo: Logo | None = None
    kind: str = "invoice"
    number: str = "INV-0042"


def document(**paper: Any) -> Document:
    """A sent invoice, or a credit note; see Paper for what may be said of it."""
    of = Paper(**paper)
    rate = None if of.discount_rate is None else Decimal(of.discount_rate)
    amount = None if of.discount_amount is None else Decimal(of.discount_amount)
    priced = totals.price(of.currency, [fill(Line, line) for line in of.lines], rate, amount)
    invoice = Invoice(
        **priced._asdict(),
        id="inv_0mwtdw5rk63jz5wguyfp",
        invoice_number=of.number,
        client_id="cli_0mwtdw5rk63jz5wguyfp",
        currency=of.currency,
        issue_date="2026-11-23T00:00:00.000Z",
        due_date="2026-12-23T00:00:00.000Z",
        status="SENT",
        pdf_url="",
        created_at="2026-11-23T10:00:00.000Z",
        updated_at="2026-11-23T10:00:00.000Z",
        amount_paid=money.from_minor(0, of.currency),
        amount_due=priced.total,
        discount_rate=rate,
        discount_amount=amount,
        notes="Thank you for working with us.",
        terms="Payable within 30 days without deduction.",
        purchase_order="PO-77812",
        locale=None,
        external_id=None,
        metadata={},
        is_overdue=False,
        sent_at="2026-11-23T10:00:00.000Z",
        viewed_at=None,
        paid_at=None,
        voided_at=None,
        buyer_reference=None,
        delivery_date="2026-11-20T00:00:00.000Z",
        tax_exemption_reason="Exempt under section 4 no. 21 UStG",
        pdf_sha256=None,
        amount_credited=money.from_minor(0, of.currency),
        revises=None,
        revised_by=None,
        fee_for=None,
        hosted_url=None,
    )
    parties = Parties(
        seller=replace(SELLER, **of.seller),
        client=replace(CLIENT, **of.client),
        payment=replace(PAYMENT, **of.payment),
        branding=replace(BRANDING, **of.branding),
        locale=of.locale,
    )
    made = rules.of_invoice(1, replace(invoice, **of.invoice), parties, of.logo)
    if of.kind == "credit_note":
        return made._replace(kind="credit_note", number="CN-0007", preceding=Preceding(of.number, "2026-11-01"))
    return made


CATEGORIES: tuple[dict[str, Any], ...] = (
    {"taxRate": 19},
    {"taxRate": 7},
    {"taxRate": "5.5"},
    {"taxCategory": "Z"},
    {"taxCategory": "E"},
    {"taxCategory": "AE"},
    {"taxCategory": "K"},
    {"taxCategory": "G"},
    {"taxRate": 0},
)
UNITS = ("hours", "pcs", "kg", "Tage", "HUR", "weird unit", None)
CURRENCIES = ("EUR", "EUR", "USD", "CHF", "JPY", "KWD", "PLN", "BHD", "KRW")


def corpus(count: int, seed: int) -> Iterator[Document]:
    """Documents all fit to be e-invoices, in all categories, currencies, lengths and kinds of discount."""
    chance = random.Random(seed)
    for number in range(count):
        currency = CURRENCIES[number % len(CURRENCIES)]
        digits, last = money.DIGITS[currency], "100" if number % 40 == 7 else "3"
        is_outside = number % 11 == 10
        rates = [one for one in CATEGORIES if digits != 3 or one != {"taxRate": "5.5"}]
        mix = [{"taxCategory": "O"}] if is_outside else chance.sample(rates, chance.randint(1, 4))
        length = (1, 3, 3, 7, 200)[number % 5 if number % 20 == 4 or number % 5 != 4 else 3]
        yield document(
            lines=[_line(chance, currency, mix[place % len(mix)], place) for place in range(length)],
            currency=currency,
            discount_rate=None if digits == 3 else chance.choice((None, None, "5", "12.5", last)),
            kind="credit_note" if number % 6 == 5 else "invoice",
            number=f"INV-{number:04}",
            seller={"tax_id": None} if is_outside else {},
            payment={} if chance.random() < 0.8 else {"iban": None},
            invoice={"notes": chance.choice((None, "Danke & <merci>\nà bientôt", "]]> ‘quotes’ \u0085"))},
        )


def _line(chance: random.Random, currency: str, category: dict[str, Any], place: int) -> dict[str, Any]:
    """A line whose amounts need no more than two decimals; now and then one that takes back."""
    digits = money.DIGITS[currency]
    is_whole = digits != 2
    quantity = Decimal(chance.randint(1, 40)) if is_whole else Decimal(chance.randint(1, 40_000)) / 1000
    price = Decimal(chance.randint(100, 90_000)) / (1 if is_whole else 100)
    if chance.random() < 0.1 and not is_whole:
        price = Decimal(chance.randint(1, 900_000)) / 1_000_000
    if not place:  # large enough for all that is taken back behind it
        quantity, price = Decimal(10), Decimal(chance.randint(100, 900))
    elif chance.random() < 0.1:
        quantity, price = -Decimal(1), min(price, Decimal(1))
    line = {
        "description": chance.choice(("Consulting", "Zeile <1> & “2”\nmit Einzelheiten", "設計\n…", "x" * 90)),
        "quantity": quantity,
        "unitPrice": price,
        "unit": chance.choice(UNITS),
        **category,
    }
    if place and chance.random() < 0.3 and digits != 3:
        line["discountRate"] = chance.choice((10, 50, 100, "3.3333"))
    elif chance.random() < 0.3 and quantity > 0:
        line["discountAmount"] = min(
            Decimal(1), money.from_minor(money.to_minor(quantity * price, currency), currency)
        )
    return line
