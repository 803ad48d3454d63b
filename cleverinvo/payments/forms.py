"""What may be asked of payments."""

from typing import Literal

import msgspec

from cleverinvo.money import Amount
from cleverinvo.paging import Window
from cleverinvo.payments.rules import Method
from cleverinvo.scalars import Day, DayOrMoment
from cleverinvo.shapes import Form, Label, Text


class InvoiceId(Label):
    MAX = 64


class Note(Text):
    MAX = 1_000


class RecordPayment(Form, frozen=True):
    """Money that came in. `paidAt` is a day or a moment that has passed; without it, now."""

    amount: Amount
    paid_at: DayOrMoment | None = None
    method: Method | None = None
    reference: Label | None = None
    note: Note | None = None


class ListPayments(Window, frozen=True):
    """Which payments to list, newest first unless `sort=createdAt`. Reversed ones are among them."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    invoice_id: InvoiceId | None = None
    method: Method | None = None
    paid_at_gte: Day | None = msgspec.field(name="paidAt[gte]", default=None)
    paid_at_lte: Day | None = msgspec.field(name="paidAt[lte]", default=None)


class ListPaymentsOfInvoice(Window, frozen=True):
    """Which part of an invoice's payments to list, the latest recorded first."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
