"""Whether a document can be an e-invoice: the rules of EN 16931, Peppol and XRechnung that data can fail.

What is checked here is what a user can leave out or get wrong. The rules of arithmetic (BR-CO-10 to BR-CO-17, and
those on each category's sums) hold by the way totals are made; tests run the official rules over many documents.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal

from cleverinvo import money
from cleverinvo.documents.einvoice import codes, terms
from cleverinvo.documents.rules import Document, vat_id
from cleverinvo.money import EXACT
from cleverinvo.shapes import Noun

Profile = Literal["EN16931", "PEPPOL", "XRECHNUNG"]

DECIMALS_MAX: Final = 2
PEPPOL_SLACK: Final = Decimal("0.02")
"""By how much a line's amount may differ from price times quantity (PEPPOL-EN16931-R120)."""


class Missing(Noun, frozen=True):
    """Something that stands between a document and an e-invoice: the rule it breaks, and where to mend it."""

    rule: str
    field: str
    message: str


class Compliance(Noun, frozen=True):
    """Whether a document can be an e-invoice of a profile, and if not, all that it lacks."""

    profile: Profile
    ready: bool
    missing: list[Missing]


def check(document: Document, profile: Profile = "EN16931") -> Compliance:
    """What the document lacks for a profile. Peppol and XRechnung ask for all of EN 16931 and more."""
    missing = [one for rules in _RULES[profile] for one in rules(document)]
    return Compliance(profile=profile, ready=not missing, missing=missing)


def _parties(document: Document) -> Iterator[Missing]:
    for field, country, rules in (
        ("account", document.seller.country_code, ("BR-09", "BR-CL-14")),
        ("client", document.client.country_code, ("BR-11", "BR-CL-14")),
    ):
        if country is None:
            yield Missing(rule=rules[0], field=f"{field}.countryCode", message="The country is needed")
        elif country not in codes.COUNTRIES:
            yield Missing(
                rule=rules[1], field=f"{field}.countryCode", message=f"{country} is not on the rules' list"
            )
    seller = document.seller
    if not terms.seller_vat_id(document) and not seller.legal_registration_id:
        what = "A VAT identifier or a legal registration number is needed"
        field = "account.legalRegistrationId" if terms.is_outside_scope(document) else "account.taxId"
        yield Missing(rule="BR-CO-26", field=field, message=what)


def _categories(document: Document) -> Iterator[Missing]:
    for place, line in enumerate(document.lines):
        if line.category is None:
            what = "A line without tax says why: Z zero-rated, E exempt, AE, K, G, or O outside the scope of VAT"
            yield Missing(rule="BR-CO-04", field=f"lineItems[{place}].taxCategory", message=what)
    found = {group.category for group in document.groups}
    for category in ("S", "Z", "E", "AE", "K", "G"):
        if category in found:
            yield from _of_category(document, category)
    if "O" in found and len(found) > 1:
        what = "Lines outside the scope of VAT cannot stand beside others"
        yield Missing(rule="BR-O-11", field="lineItems", message=what)


def _of_category(document: Document, category: str) -> Iterator[Missing]:
    prefix = {"K": "BR-IC"}.get(category, f"BR-{category}")
    has_vat_id, has_tax_id = terms.seller_vat_id(document) is not None, bool(document.seller.tax_id)
    if not (has_vat_id if category in ("K", "G") else has_tax_id or has_vat_id):
        what = f"Category {category} needs the seller's VAT identifier, which begins with its country's code"
        yield Missing(rule=f"{prefix}-02", field="account.taxId", message=what)
    client_vat_id, client = vat_id(document.client), document.client
    if category == "AE" and not client_vat_id and not client.legal_registration_id:
        what = "Reverse charge needs the client's VAT identifier or legal registration number"
        yield Missing(rule="BR-AE-02", field="client.taxId", message=what)
    if category == "K" and not client_vat_id:
        what = "An intra-Community supply needs the client's VAT identifier"
        yield Missing(rule="BR-IC-02", field="client.taxId", message=what)
    if category == "K" and not document.delivery_date:
        what = "An intra-Community supply needs the date of delivery"
        yield Missing(rule="BR-IC-11", field="deliveryDate", message=what)
    if category == "E" and not document.tax_exemption_reason:
        what = "An exempt supply needs the reason of its exemption"
        yield Missing(rule="BR-E-10", field="taxExemptionReason", message=what)


def _amounts(document: Document) -> Iterator[Missing]:
    if document.currency in codes.UNLISTED_CURRENCIES:
        what = f"{document.currency} is not on the rules' list of currencies"
        yield Missing(rule="BR-CL-04", field="currency", message=what)
    amounts = {
        "BR-DEC-23": [line.net for line in document.lines],
        "BR-DEC-24": [line.item.discount_amount or money.ZERO for line in document.lines],
        "BR-DEC-01": [group.discount for group in document.groups],
        "BR-DEC-20": [group.tax for group in document.groups],
        "BR-DEC-14": [document.total],
    }
    for rule, values in amounts.items():
        if any(money.decimals(EXACT.normalize(value)) > DECIMALS_MAX for value in values):
            what = f"EN 16931 knows two decimals; amounts in {document.currency} that need three cannot be said"
            yield Missing(rule=rule, field="currency", message=what)
            return


def _peppol(document: Document) -> Iterator[Missing]:
    if not document.buyer_reference and not document.purchase_order:
        what = "Peppol needs the client's reference or order number"
        yield Missing(rule="PEPPOL-EN16931-R003", field="buyerReference", message=what)
    yield from _electronic_addresses(document)
    yield from _participants(document)
    for place, line in enumerate(document.lines):
        item = line.item
        exact = EXACT.multiply(item.quantity, item.unit_price) - (item.discount_amount or money.ZERO)
        if abs(line.net - exact) > PEPPOL_SLACK:
            what = f"Quantity times price is rounded by more than {PEPPOL_SLACK} {document.currency}"
            yield Missing(rule="PEPPOL-EN16931-R120", field=f"lineItems[{place}].quantity", message=what)
    if document.seller.country_code == document.client.country_code == "DE":
        yield from _german(document, "DE-R-{:03}")


def _xrechnung(document: Document) -> Iterator[Missing]:
    yield from _electronic_addresses(document)
    yield from _german(document, "BR-DE-{}")


def _electronic_addresses(document: Document) -> Iterator[Missing]:
    for rule, field, party in (
        ("PEPPOL-EN16931-R020", "account", document.seller),
        ("PEPPOL-EN16931-R010", "client", document.client),
    ):
        if terms.electronic_address(party) is None:
            what = "Where e-invoices are received is needed: 0204:991-01234-44, or an e-mail address"
            yield Missing(rule=rule, field=f"{field}.electronicAddress", message=what)


def _participants(document: Document) -> Iterator[Missing]:
    """Peppol reaches its participants by their numbers, not by e-mail."""
    for field, party in (("account", document.seller), ("client", document.client)):
        address = terms.electronic_address(party)
        if address is not None and not (address.scheme or "").isdigit():
            what = "Peppol needs a participant's number such as 0204:991-01234-44"
            yield Missing(rule="PEPPOL-EN16931-CL008", field=f"{field}.electronicAddress", message=what)


def _german(document: Document, rule: str) -> Iterator[Missing]:
    """What German public buyers ask for (XRechnung 3.0, and Peppol's rules for Germany, numbered alike)."""
    seller, client = document.seller, document.client
    needed = (
        (1, "account.iban", terms.payment_means(document), "A bank account"),
        (3, "account.city", seller.city, "The seller's city"),
        (4, "account.postalCode", seller.postal_code, "The seller's postal code"),
        (5, "account.contactName", seller.contact_name, "Whom to ask at the seller's"),
        (6, "account.phone", seller.phone, "The seller's telephone number"),
        (7, "account.email", seller.email, "The seller's e-mail address"),
        (8, "client.city", client.city, "The client's city"),
        (9, "client.postalCode", client.postal_code, "The client's postal code"),
        (15, "buyerReference", document.buyer_reference, "The client's reference (Leitweg-ID)"),
        (16, "account.taxId", seller.tax_id, "The seller's tax or VAT identifier"),
    )
    for number, field, value, what in needed:
        if not value:
            yield Missing(rule=rule.format(number), field=field, message=f"{what} is needed")
    if seller.phone and len(re.findall(r"\d", seller.phone)) < 3:
        yield Missing(rule=rule.format(27), field="account.phone", message="A telephone number has three digits")
    if seller.email and _EMAIL.fullmatch(seller.email) is None:
        yield Missing(rule=rule.format(28), field="account.email", message="This is no e-mail address")
    if any(line.startswith("#") for line in (document.terms or "").splitlines()):
        what = "Lines that begin with # are reserved for cash discounts in a form of their own"
        yield Missing(rule=rule.format(18), field="terms", message=what)


_EMAIL = re.compile(r"[^@\s.][^@\s]*[^@\s.]@[^@\s.][^@\s]*[^@\s.]")

Rules = Callable[[Document], Iterator[Missing]]

_EN16931: Final[tuple[Rules, ...]] = (_parties, _categories, _amounts)
_RULES: Final[Mapping[Profile, tuple[Rules, ...]]] = {
    "EN16931": _EN16931,
    "PEPPOL": (*_EN16931, _peppol),
    "XRECHNUNG": (*_EN16931, _xrechnung),
}
