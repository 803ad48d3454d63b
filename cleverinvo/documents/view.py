"""A document as the strings that are printed: labels, dates, money, all in the document's language."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from cleverinvo import money
from cleverinvo.documents.rules import Document
from cleverinvo.invoices.rules import Invoice, LineItem, Party, TaxShare

LABELS: Final = {
    "title": "Invoice",
    "issue_date": "Issue date",
    "due_date": "Due date",
    "purchase_order": "Order ref.",
    "from": "From",
    "billed_to": "Billed to",
    "description": "Description",
    "quantity": "Qty",
    "unit_price": "Unit price",
    "tax": "Tax",
    "amount": "Amount",
    "subtotal": "Subtotal",
    "discount": "Discount",
    "tax_on": "Tax {rate} on {base}",
    "total": "Total",
    "paid": "Paid",
    "amount_due": "Amount due",
    "notes": "Notes",
    "terms": "Payment terms",
    "tax_id": "Tax ID",
    "page": "Page",
    "of": "of",
    "draft": "Draft",
    "void": "Void",
}


def of_document(document: Document) -> dict[str, Any]:
    """Everything that the template prints, as text."""
    invoice, parties = document.invoice, document.parties
    words = Words(document.locale, invoice.currency)
    return {
        "labels": LABELS,
        "lang": words.locale.language,
        "issued": [int(part) for part in invoice.issue_date[:10].split("-")],
        "number": invoice.invoice_number or "",
        "watermark": {"DRAFT": LABELS["draft"], "VOID": LABELS["void"]}.get(invoice.status),
        "seller": _party(parties.seller, words),
        "client": _party(parties.client, words),
        "facts": _facts(invoice, words),
        "lines": [_line(line, words) for line in invoice.line_items],
        "has_tax": any(line.tax_rate for line in invoice.line_items),
        "totals": list(_totals(invoice, words)),
        "total": words.money(invoice.total),
        "paid": words.money(-invoice.amount_paid) if invoice.amount_paid else None,
        "due": words.money(invoice.amount_due),
        "due_date": words.date(invoice.due_date),
        "notes": invoice.notes or "",
        "terms": invoice.terms or "",
    }


class Words:
    """Numbers, money and dates in one language."""

    def __init__(self, locale: str, currency: str) -> None:
        self.locale = _locale(locale)
        self._currency = currency

    def money(self, amount: Decimal) -> str:
        """With the currency's own digits, and more where a unit price has more."""
        digits = max(money.decimals(amount), money.DIGITS[self._currency])
        return format_currency(
            amount.quantize(Decimal(1).scaleb(-digits)) if digits else amount,
            self._currency,
            locale=self.locale,
            currency_digits=False,
            decimal_quantization=False,
        )

    def number(self, number: Decimal) -> str:
        return format_decimal(number, locale=self.locale, decimal_quantization=False)

    def percent(self, rate: Decimal) -> str:
        return format_percent(rate / 100, locale=self.locale, decimal_quantization=False)

    def date(self, day: str) -> str:
        return format_date(date.fromisoformat(day[:10]), "long", locale=self.locale)

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))


@lru_cache(maxsize=256)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def _party(party: Party, words: Words) -> dict[str, Any]:
    if party.street or party.city:
        place = " ".join(part for part in (party.postal_code, party.city) if part)
        country = words.country(party.country_code) if party.country_code else None
        lines = [line for line in (party.street, place, country) if line]
    else:
        lines = (party.address or "").splitlines()
    return {
        "name": party.name,
        "lines": lines,
        "tax_id": party.tax_id or "",
        "email": party.email or "",
        "phone": party.phone or "",
    }


def _facts(invoice: Invoice, words: Words) -> list[list[str]]:
    facts = [
        [LABELS["issue_date"], words.date(invoice.issue_date)],
        [LABELS["due_date"], words.date(invoice.due_date)],
    ]
    if invoice.purchase_order:
        facts.append([LABELS["purchase_order"], invoice.purchase_order])
    return facts


def _line(line: LineItem, words: Words) -> dict[str, Any]:
    title, _, more = line.description.partition("\n")
    discount = line.discount_amount
    return {
        "title": title,
        "more": more,
        "discount": f"{LABELS['discount']}: {words.money(-discount)}" if discount else "",
        "quantity": words.number(line.quantity),
        "unit": line.unit or "",
        "unit_price": words.money(line.unit_price),
        "tax": words.percent(line.tax_rate) if line.tax_rate is not None else "",
        "amount": words.money(line.amount),
    }


def _totals(invoice: Invoice, words: Words) -> Any:
    yield [LABELS["subtotal"], words.money(invoice.subtotal)]
    if invoice.discount_total:
        yield [LABELS["discount"], words.money(-invoice.discount_total)]
    for share in invoice.tax_breakdown:
        yield [_tax_label(share, words), words.money(share.tax_amount)]


def _tax_label(share: TaxShare, words: Words) -> str:
    return LABELS["tax_on"].format(rate=words.percent(share.tax_rate), base=words.money(share.taxable_amount))
