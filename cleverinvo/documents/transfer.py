"""How an invoice can be paid by scanning: the text of its QR code in the form that the payer's bank reads."""

import re
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, urlencode

from cleverinvo.documents.rules import Document

Scheme = Literal["swiss", "epc", "upi", "link"]

SEPA: Final = frozenset(
    {
        *("AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR"),
        *("GB", "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD"),
        *("ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA"),
    }
)
AMOUNT_MAX: Final = 999_999_999
EPC_NAME_MAX: Final = 70
SWISS_NAME_MAX: Final = 70
SWISS_MESSAGE_MAX: Final = 140
QR_IBAN: Final = re.compile(r"(CH|LI)\d\d3[01]\d{3}", re.ASCII)
"""An account that takes payments with a QR reference only: its institution is numbered 30000 to 31999."""


class Transfer(NamedTuple):
    """A payment ready to be made."""

    scheme: Scheme
    text: str
    """What the QR code says."""
    reference: str
    """By which the seller will know the payment."""


def of_document(document: Document) -> Transfer | None:
    """The way to pay that suits the document's currency best; None where there is nothing to pay or no way to."""
    if document.kind != "invoice" or document.due <= 0 or document.stamp == "VOID":
        return None
    iban, currency = document.payment.iban or "", document.currency
    if document.due <= AMOUNT_MAX:
        if iban[:2] in ("CH", "LI") and currency in ("CHF", "EUR") and _has_swiss_address(document):
            return _swiss(document, iban)
        if currency == "EUR" and iban[:2] in SEPA:
            return _epc(document, iban)
    if currency == "INR" and document.payment.upi_id:
        return _upi(document, document.payment.upi_id)
    if document.payment.payment_url:
        return Transfer("link", payment_address(document) or "", document.name)
    return None


def payment_address(document: Document) -> str | None:
    """The page where the invoice can be paid."""
    pattern = document.payment.payment_url
    return pattern and pattern.replace("{number}", quote(document.name, safe=""))


def _epc(document: Document, iban: str) -> Transfer:
    """A SEPA credit transfer (EPC069-12, version 002, UTF-8)."""
    name = _line(document.seller.name, EPC_NAME_MAX)
    parts = ("BCD", "002", "1", "SCT", document.payment.bic or "", name, iban)
    text = "\n".join((*parts, f"EUR{document.due:.2f}", "", "", _line(document.name, 140)))
    return Transfer("epc", text, document.name)


def _upi(document: Document, upi_id: str) -> Transfer:
    fields = {
        "pa": upi_id,
        "pn": document.seller.name,
        "am": f"{document.due:.2f}",
        "cu": "INR",
        "tn": document.name,
    }
    return Transfer("upi", "upi://pay?" + urlencode(fields, quote_via=quote, safe="@"), document.name)


def _swiss(document: Document, iban: str) -> Transfer:
    """The Swiss QR code (SIX implementation guidelines for the QR-bill, version 0200), addresses structured."""
    seller, client = document.seller, document.client
    creditor = _swiss_address(seller.name, seller.street, seller.postal_code, seller.city, seller.country_code)
    debtor = [""] * 7
    if client.postal_code and client.city and client.country_code:
        debtor = _swiss_address(client.name, client.street, client.postal_code, client.city, client.country_code)
    reference = qr_reference(document.name) if QR_IBAN.match(iban) else ""
    lines = [
        *("SPC", "0200", "1", iban, *creditor, *[""] * 7, f"{document.due:.2f}", document.currency, *debtor),
        *("QRR" if reference else "NON", reference, _swiss_line(document.name, SWISS_MESSAGE_MAX), "EPD"),
    ]
    return Transfer("swiss", "\n".join(lines), reference or document.name)


def qr_reference(number: str) -> str:
    """The 27 digits by which a Swiss bank tells the payment: the number's own digits, and a check digit."""
    digits = re.sub(r"\D", "", number, flags=re.ASCII)[-26:].zfill(26)
    carry = 0
    for digit in digits:  # modulo 10, recursive
        carry = _CARRIES[(carry + int(digit)) % 10]
    return f"{digits}{(10 - carry) % 10}"


_CARRIES: Final = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def _has_swiss_address(document: Document) -> bool:
    seller = document.seller
    return bool(seller.postal_code and seller.city and seller.country_code)


def _swiss_address(
    name: str, street: str | None, postcode: str | None, city: str | None, country: str | None
) -> list[str]:
    """Type S; the house number stays in the street, which the guidelines allow."""
    return [
        *("S", _swiss_line(name, SWISS_NAME_MAX), _swiss_line(street or "", 70), ""),
        *(_swiss_line(postcode or "", 16), _swiss_line(city or "", 35), country or ""),
    ]


def _swiss_line(text: str, length: int) -> str:
    """Only what the guidelines allow, for banks refuse a code with a letter of another script."""
    return _line(_NOT_SWISS.sub(".", text), length)


_NOT_SWISS = re.compile("[^ -~\u00a0-\u017f\u0218-\u021b\u20ac\\s]")


def _line(text: str, length: int) -> str:
    """On one line, for a line break would begin the next field."""
    return " ".join(text.split())[:length].strip()
