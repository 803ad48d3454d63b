"""What a document is made from."""

from typing import NamedTuple

from cleverinvo.invoices.rules import Invoice, Parties


class Document(NamedTuple):
    """One invoice with all that stands on it; equal documents give equal bytes."""

    invoice: Invoice
    parties: Parties
    locale: str
