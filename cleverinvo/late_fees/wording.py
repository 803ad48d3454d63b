"""What stands on a fee's invoice, in the language of the one that is late."""

from datetime import date
from decimal import Decimal

from cleverinvo.documents.words import Words
from cleverinvo.invoices.rules import Invoice
from cleverinvo.late_fees.rules import Span


def line(invoice: Invoice, locale: str, rate: Decimal | None, days: Span) -> str:
    """The description of the fee's line: of which invoice, at which rate, and for which days."""
    words = Words(locale, invoice.currency)
    names = {
        "number": invoice.invoice_number or invoice.id,
        "due": words.date(invoice.due_date),
        "from": _written(words, days.first),
        "until": _written(words, days.last),
        "rate": words.percent(rate) if rate is not None else "",
    }
    labels = ["fee_line"] if rate is None else ["fee_line", "fee_rate"]
    return "\n".join(words.labels[label].format_map(names) for label in labels)


def _written(words: Words, day: date) -> str:
    return words.date(day.isoformat())
