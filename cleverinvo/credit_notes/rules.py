"""What a credit note is, and what it comes to."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from cleverinvo import money
from cleverinvo.invoices import totals
from cleverinvo.invoices.rules import Invoice, LineItem, TaxShare
from cleverinvo.money import EXACT
from cleverinvo.shapes import Noun

NUMBER_FORMAT: Final = "CN-{seq:04}"


class CreditedLine(LineItem, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the invoice, or part of it; amounts are positive where the invoice's are."""

    index: int
    """Which of the invoice's lines, counted from 0."""


class CreditNote(Noun, frozen=True):
    """A document that takes back what an invoice billed (EN 16931: type 381). It never changes."""

    id: str
    credit_note_number: str
    invoice_id: str
    invoice_number: str
    client_id: str
    currency: str
    issue_date: str
    line_items: list[CreditedLine]
    subtotal: Decimal
    tax_total: Decimal
    discount_total: Decimal
    total: Decimal
    applied_amount: Decimal
    """What it took off the balance that was open when it was issued."""
    refund_amount: Decimal
    """The rest, which was paid already: the seller owes it to the client."""
    tax_breakdown: list[TaxShare]
    reason: str | None
    created_at: str
    pdf_sha256: str | None
    """Null until the document is stored, a moment after issuing."""


class Credit(msgspec.Struct, frozen=True):
    """What a credit note comes to before it has a number."""

    line_items: list[CreditedLine]
    subtotal: Decimal
    tax_total: Decimal
    discount_total: Decimal
    total: Decimal
    tax_breakdown: list[TaxShare]


def credited(notes: Sequence[CreditNote]) -> dict[int, Decimal]:
    """How much of each line's quantity credit notes have taken back so far."""
    quantities: dict[int, Decimal] = {}
    for note in notes:
        for line in note.line_items:
            quantities[line.index] = quantities.get(line.index, money.ZERO) + line.quantity
    return quantities


def price(invoice: Invoice, before: Mapping[int, Decimal], more: Mapping[int, Decimal]) -> Credit:
    """What it comes to to take back so `more` of each line, after what was taken back `before`.

    Each amount is the share of all that is then taken back, less the share of what was: however an invoice is
    credited piece by piece, in the end it is credited to the last unit.
    """
    currency = invoice.currency
    shares = _document_discounts(invoice)
    lines, discounts = [], 0
    for index, quantity in sorted(more.items()):
        item, start = invoice.line_items[index], before.get(index, money.ZERO)
        part = _Part(currency, start, start + quantity, item.quantity)
        discounts += money.to_minor(part.of(money.from_minor(shares[index], currency)), currency)
        lines.append(
            CreditedLine(
                index=index,
                description=item.description,
                quantity=EXACT.plus(quantity),
                unit_price=item.unit_price,
                amount=part.of(item.amount),
                unit=item.unit,
                discount_rate=item.discount_rate,
                discount_amount=None if item.discount_amount is None else part.of(item.discount_amount),
                tax_rate=item.tax_rate,
                tax_category=item.tax_category,
                tax_amount=None if item.tax_amount is None else part.of(item.tax_amount),
            )
        )
    return _sum(currency, lines, discounts)


class _Part:
    """Which part of a line is taken back: of its quantity, what lies between `start` and `end`."""

    def __init__(self, currency: str, start: Decimal, end: Decimal, whole: Decimal) -> None:
        self._currency, self._start, self._end, self._whole = currency, start, end, whole

    def of(self, amount: Decimal) -> Decimal:
        return self._until(self._end, amount) - self._until(self._start, amount)

    def _until(self, quantity: Decimal, amount: Decimal) -> Decimal:
        if quantity == self._whole:  # which may be nothing
            return amount
        exact = EXACT.divide(EXACT.multiply(amount, quantity), self._whole)
        return money.from_minor(money.to_minor(exact, self._currency), self._currency)


def _document_discounts(invoice: Invoice) -> list[int]:
    """Each line's share of the discount on the whole document, in minor units."""
    nets = [item.amount - (item.discount_amount or money.ZERO) for item in invoice.line_items]
    of_lines = sum((item.discount_amount or money.ZERO for item in invoice.line_items), money.ZERO)
    discount = money.to_minor(invoice.discount_total - of_lines, invoice.currency)
    return totals.spread(discount, [money.to_minor(net, invoice.currency) for net in nets])


def _sum(currency: str, lines: list[CreditedLine], document_discount: int) -> Credit:
    zero = money.from_minor(0, currency)
    nets = [line.amount - (line.discount_amount or zero) for line in lines]
    shares = totals.spread(document_discount, [money.to_minor(net, currency) for net in nets])
    breakdown: dict[tuple[Decimal, str], TaxShare] = {}
    for line, net, share in zip(lines, nets, shares, strict=True):
        if line.tax_rate or line.tax_category:
            key = (line.tax_rate or money.ZERO, line.tax_category or "S")
            group = breakdown.get(key) or TaxShare(
                tax_rate=key[0], tax_category=line.tax_category or "S", taxable_amount=zero, tax_amount=zero
            )
            breakdown[key] = msgspec.structs.replace(
                group,
                taxable_amount=group.taxable_amount + net - money.from_minor(share, currency),
                tax_amount=group.tax_amount + (line.tax_amount or zero),
            )
    subtotal = sum((line.amount for line in lines), zero)
    discount_total = subtotal - sum(nets, zero) + money.from_minor(document_discount, currency)
    tax_total = sum((share.tax_amount for share in breakdown.values()), zero)
    return Credit(
        line_items=lines,
        subtotal=subtotal,
        tax_total=tax_total,
        discount_total=discount_total,
        total=subtotal - discount_total + tax_total,
        tax_breakdown=[breakdown[key] for key in sorted(breakdown)],
    )
