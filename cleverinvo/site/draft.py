"""An invoice as it is typed: the fields of the builder, to and from the forms that the verbs take."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from cleverinvo import shapes
from cleverinvo.errors import Fault
from cleverinvo.invoices.rules import Invoice, LineItem
from cleverinvo.site.visit import Fields
from cleverinvo.site.words import write_money

LINE_FIELDS: Final = ("description", "quantity", "unitPrice", "discount", "taxRate", "unit", "taxCategory")
EMPTIABLE: Final = ("purchaseOrder", "notes", "terms", "buyerReference", "deliveryDate", "taxExemptionReason")
REMEMBERED_MAX: Final = 100
TEXTS: Final = ("currency", "issueDate", "dueDate", *EMPTIABLE)

_NUMBER = re.compile(r"lineItems\[(\d+)\]\.?(.*)", re.ASCII)


@dataclass(frozen=True)
class TypedLine:
    """One line, every field as text. A discount is an amount, or a rate with a % behind it."""

    description: str = ""
    quantity: str = "1"
    unitPrice: str = ""
    discount: str = ""
    taxRate: str = ""
    unit: str = ""
    taxCategory: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.description.strip() or self.unitPrice.strip())

    def tree(self) -> dict[str, Any]:
        return {
            "description": self.description,
            "quantity": number(self.quantity),
            "unitPrice": number(self.unitPrice),
            **discount_fields(self.discount),
            **{name: value for name in ("unit", "taxCategory") if (value := getattr(self, name))},
            **({"taxRate": number(self.taxRate)} if self.taxRate.strip() else {}),
        }


@dataclass(frozen=True)
class Typed:
    """The whole form."""

    clientId: str = ""
    newClient: str = ""
    currency: str = ""
    issueDate: str = ""
    dueDate: str = ""
    purchaseOrder: str = ""
    notes: str = ""
    terms: str = ""
    buyerReference: str = ""
    deliveryDate: str = ""
    taxExemptionReason: str = ""
    discount: str = ""
    lines: list[TypedLine] = field(default_factory=lambda: [TypedLine()])

    @property
    def said(self) -> list[TypedLine]:
        """The lines that say something; an empty one at the end is only waiting."""
        return [line for line in self.lines if not line.is_blank]

    def tree(self, client_id: str) -> dict[str, Any]:
        """What CreateInvoice takes: only what was said."""
        fields = {name: value for name in TEXTS if (value := getattr(self, name))}
        return {**self._core(client_id), **fields, **discount_fields(self.discount)}

    def change(self, client_id: str) -> dict[str, Any]:
        """What ChangeInvoice takes: what was emptied is null."""
        fields = {name: getattr(self, name) or None for name in TEXTS}
        needed = {name: value for name, value in fields.items() if value or name in EMPTIABLE}
        discount = discount_fields(self.discount) or {"discountRate": None, "discountAmount": None}
        return {**self._core(client_id), **needed, **discount}

    def _core(self, client_id: str) -> dict[str, Any]:
        return {"clientId": client_id, "lineItems": [line.tree() for line in self.said]}

    def after(self, action: str) -> "Typed":
        """The form after one of its buttons: add_line, remove_line:2, copy_line:2, raise_line:2, lower_line:2."""
        verb, _, place = action.partition(":")
        at = int(place) if place.isdigit() else 0
        lines = list(self.lines)
        if verb == "add_line":
            lines.append(TypedLine(taxRate=lines[-1].taxRate if lines else ""))
        elif at >= len(lines):
            pass
        elif verb == "remove_line":
            del lines[at]
        elif verb == "copy_line":
            lines.insert(at + 1, lines[at])
        elif verb in ("raise_line", "lower_line"):
            to = max(0, min(len(lines) - 1, at + (1 if verb == "lower_line" else -1)))
            lines.insert(to, lines.pop(at))
        return replace(self, lines=lines or [TypedLine()])

    def place_faults(self, faults: list[Fault]) -> list[Fault]:
        """Faults by the place of their line on the page, where empty lines count as well."""
        places = [at for at, line in enumerate(self.lines) if not line.is_blank]
        placed = []
        for fault in faults:
            found = _NUMBER.fullmatch(fault.field)
            if found and int(found[1]) < len(places):
                fault = Fault(f"line{places[int(found[1])]}", f"{_WORDS.get(found[2], found[2])}: {fault.message}")
            placed.append(fault)
        return placed


_WORDS: Final = {
    "description": "Description",
    "quantity": "Quantity",
    "unitPrice": "Price",
    "discountRate": "Discount",
    "discountAmount": "Discount",
    "taxRate": "Tax",
    "unit": "Unit",
    "taxCategory": "Tax category",
}


def of_fields(form: Fields) -> Typed:
    """What somebody has typed."""
    columns = [form.all(f"line.{name}") for name in LINE_FIELDS]
    count = max(map(len, columns))
    lines = [TypedLine(*(column[at] if at < len(column) else "" for column in columns)) for at in range(count)]
    names = ("clientId", "newClient", "discount", *TEXTS)
    return Typed(**{name: form.get(name) for name in names}, lines=lines or [TypedLine()])


def of_invoice(invoice: Invoice) -> Typed:
    """A stored draft as it would have been typed."""
    return Typed(
        clientId=invoice.client_id,
        currency=invoice.currency,
        issueDate=invoice.issue_date[:10],
        dueDate=invoice.due_date[:10],
        purchaseOrder=invoice.purchase_order or "",
        notes=invoice.notes or "",
        terms=invoice.terms or "",
        buyerReference=invoice.buyer_reference or "",
        deliveryDate=(invoice.delivery_date or "")[:10],
        taxExemptionReason=invoice.tax_exemption_reason or "",
        discount=_discount(invoice.discount_rate, invoice.discount_amount),
        lines=[_line(item) for item in invoice.line_items],
    )


def billed_before(theirs: Sequence[Invoice], everybodys: Sequence[Invoice]) -> list[dict[str, Any]]:
    """The lines of some invoices as they would be typed again, the latest of each description and currency."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for invoice, is_theirs in [*((one, True) for one in theirs), *((one, False) for one in everybodys)]:
        for item in invoice.line_items:
            line = _line(item)
            price = write_money(item.unit_price, invoice.currency) + (
                f", tax {line.taxRate}%" if line.taxRate else ""
            )
            about = {"currency": invoice.currency, "about": price, "isTheirs": is_theirs}
            found.setdefault((line.description.casefold(), invoice.currency), {**asdict(line), **about})
    return list(found.values())[:REMEMBERED_MAX]


def etag(invoice: Invoice) -> str:
    return shapes.etag(shapes.encode(invoice))


def number(text: str) -> str:
    """A number as the API takes it: spaces go, and a comma that can only be a decimal one becomes a point."""
    text = re.sub(r"\s", "", text)
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def discount_fields(text: str) -> dict[str, Any]:
    """`10%` is a rate, `25.00` an amount, nothing is none."""
    text = number(text)
    if not text:
        return {}
    if text.endswith("%"):
        return {"discountRate": text.removesuffix("%"), "discountAmount": None}
    return {"discountAmount": text, "discountRate": None}


def _line(item: LineItem) -> TypedLine:
    return TypedLine(
        description=item.description,
        quantity=_plain(item.quantity),
        unitPrice=_plain(item.unit_price),
        discount=_discount(item.discount_rate, item.discount_amount),
        taxRate=_plain(item.tax_rate),
        unit=item.unit or "",
        taxCategory=item.tax_category or "",
    )


def _discount(rate: Any, amount: Any) -> str:
    if rate is not None:
        return f"{_plain(rate)}%"
    return _plain(amount) if amount else ""


def _plain(value: Any) -> str:
    return "" if value is None else format(value, "f")
