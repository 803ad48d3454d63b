"""Bodies on their way in: received within bounds of size and time, and parsed more strictly than JSON asks."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from starlette.types import Receive

from cleverinvo import faults
from cleverinvo.errors import BadRequest, Invalid, PayloadTooLarge, RequestTimeout, UnsupportedMediaType

BODY_BYTES_MAX: Final = 1024 * 1024


async def receive_body(receive: Receive, headers: Mapping[bytes, bytes], seconds_max: float) -> bytes:
    """The whole body. Raises PayloadTooLarge at the first byte too many, RequestTimeout when it takes too long."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        raise PayloadTooLarge(f"A request body has at most {BODY_BYTES_MAX:,} bytes.")
    try:
        async with asyncio.timeout(seconds_max):
            return await _collect(receive)
    except TimeoutError:
        raise RequestTimeout(f"The body took longer than {seconds_max} s to arrive.") from None


async def _collect(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before the body had arrived.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise PayloadTooLarge(f"A request body has at most {BODY_BYTES_MAX:,} bytes.")
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
