"""Answers on their way out: a status, a body, and the headers that go with them."""

from collections.abc import AsyncGenerator
from typing import Any, Final, NamedTuple

import msgspec

from cleverinvo import shapes
from cleverinvo.errors import STATUS, ErrorBody, MethodNotAllowed, Problem, RateLimited, Unauthorized, Unavailable
from cleverinvo.errors import describe as describe_problem

Headers = list[tuple[bytes, bytes]]

JSON: Final = b"application/json"
EVENT_STREAM: Final = "text/event-stream"


class Answer(NamedTuple):
    """What is sent. `etag` and `location` are headers that most answers have or could have."""

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    etag: str | None = None
    location: str | None = None
    headers: Headers = []
    stream: AsyncGenerator[bytes, None] | None = None
    """The body in pieces, where it is too much to be held at once, or has no end yet."""

    def all_headers(self) -> Headers:
        headers = list(self.headers)
        if self.status not in (204, 304):
            headers.append((b"content-type", self.content_type))
            if self.stream is None:
                headers.append((b"content-length", str(len(self.body)).encode()))
        if self.etag is not None:
            headers.append((b"etag", self.etag.encode()))
        if self.location is not None:
            headers.append((b"location", self.location.encode()))
        return headers


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The body of every answer of status 400 and above."""

    error: ErrorBody


def of_noun(noun: Any, if_none_match: str | None) -> Answer:
    """What was read, with its ETag; 304 for whoever has it already."""
    body = shapes.encode(noun)
    if if_none_match is not None and shapes.is_known(if_none_match, body):
        return Answer(304, etag=shapes.etag(body))
    return Answer(200, body, etag=shapes.etag(body))


def of_file(body: bytes, content_type: str, name: str, if_none_match: str | None) -> Answer:
    """A file to look at or to save under `name`, which holds no quotes; 304 for whoever has it already.

    A slash in the name, as in the number 2026/7, would be taken for a folder.
    """
    if if_none_match is not None and shapes.is_known(if_none_match, body):
        return Answer(304, etag=shapes.etag(body))
    disposition = f'inline; filename="{name.replace("/", "-")}"'.encode("ascii", "replace")
    headers = [(b"content-disposition", disposition), (b"x-content-type-options", b"nosniff")]
    return Answer(200, body, content_type.encode(), etag=shapes.etag(body), headers=headers)


def of_stream(pieces: AsyncGenerator[bytes, None], content_type: str, name: str) -> Answer:
    """A file to save under `name`, sent while it is made."""
    disposition = f'attachment; filename="{name}"'.encode("ascii", "replace")
    return Answer(
        200, content_type=content_type.encode(), headers=[(b"content-disposition", disposition)], stream=pieces
    )


def of_problem(problem: Problem, request_id: str) -> Answer:
    """A refusal in the guide's envelope."""
    body = shapes.encode(ErrorAnswer(describe_problem(problem, request_id)))
    return Answer(STATUS[problem.code], body, headers=headers_of(problem))


def of_bug(request_id: str) -> Answer:
    """What the user sees of a bug: nothing of the inside, and the id under which the log has it all."""
    bug = Problem("Something went wrong on our side; nothing was changed. Please report the request id.")
    return of_problem(bug, request_id)


def headers_of(problem: Problem) -> Headers:
    """What goes with a refusal: how to prove who one is, what may be asked, and when to come again."""
    match problem:
        case Unauthorized():
            return [(b"www-authenticate", b"Bearer")]
        case MethodNotAllowed(allowed=allowed):
            return [(b"allow", ", ".join(allowed).encode())]
        case RateLimited(retry_after_seconds=seconds) | Unavailable(retry_after_seconds=seconds):
            return [(b"retry-after", str(seconds).encode())]
        case _:
            return []
