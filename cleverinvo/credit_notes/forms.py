"""What may be asked of credit notes."""

from typing import Annotated, Literal

import msgspec

from cleverinvo.invoices.forms import LINES_MAX, ClientId
from cleverinvo.money import Quantity
from cleverinvo.paging import Window
from cleverinvo.shapes import Form, Label, Text


class Reason(Text):
    """Why it is credited; printed on the document."""

    MIN = 1
    MAX = 1_000


class CreditLine(Form, frozen=True):
    """How much of one of the invoice's lines is taken back; `index` counts them from 0."""

    index: Annotated[int, msgspec.Meta(ge=0, lt=LINES_MAX)]
    quantity: Quantity


class IssueCreditNote(Form, frozen=True):
    """Take back some lines, or without `lines` all that is left of the invoice."""

    lines: Annotated[list[CreditLine], msgspec.Meta(min_length=1, max_length=LINES_MAX)] | None = None
    reason: Reason | None = None


class InvoiceId(Label):
    MAX = 64


class ListCreditNotes(Window, frozen=True):
    """Which credit notes to list, newest first unless `sort=createdAt`."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    invoice_id: InvoiceId | None = None
    client_id: ClientId | None = None


class ListCreditNotesOfInvoice(Window, frozen=True):
    """Which part of an invoice's credit notes to list, the latest first."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
