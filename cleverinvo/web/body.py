"""Bodies on their way in: received within a bound of size, and parsed more strictly than JSON asks."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from starlette.types import Receive

from cleverinvo import faults
from cleverinvo.errors import BadRequest, Invalid, PayloadTooLarge, UnsupportedMediaType

BODY_BYTES_MAX: Final = 1024 * 1024


class Upload(NamedTuple):
    """A body that is a file, and the type that its sender says it has."""

    media_type: str
    content: bytes


def read_upload(body: bytes, content_type: str, media_types: Sequence[str]) -> Upload:
    """A file of one of the types that are taken."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in media_types:
        raise UnsupportedMediaType(f"Send the file itself, as {', '.join(media_types)}.")
    if not body:
        raise BadRequest("The body is empty.")
    return Upload(media_type, body)


async def receive_body(receive: Receive, headers: Mapping[bytes, bytes], bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """The whole body. Raises PayloadTooLarge at the first byte too many; guard.py sees that it comes in time."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > bytes_max:
        raise PayloadTooLarge(f"A request body has at most {bytes_max:,} bytes.")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before the body had arrived.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            raise PayloadTooLarge(f"A request body has at most {bytes_max:,} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def parse_json(body: bytes, content_type: str) -> Any:
    """JSON as Python objects, numbers with a point as exact decimals.

    Raises BadRequest for what is not JSON, and for what JSON leaves open: a key twice, NaN, a number of a
    thousand digits. Raises Invalid for texts that cannot be stored.
    """
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise UnsupportedMediaType("JSON is sent in UTF-8.")
    try:
        text = body.decode()
        if text.count("[") + text.count("{") > BRACKETS_MAX:
            raise BadRequest("The body holds too many lists and objects.")
        tree = _decoder.decode(text)
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except ValueError as error:
        raise BadRequest(f"The body is not acceptable JSON: {error}.") from None
    if "\\u" in text or faults.is_unprintable(text):
        found = faults.unprintable(tree)
        if found:
            raise Invalid(found)
    return tree


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f'the key "{twice[:100]}" comes twice')
    return fields


def _whole_number(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"a number has more than {DIGITS_MAX} digits")
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"a number has more than {DIGITS_MAX} digits")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise ValueError("a number has an exponent beyond all bounds") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


DIGITS_MAX: Final = 100

BRACKETS_MAX: Final = 60_000
"""Nearly three times what a mebibyte of line items has; a quarter of a million lists would hold everybody up."""

_decoder = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=_decimal,
    parse_int=_whole_number,
    parse_constant=_refuse_constant,
)
