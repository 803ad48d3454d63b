"""Forms with files, as browsers send them (RFC 7578), read from a body that is bounded already."""

import re
from typing import Final, NamedTuple

from cleverinvo.errors import BadRequest

PARTS_MAX: Final = 20

_BOUNDARY = re.compile(r'multipart/form-data;.*\bboundary="?([^";,]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([^"]*)"')
_FILENAME = re.compile(rb'\bfilename="([^"]*)"')


class Part(NamedTuple):
    """One field; `filename` is empty where it is no file."""

    content: bytes
    filename: str


def read_parts(body: bytes, content_type: str) -> dict[str, Part]:
    """The fields of a form by name. Raises BadRequest for what is no such form."""
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        raise BadRequest("Expected a form with a file.")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode("latin-1"), PARTS_MAX + 1)
    parts: dict[str, Part] = {}
    for piece in pieces[1:]:
        head, is_whole, content = piece.partition(b"\r\n\r\n")
        name, filename = _NAME.search(head), _FILENAME.search(head)
        if piece.startswith(b"--"):
            return parts
        if not is_whole or name is None:
            break
        parts[name[1].decode(errors="replace")] = Part(
            content, filename[1].decode(errors="replace") if filename else ""
        )
    raise BadRequest("The form was cut off, or has too many fields.")
