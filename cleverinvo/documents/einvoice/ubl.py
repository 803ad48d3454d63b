"""A document as UBL 2.1: Peppol BIS Billing 3.0, or XRechnung 3.0."""

from decimal import Decimal
from typing import Final

from cleverinvo.documents.einvoice import codes, terms
from cleverinvo.documents.einvoice.compliance import Profile
from cleverinvo.documents.einvoice.terms import Adjustment
from cleverinvo.documents.einvoice.xml import DECLARATION, amount, group, identified, number, text
from cleverinvo.documents.rules import Document, DocumentLine, TaxGroup, vat_id
from cleverinvo.invoices.rules import Party

EN16931: Final = "urn:cen.eu:en16931:2017"
CUSTOMIZATIONS: Final[dict[Profile, str]] = {
    "EN16931": EN16931,
    "PEPPOL": f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "XRECHNUNG": f"{EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
BUSINESS_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

_NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMESPACES: Final = (
    f' xmlns:cac="{_NAMESPACE}CommonAggregateComponents-2" xmlns:cbc="{_NAMESPACE}CommonBasicComponents-2"'
)


def write(document: Document, profile: Profile = "PEPPOL") -> str:
    """The XML of a document that compliance.check found ready for the profile."""
    root = "Invoice" if document.kind == "invoice" else "CreditNote"
    body = _head(document, profile) + _parties(document) + _settlement(document)
    lines = "".join(_line(document, place, line) for place, line in enumerate(document.lines, 1))
    return f'{DECLARATION}<{root} xmlns="{_NAMESPACE}{root}-2"{_NAMESPACES}>{body}{lines}</{root}>'


def _head(document: Document, profile: Profile) -> str:
    is_invoice = document.kind == "invoice"
    type_name, type_code = (
        ("cbc:InvoiceTypeCode", codes.INVOICE) if is_invoice else ("cbc:CreditNoteTypeCode", codes.CREDIT_NOTE)
    )
    preceding = document.preceding
    return "".join(
        (
            text("cbc:CustomizationID", CUSTOMIZATIONS[profile]),
            text("cbc:ProfileID", BUSINESS_PROCESS),
            text("cbc:ID", document.name),
            text("cbc:IssueDate", document.issue_date),
            text("cbc:DueDate", document.due_date if is_invoice else None),
            text(type_name, type_code),
            text("cbc:Note", document.notes),
            text("cbc:DocumentCurrencyCode", document.currency),
            text("cbc:BuyerReference", document.buyer_reference),
            group("cac:OrderReference", text("cbc:ID", document.purchase_order)),
            group(
                "cac:BillingReference",
                group(
                    "cac:InvoiceDocumentReference",
                    text("cbc:ID", preceding.number if preceding else None),
                    text("cbc:IssueDate", preceding.issue_date[:10] if preceding else None),
                ),
            ),
        )
    )


def _parties(document: Document) -> str:
    seller, client = document.seller, document.client
    contact = group(
        "cac:Contact",
        text("cbc:Name", seller.contact_name),
        text("cbc:Telephone", seller.phone),
        text("cbc:ElectronicMail", seller.email),
    )
    seller_taxes = _tax_scheme(terms.seller_vat_id(document), "VAT") + _tax_scheme(
        seller.tax_id if not vat_id(seller) else None, "TAX"
    )
    client_id = group("cac:PartyIdentification", text("cbc:ID", client.tax_id if not vat_id(client) else None))
    return (
        group("cac:AccountingSupplierParty", _party(seller, "", seller_taxes, contact))
        + group(
            "cac:AccountingCustomerParty",
            _party(client, client_id, _tax_scheme(terms.client_vat_id(document), "VAT"), ""),
        )
        + _delivery(document)
    )


def _party(party: Party, identification: str, taxes: str, contact: str) -> str:
    registration = terms.legal_registration(party)
    return group(
        "cac:Party",
        identified("cbc:EndpointID", terms.electronic_address(party)),
        identification,
        group("cac:PartyName", text("cbc:Name", party.name)),
        _address("cac:PostalAddress", party),
        taxes,
        group(
            "cac:PartyLegalEntity",
            text("cbc:RegistrationName", party.name),
            identified("cbc:CompanyID", registration),
        ),
        contact,
    )


def _address(name: str, party: Party) -> str:
    address = terms.address(party)
    first, second, third = [*address.lines, None, None, None][:3]
    return group(
        name,
        text("cbc:StreetName", first),
        text("cbc:AdditionalStreetName", second),
        text("cbc:CityName", address.city),
        text("cbc:PostalZone", address.postal_code),
        group("cac:AddressLine", text("cbc:Line", third)),
        group("cac:Country", text("cbc:IdentificationCode", address.country_code)),
    )


def _tax_scheme(company_id: str | None, scheme: str) -> str:
    if not company_id:
        return ""
    return group(
        "cac:PartyTaxScheme", text("cbc:CompanyID", company_id), group("cac:TaxScheme", text("cbc:ID", scheme))
    )


def _delivery(document: Document) -> str:
    is_supply = any(group.category == "K" for group in document.groups)
    location = _address("cac:Address", document.client) if is_supply else ""
    return group(
        "cac:Delivery",
        text("cbc:ActualDeliveryDate", document.delivery_date),
        group("cac:DeliveryLocation", location),
    )


def _settlement(document: Document) -> str:
    subtotals = [_subtotal(document, one) for one in document.groups]
    return "".join(
        (
            _payment_means(document),
            group("cac:PaymentTerms", text("cbc:Note", terms.payment_terms(document))),
            *(_adjustment(document, one) for one in terms.document_adjustments(document)),
            group("cac:TaxTotal", _money(document, "cbc:TaxAmount", document.tax_total), *subtotals),
            _sums(document),
        )
    )


def _payment_means(document: Document) -> str:
    code = terms.payment_means(document)
    if code is None:
        return ""
    if code == codes.NOT_DEFINED:
        return group("cac:PaymentMeans", text("cbc:PaymentMeansCode", code))
    return group(
        "cac:PaymentMeans",
        text("cbc:PaymentMeansCode", code),
        text("cbc:PaymentID", document.number),
        group(
            "cac:PayeeFinancialAccount",
            text("cbc:ID", document.payment.iban),
            text("cbc:Name", document.seller.name),
            group("cac:FinancialInstitutionBranch", text("cbc:ID", document.payment.bic)),
        ),
    )


def _subtotal(document: Document, one: TaxGroup) -> str:
    exemption = terms.exemption(document, one)
    return group(
        "cac:TaxSubtotal",
        _money(document, "cbc:TaxableAmount", one.taxable),
        _money(document, "cbc:TaxAmount", one.tax),
        _category("cac:TaxCategory", one.category, number(one.rate), exemption),
    )


def _adjustment(document: Document, one: Adjustment) -> str:
    category = _category("cac:TaxCategory", one.group.category, _rate(one.group)) if one.group else ""
    return group(
        "cac:AllowanceCharge",
        text("cbc:ChargeIndicator", "true" if one.is_charge else "false"),
        text("cbc:AllowanceChargeReasonCode", one.reason_code),
        text("cbc:AllowanceChargeReason", terms.REASON),
        _money(document, "cbc:Amount", one.amount),
        category,
    )


def _sums(document: Document) -> str:
    sums = terms.sums(document)
    return group(
        "cac:LegalMonetaryTotal",
        _money(document, "cbc:LineExtensionAmount", sums.lines),
        _money(document, "cbc:TaxExclusiveAmount", sums.without_tax),
        _money(document, "cbc:TaxInclusiveAmount", sums.with_tax),
        _money(document, "cbc:AllowanceTotalAmount", sums.allowances),
        _money(document, "cbc:ChargeTotalAmount", sums.charges),
        _money(document, "cbc:PrepaidAmount", sums.paid),
        _money(document, "cbc:PayableAmount", sums.due),
    )


def _line(document: Document, place: int, line: DocumentLine) -> str:
    item = line.item
    kind, quantity = ("Invoice", "Invoiced") if document.kind == "invoice" else ("CreditNote", "Credited")
    adjustment = terms.line_adjustment(item.discount_amount)
    return group(
        f"cac:{kind}Line",
        text("cbc:ID", str(place)),
        text(f"cbc:{quantity}Quantity", number(item.quantity), f' unitCode="{codes.unit_code(item.unit)}"'),
        _money(document, "cbc:LineExtensionAmount", line.net),
        _adjustment(document, adjustment) if adjustment else "",
        group(
            "cac:Item",
            text("cbc:Description", line.details),
            text("cbc:Name", line.title),
            _category("cac:ClassifiedTaxCategory", line.category, _rate(line)),
        ),
        group(
            "cac:Price",
            text("cbc:PriceAmount", number(item.unit_price), f' currencyID="{document.currency}"'),
        ),
    )


def _category(name: str, category: str | None, rate: str | None, exemption: codes.Exemption | None = None) -> str:
    return group(
        name,
        text("cbc:ID", category),
        text("cbc:Percent", rate),
        text("cbc:TaxExemptionReasonCode", exemption.code if exemption else None),
        text("cbc:TaxExemptionReason", exemption.reason if exemption else None),
        group("cac:TaxScheme", text("cbc:ID", "VAT")),
    )


def _rate(of: DocumentLine | TaxGroup) -> str | None:
    """Outside the scope of VAT there is none (BR-O-05), but in the breakdown (BR-DE-14)."""
    return None if of.category == "O" else number(of.rate)


def _money(document: Document, name: str, value: Decimal) -> str:
    return text(name, amount(value), f' currencyID="{document.currency}"')
