"""External ids: the same create again gives what the first one made, for ever."""

from typing import Any, NamedTuple

from cleverinvo.errors import Conflict, Fault
from cleverinvo.shapes import Form


class Repeated(NamedTuple):
    """An answer that was there already: 200 instead of 201."""

    noun: Any


def settle_twin(external_id: str, noun: Any | None, first: Form, again: Form) -> Repeated:
    """The object that `first` made, if `again` asks for the same; otherwise a Conflict naming the differences."""
    if noun is None:
        raise Conflict(
            f'externalId "{external_id}" belonged to an object that was deleted; it is not given twice.'
        )
    names = zip(first.__struct_fields__, first.__struct_encode_fields__, strict=True)
    differing = [wire for name, wire in names if getattr(first, name) != getattr(again, name)]
    if differing:
        raise Conflict(
            f'externalId "{external_id}" belongs to {noun.id}, which was created with other content.',
            [Fault(field, "Differs from the request that created it") for field in differing],
        )
    return Repeated(noun)
