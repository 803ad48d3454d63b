"""What a document is: the one frozen view of an invoice that PDF, e-invoice, web page and mail are made from."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from cleverinvo import money
from cleverinvo.accounts.rules import Logo
from cleverinvo.invoices import rules as invoice_rules
from cleverinvo.invoices import totals
from cleverinvo.invoices.rules import Branding, Invoice, LineItem, Parties, Party, PaymentDetails, TaxCategory

Kind = Literal["invoice", "credit_note", "receipt", "statement"]
Stamp = Literal["DRAFT", "VOID", "PAID"]


class DocumentLine(NamedTuple):
    """A line with all that follows from it; amounts have the currency's digits."""

    item: LineItem
    net: Decimal
    """The amount after the line's own discount (EN 16931 BT-131)."""
    rate: Decimal
    category: TaxCategory | None
    """None where nobody has said which: such an invoice can be printed, but be no e-invoice."""

    @property
    def title(self) -> str:
        """The first line of the description (EN 16931 BT-153)."""
        return self.item.description.strip().partition("\n")[0].strip()

    @property
    def details(self) -> str:
        """What follows it (BT-154)."""
        return self.item.description.strip().partition("\n")[2].strip()


class TaxGroup(NamedTuple):
    """All lines of one rate and category (EN 16931 BG-23), with their part of the document's discount."""

    rate: Decimal
    category: TaxCategory | None
    net: Decimal
    discount: Decimal
    tax: Decimal

    @property
    def taxable(self) -> Decimal:
        return self.net - self.discount


class Preceding(NamedTuple):
    """The invoice that a credit note corrects (EN 16931 BG-3)."""

    number: str
    issue_date: str


class Received(NamedTuple):
    """What a receipt tells beside its amount, which is its total."""

    method: str | None
    reference: str | None
    billed: Decimal
    open: Decimal


class Booking(NamedTuple):
    """One line of a statement: what was billed, credited or paid on a day, and what was owed after it."""

    day: str
    kind: Literal["invoice", "credit_note", "payment"]
    number: str
    """Of the invoice or credit note; of the invoice that a payment was for."""
    amount: Decimal
    """Below zero for what is taken off."""
    balance: Decimal


class Balance(NamedTuple):
    """What a statement tells, in the currency of its document. Below zero the client is owed something."""

    first: str
    last: str
    opening: Decimal
    bookings: Sequence[Booking]
    closing: Decimal


class Document(NamedTuple):
    """One invoice, credit note, receipt or statement with all that stands on it; equal documents give equal bytes.

    Amounts are positive on credit notes as well. What was paid after sending is not on the document.
    """

    kind: Kind
    account_id: int
    id: str
    number: str | None
    issue_date: str
    due_date: str
    delivery_date: str | None
    currency: str
    locale: str
    lines: Sequence[DocumentLine]
    groups: Sequence[TaxGroup]
    subtotal: Decimal
    discount: Decimal
    """The discount on the whole document; those of the lines are in the lines (EN 16931 BT-107)."""
    discount_rate: Decimal | None
    discount_total: Decimal
    tax_total: Decimal
    total: Decimal
    paid: Decimal
    notes: str | None
    terms: str | None
    purchase_order: str | None
    buyer_reference: str | None
    tax_exemption_reason: str | None
    preceding: Preceding | None
    seller: Party
    client: Party
    payment: PaymentDetails
    branding: Branding
    logo: Logo | None
    stamp: Stamp | None
    is_frozen: bool
    """Whether it was sent: its bytes are then made once and kept."""
    sha256: str | None
    """Of the bytes that are kept."""
    received: Received | None = None
    balance: Balance | None = None
    """What a statement tells; its total is the closing balance."""
    credited: Decimal = money.ZERO
    """What credit notes took back of it since; on copies only, as what was paid."""

    @property
    def due(self) -> Decimal:
        return invoice_rules.due(self.total, self.paid, self.credited)

    @property
    def name(self) -> str:
        """What its files are called, without an ending."""
        return self.number or self.id


def of_invoice(account_id: int, invoice: Invoice, parties: Parties, logo: Logo | None) -> Document:
    """The document of an invoice: once it is sent the same for ever, whatever is paid or voided later."""
    lines = [_line(item, parties.seller) for item in invoice.line_items]
    discount = invoice.discount_total - sum(
        (line.item.discount_amount or money.ZERO for line in lines), money.ZERO
    )
    is_frozen = invoice.sent_at is not None
    return Document(
        kind="invoice",
        account_id=account_id,
        id=invoice.id,
        number=invoice.invoice_number,
        issue_date=invoice.issue_date[:10],
        due_date=invoice.due_date[:10],
        delivery_date=invoice.delivery_date and invoice.delivery_date[:10],
        currency=invoice.currency,
        locale=parties.locale,
        lines=lines,
        groups=_groups(invoice, lines, discount),
        subtotal=invoice.subtotal,
        discount=discount,
        discount_rate=invoice.discount_rate,
        discount_total=invoice.discount_total,
        tax_total=invoice.tax_total,
        total=invoice.total,
        paid=money.from_minor(0, invoice.currency),
        notes=invoice.notes,
        terms=invoice.terms,
        purchase_order=invoice.purchase_order,
        buyer_reference=invoice.buyer_reference or parties.client.buyer_reference,
        tax_exemption_reason=invoice.tax_exemption_reason,
        preceding=None,
        seller=parties.seller,
        client=parties.client,
        payment=parties.payment,
        branding=parties.branding,
        logo=logo,
        stamp=None if is_frozen else "VOID" if invoice.voided_at else "DRAFT",
        is_frozen=is_frozen,
        sha256=invoice.pdf_sha256,
    )


def copy_of_today(document: Document, invoice: Invoice) -> Document:
    """A copy that shows what has become of a sent invoice: what was paid and credited, and whether it is settled
    or void."""
    stamp: Stamp | None = "VOID" if invoice.voided_at else "PAID" if invoice.status == "PAID" else None
    return document._replace(
        paid=invoice.amount_paid,
        credited=invoice.amount_credited,
        stamp=stamp or document.stamp,
        is_frozen=False,
        sha256=None,
    )


def vat_id(party: Party) -> str | None:
    """The party's tax id if it is a VAT identifier (EN 16931 BT-31, BT-48): one that begins with its country.

    Greece writes EL, Northern Ireland XI. The United States have no VAT: an EIN is none, whatever it begins with.
    """
    compact = "".join(character for character in party.tax_id or "" if character.isalnum()).upper()
    prefixes = {party.country_code} | {"GR": {"EL"}, "GB": {"XI"}}.get(party.country_code or "", set())
    is_vat = party.country_code != "US" and compact[:2] in prefixes and any(map(str.isdigit, compact[2:]))
    return compact if is_vat else None


def _line(item: LineItem, seller: Party) -> DocumentLine:
    net = item.amount - (item.discount_amount or money.ZERO)
    return DocumentLine(item, net, item.tax_rate or money.ZERO, _category(item, seller))


def _category(item: LineItem, seller: Party) -> TaxCategory | None:
    """The line's VAT category where it says none: S with a rate, Z with the rate 0.

    Without either, it is outside the scope of VAT if the seller has no VAT identifier, and open if it has one.
    """
    if item.tax_category or item.tax_rate:
        return item.tax_category or "S"
    if item.tax_rate is not None:
        return "Z"
    return None if vat_id(seller) else "O"


def _groups(invoice: Invoice, lines: Sequence[DocumentLine], discount: Decimal) -> list[TaxGroup]:
    """The lines by rate and category, those without tax as well, which the invoice's own breakdown leaves out."""
    currency = invoice.currency
    shares = totals.spread(
        money.to_minor(discount, currency), [money.to_minor(line.net, currency) for line in lines]
    )
    taxes: dict[tuple[Decimal, TaxCategory | None], Decimal] = {
        (share.tax_rate, share.tax_category): share.tax_amount for share in invoice.tax_breakdown
    }
    zero = money.from_minor(0, currency)
    groups: dict[tuple[Decimal, TaxCategory | None], TaxGroup] = {}
    for line, share in zip(lines, shares, strict=True):
        key = (line.rate, line.category)
        group = groups.get(key) or TaxGroup(*key, zero, zero, taxes.get(key, zero))
        groups[key] = group._replace(
            net=group.net + line.net, discount=group.discount + money.from_minor(share, currency)
        )
    return sorted(groups.values(), key=lambda group: (-group.rate, group.category or ""))
