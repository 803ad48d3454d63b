"""Query strings on their way in: as strict as bodies, only that everything arrives as text."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from cleverinvo import faults, shapes
from cleverinvo.errors import BadRequest, Invalid
from cleverinvo.shapes import Form

FIELDS_MAX: Final = 50

_TRUTH: Final = {"true": True, "false": False}
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def fill_query(form: type[Form], raw: bytes) -> Any:
    """The form that a query string fills in. Raises Invalid with every fault, BadRequest if it is unreadable."""
    if not raw:
        return form()
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:  # not ASCII, not UTF-8 behind the %, or too many fields
        raise BadRequest("The query string cannot be read.") from None
    query = _typed(form, dict(pairs))
    found = [*faults.repeated(pairs), *faults.unprintable(query)]
    if not found:
        try:
            return shapes.fill(form, query)
        except msgspec.ValidationError:
            found = faults.find(form, query)
    raise Invalid(found)


def _typed(form: type[Form], query: dict[str, str]) -> dict[str, Any]:
    """Text read as the number or truth value that its field expects; where it is none, it stays text."""
    kinds = {field.encode_name: faults.bare(field.type) for field in msgspec.structs.fields(form)}
    typed: dict[str, Any] = {}
    for name, text in query.items():
        if kinds.get(name) is bool:
            typed[name] = _TRUTH.get(text, text)
        elif kinds.get(name) is int and _WHOLE_NUMBER.fullmatch(text):
            typed[name] = int(text)
        else:
            typed[name] = text
    return typed
