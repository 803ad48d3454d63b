"""Elements as text: escaped, and left out where they would be empty."""

import re
from decimal import Decimal

from cleverinvo import money
from cleverinvo.documents.einvoice.terms import Identifier

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def text(name: str, value: str | None, attributes: str = "") -> str:
    """An element with text. Empty elements are forbidden (PEPPOL-EN16931-R008), so there is none without."""
    if value is None:
        return ""
    value = _NOT_XML.sub("", value).strip()
    if not value:
        return ""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}{attributes}>{value}</{name}>"


def identified(name: str, by: Identifier | None) -> str:
    """An element with an identifier, and the scheme that it belongs to."""
    if by is None:
        return ""
    return text(name, by.value, f' schemeID="{by.scheme}"' if by.scheme else "")


def group(name: str, *parts: str) -> str:
    """An element of elements; nothing if all of them are missing."""
    inner = "".join(parts)
    return f"<{name}>{inner}</{name}>" if inner else ""


def amount(value: Decimal) -> str:
    """With at most two decimals, all that EN 16931 allows (BR-DEC-*); compliance.py has seen that none is lost."""
    if money.decimals(value) > 2:
        value = value.quantize(Decimal("0.01"))
    return format(value, "f")


def number(value: Decimal) -> str:
    """Without trailing zeros: quantities, prices and rates have as many decimals as they need."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
