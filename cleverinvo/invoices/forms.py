"""What may be asked of invoices."""

from typing import Annotated, Any, Final, Literal, Self, get_args

import msgspec
from msgspec import UNSET, UnsetType

from cleverinvo.invoices.rules import Status, TaxCategory
from cleverinvo.money import Amount, Quantity, Rate, UnitPrice
from cleverinvo.paging import Query, Window
from cleverinvo.scalars import Currency, Day, ExternalId, Locale, Metadata, MetadataChange, Short
from cleverinvo.shapes import Form, Label, Pattern, Text

LINES_MAX: Final = 500
BATCH_MAX: Final = 500
DESCRIPTIONS_MAX: Final = 100_000
"""Characters of all descriptions of an invoice together: fifty pages, which take two seconds to print."""


class Description(Text):
    """What is billed; may run over several lines."""

    MIN = 1
    MAX = 2_000

    @classmethod
    def read(cls, raw: object) -> Self:
        description = super().read(raw)
        if not description.strip():
            raise ValueError("Must not be blank")
        return description

    @classmethod
    def native(cls) -> Any:
        return Annotated[super().native(), msgspec.Meta(pattern=r"\S")]


class ClientId(Label):
    MAX = 64


class Line(Form, frozen=True):
    """One line to bill. At most one of `discountRate` and `discountAmount`."""

    description: Description
    quantity: Quantity
    unit_price: UnitPrice
    unit: Short | None = None
    discount_rate: Rate | None = None
    discount_amount: Amount | None = None
    tax_rate: Rate | None = None
    tax_category: TaxCategory | None = None


Lines = Annotated[list[Line], msgspec.Meta(min_length=1, max_length=LINES_MAX)]


class CreateInvoice(Form, frozen=True):
    """A new invoice. Currency, dates and locale have defaults from the client and the account."""

    client_id: ClientId
    line_items: Lines
    currency: Currency | None = None
    issue_date: Day | None = None
    due_date: Day | None = None
    discount_rate: Rate | None = None
    discount_amount: Amount | None = None
    notes: Text | None = None
    terms: Text | None = None
    purchase_order: Short | None = None
    buyer_reference: Short | None = None
    delivery_date: Day | None = None
    tax_exemption_reason: Label | None = None
    locale: Locale | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = {}


class ChangeInvoice(Form, frozen=True):
    """The fields to change, and the status to bring about. `null` empties a field that may be empty.

    After sending, only `metadata` and `status` may change. `amountPaid` goes with PARTIALLY_PAID only.
    """

    status: Status | UnsetType = UNSET
    amount_paid: Amount | UnsetType = UNSET
    client_id: ClientId | UnsetType = UNSET
    line_items: Lines | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    issue_date: Day | UnsetType = UNSET
    due_date: Day | UnsetType = UNSET
    discount_rate: Rate | None | UnsetType = UNSET
    discount_amount: Amount | None | UnsetType = UNSET
    notes: Text | None | UnsetType = UNSET
    terms: Text | None | UnsetType = UNSET
    purchase_order: Short | None | UnsetType = UNSET
    buyer_reference: Short | None | UnsetType = UNSET
    delivery_date: Day | None | UnsetType = UNSET
    tax_exemption_reason: Label | None | UnsetType = UNSET
    locale: Locale | None | UnsetType = UNSET
    metadata: MetadataChange | None | UnsetType = UNSET


class CreateBatch(Form, frozen=True):
    """Up to 500 invoices at once: all or none (`atomic`), or each for itself (`partial`)."""

    invoices: Annotated[list[CreateInvoice], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]
    mode: Literal["atomic", "partial"] = "atomic"


class StatusList(Pattern):
    """One status or several with commas between them."""

    MAX = 100
    PATTERN = "({0})(,({0}))*".format("|".join(get_args(Status)))
    SENTENCE = f"Expected one or more of {', '.join(get_args(Status))}, with commas between them"


class ListInvoices(Window, frozen=True):
    """Which invoices to list, newest first unless `sort` says otherwise. Filters narrow the list together."""

    sort: Literal["createdAt", "-createdAt", "issueDate", "-issueDate"] = "-createdAt"
    status: StatusList | None = None
    client_id: ClientId | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None
    issue_date_gte: Day | None = msgspec.field(name="issueDate[gte]", default=None)
    issue_date_lte: Day | None = msgspec.field(name="issueDate[lte]", default=None)
    due_date_gte: Day | None = msgspec.field(name="dueDate[gte]", default=None)
    due_date_lte: Day | None = msgspec.field(name="dueDate[lte]", default=None)
    total_gte: Amount | None = msgspec.field(name="total[gte]", default=None)
    total_lte: Amount | None = msgspec.field(name="total[lte]", default=None)
    q: Query | None = None
