"""What may be asked of mail."""

from typing import Any, Final, Literal, Self

from cleverinvo.mail import headers
from cleverinvo.mail.rules import State
from cleverinvo.paging import Window
from cleverinvo.shapes import Form, Label, Scalar, Text

RECIPIENTS_MAX: Final = 10


class Recipients(list[str], Scalar):
    """Where a mail goes: one address, or a list of them."""

    @classmethod
    def read(cls, raw: object) -> Self:
        typed = [raw] if isinstance(raw, str) else raw
        if not isinstance(typed, list) or not 1 <= len(typed) <= RECIPIENTS_MAX:
            raise ValueError(f"Expected an e-mail address, or a list of up to {RECIPIENTS_MAX}")
        found = [headers.address(one) if isinstance(one, str) else None for one in typed]
        for one, known in zip(typed, found, strict=True):
            if known is None:
                raise ValueError(f"No mail can go to {one!r:.100}; expected an address such as ap@example.com")
        return cls(dict.fromkeys(one for one in found if one))

    @classmethod
    def schema(cls) -> dict[str, Any]:
        one = {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$", "maxLength": 254, "examples": ["ap@example.com"]}
        return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": RECIPIENTS_MAX}]}


class SendInvoice(Form, frozen=True):
    """How to mail an invoice; without anything, to the client's address in the client's language."""

    to: Recipients | None = None
    cc: Recipients | None = None
    subject: Label | None = None
    message: Text | None = None
    attach_pdf: bool = True


class ListMails(Window, frozen=True):
    """Which mails to list, newest first unless `sort=createdAt`."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    status: State | None = None


class ListMailsOfInvoice(Window, frozen=True):
    """Which part of an invoice's mails to list, the latest first."""

    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
