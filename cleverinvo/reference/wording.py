"""The sentences of the OpenAPI description that no code could say by itself."""

from typing import Any, Final

DESCRIPTION: Final = """\
Create clients and professional, numbered invoices with single calls; learn from the events what became of them.

Money is a JSON number in major units with its currency's digits (`5000.00`); a decimal string is accepted too.
Dates are calendar dates (`2026-03-01`), echoed as midnight UTC. Every answer carries `X-Request-Id`; every error
has the same envelope and names all bad fields at once. A POST, PUT or PATCH with an `Idempotency-Key` is done
once, however often it is sent.
"""

SUCCESSES: Final = {
    200: "Done.",
    201: "Created.",
    204: "Gone.",
}

MEANINGS: Final = {
    "BAD_REQUEST": "the request cannot be read",
    "UNAUTHORIZED": "invalid or missing API key",
    "FORBIDDEN": "the tier has no API, or the key may only read",
    "NOT_FOUND": "there is no such object",
    "METHOD_NOT_ALLOWED": "the path does not answer this method",
    "REQUEST_TIMEOUT": "the body took too long to arrive",
    "CONFLICT": "the object's state or an external id stands against it",
    "INVALID_TRANSITION": "the status cannot follow the present one",
    "IDEMPOTENCY_IN_PROGRESS": "the first request with this key is still running",
    "PRECONDITION_FAILED": "the object has changed since the version in If-Match",
    "PAYLOAD_TOO_LARGE": "the body has more than 1 MiB, or a logo more than 2",
    "UNSUPPORTED_MEDIA_TYPE": "the body is not of a type that is taken here",
    "VALIDATION_ERROR": "fields are invalid; `details` names every one",
    "IDEMPOTENCY_KEY_REUSED": "the key was used for another request",
    "RATE_LIMITED": "too many requests; `Retry-After` says when to go on",
    "INTERNAL_ERROR": "a bug on our side; nothing was changed",
    "DOCUMENT_DAMAGED": "the stored document is gone or altered; it is never made up again",
    "UNAVAILABLE": "the database cannot be reached now; send the same again",
}
"""What each error code means; the codes are those of errors.STATUS."""

HEADERS: Final[dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The request's id, here, in the log and in errors.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "The version of the object, for If-Match and If-None-Match.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the created object is found.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true` where this is the stored answer of the first request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "RateLimit-Policy": {
        "description": 'The quota `q` and its window `w` in seconds: `"business";q=100;w=60`.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'Requests left, and seconds until there is one more: `"business";r=42;t=18`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}},
}

REQUEST_HEADERS: Final[dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "1 to 255 printable characters. The same request with the same key is done once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "If-Match": {"description": "Change only the version with this ETag.", "schema": {"type": "string"}},
    "If-None-Match": {
        "description": "Answer 304 if this ETag is still the object's.",
        "schema": {"type": "string"},
    },
}
