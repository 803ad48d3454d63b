"""What can go wrong, each with the code that the API's user sees and the HTTP status that goes with it."""

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One bad field: its path as the user wrote it (`lineItems[0].quantity`) and what is wrong with it."""

    field: str
    message: str


class Problem(Exception):
    """A refusal that is told to the user, word for word. Anything that is not a Problem is a bug, and a 500."""

    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, details: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = list(details)


class BadRequest(Problem):
    code = "BAD_REQUEST"


class Unauthorized(Problem):
    code = "UNAUTHORIZED"


class Forbidden(Problem):
    code = "FORBIDDEN"


class NotFound(Problem):
    code = "NOT_FOUND"


class MethodNotAllowed(Problem):
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This path answers {', '.join(allowed)} only.")
        self.allowed = list(allowed)


class RequestTimeout(Problem):
    code = "REQUEST_TIMEOUT"


class Conflict(Problem):
    code = "CONFLICT"


class InvalidTransition(Problem):
    code = "INVALID_TRANSITION"


class IdempotencyInProgress(Problem):
    code = "IDEMPOTENCY_IN_PROGRESS"


class PreconditionFailed(Problem):
    code = "PRECONDITION_FAILED"


class PayloadTooLarge(Problem):
    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(Problem):
    code = "UNSUPPORTED_MEDIA_TYPE"


class IdempotencyKeyReused(Problem):
    code = "IDEMPOTENCY_KEY_REUSED"


class Invalid(Problem):
    """Every bad field of one request. The message of a single missing field reads "clientId is required"."""

    code = "VALIDATION_ERROR"

    def __init__(self, details: Sequence[Fault]) -> None:
        super().__init__(_summary(details), details)


class RateLimited(Problem):
    code = "RATE_LIMITED"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many requests; try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Problem):
    """The database cannot take this now. Nothing is known to be lost; the same request may be sent again."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Damaged(Problem):
    """Something stored for ever is gone or altered: an operator must look, and nothing is made up for it."""

    code = "DOCUMENT_DAMAGED"


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    """What stands under `error` in every answer of status 400 and above."""

    code: str
    message: str
    details: list[Fault]
    request_id: str | None = None


def describe(problem: Problem, request_id: str | None = None) -> ErrorBody:
    return ErrorBody(problem.code, problem.message, problem.details, request_id)


STATUS: Final = {
    "BAD_REQUEST": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "REQUEST_TIMEOUT": 408,
    "CONFLICT": 409,
    "INVALID_TRANSITION": 409,
    "IDEMPOTENCY_IN_PROGRESS": 409,
    "PRECONDITION_FAILED": 412,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "VALIDATION_ERROR": 422,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "DOCUMENT_DAMAGED": 500,
    "UNAVAILABLE": 503,
}
"""The HTTP status of each code."""

REQUIRED: Final = "This field is required"


def _summary(details: Sequence[Fault]) -> str:
    first = details[0]
    if len(details) > 1:
        return f"{len(details)} fields are invalid: {', '.join(fault.field for fault in details[:10])}"
    if first.message == REQUIRED:
        return f"{first.field} is required"
    return f"{first.field}: {first.message}"
