"""The API's description as the pages show it: operations with what they take and answer."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from cleverinvo import shapes
from cleverinvo.reference import openapi
from cleverinvo.web.routes import Route


class Description:
    """The OpenAPI description of these routes, made when somebody asks first."""

    def __init__(self, routes: Sequence[Route], public_url: str) -> None:
        self._routes = routes
        self._public_url = public_url

    @cached_property
    def tree(self) -> dict[str, Any]:
        return openapi.build(self._routes, self._public_url)

    @cached_property
    def json(self) -> bytes:
        return shapes.encode(self.tree)

    @cached_property
    def operations(self) -> dict[str, list["Operation"]]:
        """All operations by tag, in the order of the description."""
        by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in self.tree["tags"]}
        for path, methods in self.tree["paths"].items():
            for method, found in methods.items():
                by_tag[found["tags"][0]].append(_operation(method.upper(), path, found, self.tree))
        return by_tag


class Field(NamedTuple):
    """One thing that a request may say."""

    name: str
    kind: str
    is_needed: bool
    words: str


class Operation(NamedTuple):
    """One operation as the plain reference shows it."""

    id: str
    method: str
    path: str
    summary: str
    fields: list[Field]
    request: str | None
    answer: str | None
    statuses: list[tuple[str, str]]


def _operation(method: str, path: str, found: dict[str, Any], tree: dict[str, Any]) -> Operation:
    content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    success = next(answer for status, answer in found["responses"].items() if status.startswith("2"))
    answered = success.get("content", {}).get("application/json", {})
    fields = [
        Field(one["name"], f"{one['in']}, {_kind(one['schema'])}", one["required"], one.get("description", ""))
        for one in found["parameters"]
    ]
    return Operation(
        found["operationId"].replace(".", "-"),
        method,
        path,
        found["summary"],
        fields + _body_fields(content.get("schema", {}), tree),
        _example(content),
        _example(answered),
        [(status, answer["description"].replace("`", "")) for status, answer in found["responses"].items()],
    )


def _body_fields(schema: dict[str, Any], tree: dict[str, Any]) -> list[Field]:
    name = schema.get("$ref", "").rpartition("/")[2]
    form = tree["components"]["schemas"].get(name, {})
    return [
        Field(field, f"body, {_kind(of)}", field in form.get("required", ()), of.get("description", ""))
        for field, of in form.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema or "oneOf" in schema:
        kinds = [_kind(one) for one in schema.get("anyOf") or schema["oneOf"]]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"][:8])
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _example(content: dict[str, Any]) -> str | None:
    examples = content.get("examples")
    if not examples:
        return None
    (first, *_) = examples.values()
    return msgspec.json.format(shapes.encode(first["value"]), indent=2).decode()
