"""The OpenAPI 3.1 description, made from the routes themselves: what is declared is what is described."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cleverinvo import __version__
from cleverinvo.errors import STATUS
from cleverinvo.reference.examples import EXAMPLES
from cleverinvo.reference.schemas import Schema, describe, not_null, reference
from cleverinvo.reference.wording import DESCRIPTION, HEADERS, MEANINGS, REQUEST_HEADERS, SUCCESSES
from cleverinvo.web.answers import EVENT_STREAM
from cleverinvo.web.routes import API, Nothing, Route

WRITES: Final = frozenset({"POST", "PUT", "PATCH"})

ALWAYS: Final = ("UNAUTHORIZED", "FORBIDDEN", "RATE_LIMITED", "INTERNAL_ERROR", "UNAVAILABLE")
OF_BODIES: Final = (
    *("BAD_REQUEST", "REQUEST_TIMEOUT", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "VALIDATION_ERROR"),
    *("IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_KEY_REUSED"),
)
OF_CHANGES: Final = ("CONFLICT", "INVALID_TRANSITION", "PRECONDITION_FAILED")


def build(routes: Sequence[Route], public_url: str) -> dict[str, Any]:
    """The description of these routes as served below a public URL."""
    schemas, names, queries = describe(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, names, queries)
    return {
        "openapi": "3.1.0",
        "info": {"title": "CleverInvo API", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": public_url + API}],
        "security": [{"apiKey": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": HEADERS,
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, `ci_live_…`."}
            },
        },
    }


def _operation(route: Route, names: Mapping[Any, str], queries: Mapping[Any, Schema]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [
            *_path_parameters(route),
            *_query_parameters(queries[route.query]),
            *_header_parameters(route),
        ],
        "responses": {**_successes(route, names), **_errors(route)},
    }
    if route.method in WRITES:
        operation["requestBody"] = _request_body(route, names)
    return operation


def _operation_id(route: Route) -> str:
    """Such as `invoices.create`: the room's handler by the name it has there."""
    room = route.handler.__module__.split(".")[-2]
    return f"{room}.{route.handler.__name__.strip('_')}"


def _request_body(route: Route, names: Mapping[Any, str]) -> dict[str, Any]:
    if route.media_types:
        return {"required": True, "content": {media_type: {} for media_type in route.media_types}}
    content: dict[str, Any] = {"schema": reference(names[route.takes])}
    if route.name in EXAMPLES:
        content["examples"] = {"guide": {"value": EXAMPLES[route.name].request}}
    return {"required": route.needs_body, "content": {"application/json": content}}


def _successes(route: Route, names: Mapping[Any, str]) -> dict[str, Any]:
    headers = ["X-Request-Id", "RateLimit-Policy", "RateLimit"]
    answer: dict[str, Any] = {"description": SUCCESSES[route.status]}
    if route.gives is bytes:
        answer["content"] = {route.media_type: {"schema": {"type": "string", "format": "binary"}}}
    elif route.gives is not None:
        content: dict[str, Any] = {"schema": reference(names[route.gives])}
        if route.name in EXAMPLES:
            content["examples"] = {"guide": {"value": EXAMPLES[route.name].answer}}
        answer["content"] = {"application/json": content}
        if route.follows:
            answer["content"][EVENT_STREAM] = {"schema": {"type": "string"}}
    if route.gives is not None and not route.streams:
        headers.append("ETag")
    if route.method in WRITES and not route.only_reads:
        headers.append("Idempotent-Replayed")
    if route.collection:
        headers.append("Location")
    answer["headers"] = _header_references(headers)
    successes = {str(route.status): answer}
    if "external_id" in route.takes.__struct_fields__ and route.collection:
        successes["200"] = {
            **answer,
            "description": "The object that the same `externalId` and content made before.",
        }
    if route.method == "GET" and not route.streams:
        same = _header_references([*headers[:3], "ETag"])
        successes["304"] = {"description": "What the caller has is still the same.", "headers": same}
    return successes


def _errors(route: Route) -> dict[str, Any]:
    codes = [*ALWAYS, *route.raises]
    if route.query is not Nothing:
        codes += ["BAD_REQUEST", "VALIDATION_ERROR"]
    if "{" in route.path:
        codes.append("NOT_FOUND")
    if route.method in WRITES:
        codes += OF_BODIES
    if not route.only_reads:
        codes += OF_CHANGES
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(STATUS[code], []).append(code)
    return {str(status): _error(status, by_status[status]) for status in sorted(by_status)}


def _error(status: int, codes: list[str]) -> dict[str, Any]:
    headers = ["X-Request-Id"]
    if status == 401:
        headers.append("WWW-Authenticate")
    if status in (429, 503):
        headers.append("Retry-After")
    return {
        "description": " or ".join(f"`{code}`: {MEANINGS[code]}" for code in codes),
        "headers": _header_references(headers),
        "content": {"application/json": {"schema": reference("ErrorAnswer")}},
    }


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
        }
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]


def _query_parameters(query: Schema) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "required": False, "schema": not_null(schema)}
        for name, schema in query.get("properties", {}).items()
    ]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    names = []
    if route.method in WRITES and not route.only_reads:
        names.append("Idempotency-Key")
    if not route.only_reads and "{" in route.path:
        names.append("If-Match")
    if route.method == "GET" and not route.streams:
        names.append("If-None-Match")
    return [{"name": name, "in": "header", "required": False, **REQUEST_HEADERS[name]} for name in names]


def _header_references(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
