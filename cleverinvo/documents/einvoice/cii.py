"""A document as UN/CEFACT Cross Industry Invoice D16B: Factur-X / ZUGFeRD, profile EN 16931."""

from typing import Final

from cleverinvo.documents.einvoice import codes, terms
from cleverinvo.documents.einvoice.terms import Adjustment
from cleverinvo.documents.einvoice.xml import DECLARATION, amount, group, identified, number, text
from cleverinvo.documents.rules import Document, DocumentLine, TaxGroup, vat_id
from cleverinvo.invoices.rules import Party

GUIDELINE: Final = "urn:cen.eu:en16931:2017"

_NAMESPACES: Final = (
    ' xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
    ' xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
    ' xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
    ' xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100"'
)


def write(document: Document) -> str:
    """The XML of a document that compliance.check found ready."""
    root = "rsm:CrossIndustryInvoice"
    return f"{DECLARATION}<{root}{_NAMESPACES}>{_context()}{_head(document)}{_transaction(document)}</{root}>"


def _context() -> str:
    guideline = group("ram:GuidelineSpecifiedDocumentContextParameter", text("ram:ID", GUIDELINE))
    return group("rsm:ExchangedDocumentContext", guideline)


def _head(document: Document) -> str:
    return group(
        "rsm:ExchangedDocument",
        text("ram:ID", document.name),
        text("ram:TypeCode", codes.INVOICE if document.kind == "invoice" else codes.CREDIT_NOTE),
        _date("ram:IssueDateTime", document.issue_date),
        group("ram:IncludedNote", text("ram:Content", document.notes)),
    )


def _transaction(document: Document) -> str:
    return group(
        "rsm:SupplyChainTradeTransaction",
        *(_line(place, line) for place, line in enumerate(document.lines, 1)),
        _agreement(document),
        _delivery(document),
        _settlement(document),
    )


def _line(place: int, line: DocumentLine) -> str:
    item = line.item
    rate = None if line.category == "O" else number(line.rate)
    adjustment = terms.line_adjustment(item.discount_amount)
    return group(
        "ram:IncludedSupplyChainTradeLineItem",
        group("ram:AssociatedDocumentLineDocument", text("ram:LineID", str(place))),
        group("ram:SpecifiedTradeProduct", text("ram:Name", line.title), text("ram:Description", line.details)),
        group(
            "ram:SpecifiedLineTradeAgreement",
            group("ram:NetPriceProductTradePrice", text("ram:ChargeAmount", number(item.unit_price))),
        ),
        group(
            "ram:SpecifiedLineTradeDelivery",
            text("ram:BilledQuantity", number(item.quantity), f' unitCode="{codes.unit_code(item.unit)}"'),
        ),
        group(
            "ram:SpecifiedLineTradeSettlement",
            group(
                "ram:ApplicableTradeTax",
                text("ram:TypeCode", "VAT"),
                text("ram:CategoryCode", line.category),
                text("ram:RateApplicablePercent", rate),
            ),
            _adjustment(adjustment) if adjustment else "",
            group(
                "ram:SpecifiedTradeSettlementLineMonetarySummation", text("ram:LineTotalAmount", amount(line.net))
            ),
        ),
    )


def _agreement(document: Document) -> str:
    return group(
        "ram:ApplicableHeaderTradeAgreement",
        text("ram:BuyerReference", document.buyer_reference),
        _seller(document),
        _client(document),
        group("ram:BuyerOrderReferencedDocument", text("ram:IssuerAssignedID", document.purchase_order)),
    )


def _seller(document: Document) -> str:
    seller = document.seller
    vat, registration = terms.seller_vat_id(document), terms.legal_registration(seller)
    other = seller.tax_id if not vat_id(seller) else None
    contact = group(
        "ram:DefinedTradeContact",
        text("ram:PersonName", seller.contact_name),
        group("ram:TelephoneUniversalCommunication", text("ram:CompleteNumber", seller.phone)),
        group("ram:EmailURIUniversalCommunication", text("ram:URIID", seller.email)),
    )
    return group(
        "ram:SellerTradeParty",
        text("ram:Name", seller.name),
        group("ram:SpecifiedLegalOrganization", identified("ram:ID", registration)),
        contact,
        _address("ram:PostalTradeAddress", seller),
        _electronic_address(seller),
        group("ram:SpecifiedTaxRegistration", text("ram:ID", vat, ' schemeID="VA"')),
        group("ram:SpecifiedTaxRegistration", text("ram:ID", other, ' schemeID="FC"')),
    )


def _client(document: Document) -> str:
    client = document.client
    return group(
        "ram:BuyerTradeParty",
        text("ram:ID", client.tax_id if not vat_id(client) else None),
        text("ram:Name", client.name),
        group("ram:SpecifiedLegalOrganization", identified("ram:ID", terms.legal_registration(client))),
        _address("ram:PostalTradeAddress", client),
        _electronic_address(client),
        group("ram:SpecifiedTaxRegistration", text("ram:ID", terms.client_vat_id(document), ' schemeID="VA"')),
    )


def _address(name: str, party: Party) -> str:
    address = terms.address(party)
    lines = zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), address.lines, strict=False)
    return group(
        name,
        text("ram:PostcodeCode", address.postal_code),
        *(text(tag, line) for tag, line in lines),
        text("ram:CityName", address.city),
        text("ram:CountryID", address.country_code),
    )


def _electronic_address(party: Party) -> str:
    return group("ram:URIUniversalCommunication", identified("ram:URIID", terms.electronic_address(party)))


def _delivery(document: Document) -> str:
    is_supply = any(group.category == "K" for group in document.groups)
    ship_to = (
        group("ram:ShipToTradeParty", _address("ram:PostalTradeAddress", document.client)) if is_supply else ""
    )
    event = _date("ram:OccurrenceDateTime", document.delivery_date) if document.delivery_date else ""
    happened = group("ram:ActualDeliverySupplyChainEvent", event)
    return f"<ram:ApplicableHeaderTradeDelivery>{ship_to}{happened}</ram:ApplicableHeaderTradeDelivery>"


def _settlement(document: Document) -> str:
    return group(
        "ram:ApplicableHeaderTradeSettlement",
        text("ram:PaymentReference", document.number),
        text("ram:InvoiceCurrencyCode", document.currency),
        _payment_means(document),
        *(_tax(document, one) for one in document.groups),
        *(_adjustment(one) for one in terms.document_adjustments(document)),
        _payment_terms(document),
        _sums(document),
        _preceding(document),
    )


def _payment_means(document: Document) -> str:
    code = terms.payment_means(document)
    if code is None:
        return ""
    if code == codes.NOT_DEFINED:
        return group("ram:SpecifiedTradeSettlementPaymentMeans", text("ram:TypeCode", code))
    payment = document.payment
    return group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        text("ram:TypeCode", code),
        group(
            "ram:PayeePartyCreditorFinancialAccount",
            text("ram:IBANID", payment.iban),
            text("ram:AccountName", document.seller.name),
        ),
        group("ram:PayeeSpecifiedCreditorFinancialInstitution", text("ram:BICID", payment.bic)),
    )


def _tax(document: Document, one: TaxGroup) -> str:
    exemption = terms.exemption(document, one)
    return group(
        "ram:ApplicableTradeTax",
        text("ram:CalculatedAmount", amount(one.tax)),
        text("ram:TypeCode", "VAT"),
        text("ram:ExemptionReason", exemption.reason if exemption else None),
        text("ram:BasisAmount", amount(one.taxable)),
        text("ram:CategoryCode", one.category),
        text("ram:ExemptionReasonCode", exemption.code if exemption else None),
        text("ram:RateApplicablePercent", number(one.rate)),
    )


def _adjustment(one: Adjustment) -> str:
    indicator = text("udt:Indicator", "true" if one.is_charge else "false")
    tax = ""
    if one.group is not None:
        tax = group(
            "ram:CategoryTradeTax",
            text("ram:TypeCode", "VAT"),
            text("ram:CategoryCode", one.group.category),
            text("ram:RateApplicablePercent", None if one.group.category == "O" else number(one.group.rate)),
        )
    return group(
        "ram:SpecifiedTradeAllowanceCharge",
        group("ram:ChargeIndicator", indicator),
        text("ram:ActualAmount", amount(one.amount)),
        text("ram:ReasonCode", one.reason_code),
        text("ram:Reason", terms.REASON),
        tax,
    )


def _payment_terms(document: Document) -> str:
    due = _date("ram:DueDateDateTime", document.due_date) if document.kind == "invoice" else ""
    return group("ram:SpecifiedTradePaymentTerms", text("ram:Description", terms.payment_terms(document)), due)


def _sums(document: Document) -> str:
    sums = terms.sums(document)
    return group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        text("ram:LineTotalAmount", amount(sums.lines)),
        text("ram:ChargeTotalAmount", amount(sums.charges)),
        text("ram:AllowanceTotalAmount", amount(sums.allowances)),
        text("ram:TaxBasisTotalAmount", amount(sums.without_tax)),
        text("ram:TaxTotalAmount", amount(sums.tax), f' currencyID="{document.currency}"'),
        text("ram:GrandTotalAmount", amount(sums.with_tax)),
        text("ram:TotalPrepaidAmount", amount(sums.paid)),
        text("ram:DuePayableAmount", amount(sums.due)),
    )


def _preceding(document: Document) -> str:
    if document.preceding is None:
        return ""
    day = document.preceding.issue_date[:10].replace("-", "")
    issued = text("qdt:DateTimeString", day, ' format="102"')
    return group(
        "ram:InvoiceReferencedDocument",
        text("ram:IssuerAssignedID", document.preceding.number),
        group("ram:FormattedIssueDateTime", issued),
    )


def _date(name: str, day: str) -> str:
    return group(name, text("udt:DateTimeString", day.replace("-", ""), ' format="102"'))
