"""A document in EN 16931's business terms (BT-…), as both syntaxes write them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from cleverinvo import money
from cleverinvo.documents.einvoice import codes
from cleverinvo.documents.rules import Document, TaxGroup, vat_id
from cleverinvo.documents.transfer import SEPA
from cleverinvo.invoices.rules import Party

ADDRESS_LINES_MAX: Final = 3
REASON: Final = "Discount"


class Identifier(NamedTuple):
    """A value and the scheme that it belongs to, if it says one."""

    value: str
    scheme: str | None


class Address(NamedTuple):
    lines: list[str]
    city: str | None
    postal_code: str | None
    country_code: str | None


class Adjustment(NamedTuple):
    """An allowance, or a charge where a discount on what is taken back gives less back (BG-20, BG-21, BG-27)."""

    is_charge: bool
    amount: Decimal
    group: TaxGroup | None

    @property
    def reason_code(self) -> str | None:
        return None if self.is_charge else codes.DISCOUNT


def electronic_address(party: Party) -> Identifier | None:
    """Where the party takes e-invoices (BT-34, BT-49): `0204:991-01234-44`, or an e-mail address."""
    if party.electronic_address:
        found = identifier(party.electronic_address, codes.ADDRESS_SCHEMES)
        if found.scheme or "@" not in found.value:
            return found if found.scheme else None
        return Identifier(found.value, codes.EMAIL)
    return Identifier(party.email, codes.EMAIL) if party.email and "@" in party.email else None


def legal_registration(party: Party) -> Identifier | None:
    """The number in a register (BT-30, BT-47): `HRB 201234 B`, or with its register `0002:732829320`."""
    return identifier(party.legal_registration_id) if party.legal_registration_id else None


def identifier(text: str, schemes: frozenset[str] | None = None) -> Identifier:
    """`scheme:value`, where the scheme is one of `schemes` or, without a list, four digits."""
    scheme, colon, value = text.partition(":")
    is_known = scheme in schemes if schemes is not None else len(scheme) == 4 and scheme.isdigit()
    return Identifier(value.strip(), scheme) if colon and is_known and value.strip() else Identifier(text, None)


def address(party: Party) -> Address:
    """The fields of an address, or the free text's lines where it has not been taken apart."""
    lines = [party.street] if party.street else []
    if not lines and not party.city:
        lines = [line.strip() for line in (party.address or "").splitlines() if line.strip()]
    if len(lines) > ADDRESS_LINES_MAX:
        lines = [*lines[: ADDRESS_LINES_MAX - 1], ", ".join(lines[ADDRESS_LINES_MAX - 1 :])]
    return Address(lines, party.city, party.postal_code, party.country_code)


def seller_vat_id(document: Document) -> str | None:
    """Not on a document outside the scope of VAT, where there must be none (BR-O-02)."""
    return None if is_outside_scope(document) else vat_id(document.seller)


def client_vat_id(document: Document) -> str | None:
    return None if is_outside_scope(document) else vat_id(document.client)


def is_outside_scope(document: Document) -> bool:
    return any(group.category == "O" for group in document.groups)


def line_adjustment(discount: Decimal | None) -> Adjustment | None:
    return Adjustment(discount < 0, abs(discount), None) if discount else None


def document_adjustments(document: Document) -> Iterator[Adjustment]:
    """The document's discount, a part for each rate and category (BR-32)."""
    for group in document.groups:
        if group.discount:
            yield Adjustment(group.discount < 0, abs(group.discount), group)


class Sums(NamedTuple):
    """BG-22. BR-CO-10 to BR-CO-16 hold by the way they are made, and are asserted by the tests."""

    lines: Decimal
    allowances: Decimal
    charges: Decimal
    without_tax: Decimal
    tax: Decimal
    with_tax: Decimal
    paid: Decimal
    due: Decimal


def sums(document: Document) -> Sums:
    adjustments = list(document_adjustments(document))
    zero = money.from_minor(0, document.currency)
    return Sums(
        lines=sum((line.net for line in document.lines), zero),
        allowances=sum((one.amount for one in adjustments if not one.is_charge), zero),
        charges=sum((one.amount for one in adjustments if one.is_charge), zero),
        without_tax=document.subtotal - document.discount_total,
        tax=document.tax_total,
        with_tax=document.total,
        paid=document.total - document.due,
        due=document.due,
    )


def exemption(document: Document, group: TaxGroup) -> codes.Exemption | None:
    """Why a group has no VAT (BT-120, BT-121), in the seller's own words where it has said them."""
    found = codes.EXEMPTIONS.get(group.category) if group.category else None
    if found is not None and group.category in ("E", "O") and document.tax_exemption_reason:
        return found._replace(reason=document.tax_exemption_reason)
    return found


def payment_means(document: Document) -> str | None:
    """How to pay (BT-81): to the seller's account, where it is known; how a credit note is settled stays open."""
    iban = document.payment.iban
    if document.kind == "credit_note":
        return codes.NOT_DEFINED
    if not iban:
        return None
    is_sepa = document.currency == "EUR" and iban[:2] in SEPA
    return codes.SEPA_CREDIT_TRANSFER if is_sepa else codes.CREDIT_TRANSFER


def payment_terms(document: Document) -> str | None:
    """BT-20; a credit note is due by no date, so it says what becomes of it (BR-CO-25)."""
    if document.terms or document.kind == "invoice":
        return document.terms
    return f"Credited against invoice {document.preceding.number}" if document.preceding else "Credited"
