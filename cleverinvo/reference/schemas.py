"""JSON Schemas of everything that travels, tidied for people who read them and programs made from them."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from cleverinvo.shapes import Scalar
from cleverinvo.web.answers import ErrorAnswer
from cleverinvo.web.routes import Route

Schema = dict[str, Any]


def describe(routes: Sequence[Route]) -> tuple[dict[str, Schema], dict[Any, str], dict[Any, Schema]]:
    """All shapes by name, the name of each type that a route takes or gives, and the query forms by type."""
    bodies: list[Any] = [ErrorAnswer]
    for route in routes:
        bodies += [kind for kind in (route.takes, route.gives) if kind not in (None, bytes)]
    bodies = list(dict.fromkeys(bodies))
    queries = list(dict.fromkeys(route.query for route in routes))
    named: dict[str, Schema] = {}

    def of_scalar(kind: type[Scalar]) -> Schema:
        """Scalars with much to say are said once, by name."""
        schema = kind.schema()
        if not {"enum", "oneOf"} & schema.keys():
            return schema
        named[kind.__name__] = {**schema, "description": (kind.__doc__ or "").partition("\n")[0]}
        return reference(kind.__name__)

    references, found = msgspec.json.schema_components(
        [*bodies, *queries],
        schema_hook=of_scalar,
        ref_template="#/components/schemas/{name}",
    )
    names = {
        kind: _readable(one["$ref"].rpartition("/")[2]) for kind, one in zip(bodies, references, strict=False)
    }
    shapes = {_readable(name): _tidy(schema) for name, schema in found.items()}
    forms = {query: shapes.get(query.__name__, {}) for query in queries}
    for query in queries:
        if query not in bodies:
            shapes.pop(query.__name__, None)
    return {**shapes, **named}, names, forms


def _readable(name: str) -> str:
    """`Page_Client_`, which is how a generic is spelt, is a ClientPage."""
    return re.sub(r"^Page_(\w+)_$", r"\1Page", name)


def _tidy(schema: Any) -> Any:
    """Without titles that say nothing, exact numbers as numbers, and null among the types where that is all."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {**schema, **reference(_readable(name))}
    tidy = {
        key: {name: _tidy(one) for name, one in value.items()} if key == "properties" else _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }
    if "enum" in tidy:
        tidy.setdefault("type", "string")
    options = tidy.get("anyOf", [])
    if len(options) == 2 and {"type": "null"} in options and isinstance(options[0].get("type"), str):
        (other,) = (option for option in options if option != {"type": "null"})
        rest = {key: value for key, value in tidy.items() if key != "anyOf"}
        enum = {"enum": [*other["enum"], None]} if "enum" in other else {}
        return {**other, "type": [other["type"], "null"], **enum, **rest}
    return tidy


def not_null(schema: Schema) -> Schema:
    """A query parameter is there or it is not; it is never null."""
    schema = {key: value for key, value in schema.items() if key != "default" or value is not None}
    if isinstance(schema.get("type"), list):
        schema["type"] = schema["type"][0]
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if "anyOf" in schema:
        options = [option for option in schema.pop("anyOf") if option != {"type": "null"}]
        schema |= options[0]
    return schema


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
