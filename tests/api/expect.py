"""What every refusal must look like, and how to read money without losing its digits."""

import json
from decimal import Decimal
from typing import Any

from cleverinvo.errors import STATUS


def refusal(answer: Any, code: str, *fields: str) -> dict[str, Any]:
    """The error of a refused request, in the guide's envelope; `fields` are all the bad ones, in their order."""
    assert answer.status_code == STATUS[code], answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    error: dict[str, Any] = answer.json()["error"]
    assert list(error) == ["code", "message", "details", "requestId"]
    assert error["code"] == code
    assert error["message"]
    assert error["requestId"] == answer.headers["x-request-id"]
    assert [list(detail) for detail in error["details"]] == [["field", "message"]] * len(error["details"])
    assert [detail["field"] for detail in error["details"]] == list(fields)
    return error


def created(answer: Any, collection: str) -> dict[str, Any]:
    """The object that a 201 made, found again at its Location."""
    assert answer.status_code == 201, answer.text
    noun = exact(answer)
    assert answer.headers["location"] == f"/api/v1/{collection}/{noun['id']}"
    assert answer.headers["etag"]
    return noun


def exact(answer: Any) -> Any:
    """JSON with the digits of its numbers."""
    return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
