"""All bad fields of a form at once: the slow walk that follows when filling it in has failed."""

import difflib
import re
import types
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from cleverinvo.errors import REQUIRED, Fault
from cleverinvo.shapes import Form, fill

FAULTS_MAX: Final = 100
"""A page of faults is help; ten thousand are a way to keep the server talking."""

FIELD_MAX: Final = 500
"""Characters of a field's path; nobody finds a field by more of them."""

WHOLE: Final = "body"
"""The field that a fault names when the body as a whole is wrong."""


def find(form: Any, tree: object, *, read_only: Collection[str] = (), path: str = "") -> list[Fault]:
    """Every fault of parsed JSON as a filled-in form, in the form's own order.

    `read_only` are names that the answer has and the form has not: they earn a better sentence.
    """
    return _first(_walk(form, tree, path, read_only))


def repeated(pairs: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Query fields that were given more than once."""
    for name in {name: None for name, _ in pairs}:
        if sum(other == name for other, _ in pairs) > 1:
            yield Fault(_join("", name), "Was given more than once")


def is_unprintable(text: str) -> bool:
    return _UNPRINTABLE.search(text) is not None


def unprintable(tree: object) -> list[Fault]:
    """Texts that no database and no document can hold: control characters and lone surrogates."""
    return _first(_unprintable(tree, ""))


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _first(found: Iterator[Fault]) -> list[Fault]:
    return list(islice(found, FAULTS_MAX))


def _unprintable(tree: object, path: str) -> Iterator[Fault]:
    path = path[:FIELD_MAX]
    match tree:
        case str():
            if _UNPRINTABLE.search(tree):
                yield Fault(path or WHOLE, "Must not contain control characters or broken Unicode")
        case dict():
            for key, value in tree.items():
                inner = _join(path, key)
                yield from _unprintable(key, inner)
                yield from _unprintable(value, inner)
        case list():
            for index, value in enumerate(tree):
                yield from _unprintable(value, f"{path}[{index}]")


def _walk(kind: Any, tree: Any, path: str, read_only: Collection[str]) -> Iterator[Fault]:
    inner = bare(kind)
    if isinstance(inner, type) and issubclass(inner, Form) and isinstance(tree, dict):
        yield from _walk_form(inner, tree, path, read_only)
    elif get_origin(inner) is list and isinstance(tree, list):
        is_sound = True
        for index, item in enumerate(tree):
            for fault in _walk(get_args(inner)[0], item, f"{path}[{index}]", ()):
                is_sound = False
                yield fault
        if is_sound:  # what is left to be wrong is the length
            yield from _try(kind, tree, path)
    else:
        yield from _try(kind, tree, path)


def _walk_form(form: type[Form], tree: dict[str, Any], path: str, read_only: Collection[str]) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(form)}
    for name, field in fields.items():
        if name in tree:
            yield from _walk(field.type, tree[name], _join(path, name), ())
        elif field.required:
            yield Fault(_join(path, name), REQUIRED)
    for name in tree:
        if name not in fields:
            yield Fault(_join(path, name), _unknown(name, list(fields), read_only))


def _try(kind: Any, tree: object, path: str) -> Iterator[Fault]:
    try:
        fill(kind, tree)
    except msgspec.ValidationError as error:
        yield Fault(path or WHOLE, _sentence(str(error), kind))


def bare(kind: Any) -> Any:
    """The type inside `Annotated[…]` and `… | None | UnsetType`."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        options = [one for one in get_args(kind) if one not in (types.NoneType, msgspec.UnsetType)]
        return bare(options[0]) if len(options) == 1 else kind
    return kind


def _join(path: str, name: str) -> str:
    name = _UNPRINTABLE.sub("\ufffd", name[:100])
    return f"{path}.{name}" if path else name


def _unknown(name: str, names: list[str], read_only: Collection[str]) -> str:
    if name in read_only:
        return "This field is read-only"
    close = difflib.get_close_matches(name[:100], names, n=1, cutoff=0.7)
    folded = [known for known in names if known.lower() == name.replace("_", "").lower()]
    guess = (folded or close)[:1]
    return f'Unknown field; did you mean "{guess[0]}"?' if guess else "Unknown field"


_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_SENTENCES: Final = (
    (r"Expected `(?:str|int)` of length >= (\d+)", "Must have at least {} characters"),
    (r"Expected `str` of length <= (\d+)", "At most {} characters"),
    (r"Expected `array` of length >= (\d+)", "Must have at least {} item(s)"),
    (r"Expected `array` of length <= (\d+)", "At most {} items"),
    (r"Expected `object` of length <= (\d+)", "At most {} pairs"),
    (r"Expected `int` >= (-?\d+)", "Must be at least {}"),
    (r"Expected `int` <= (-?\d+)", "Must be at most {}"),
)


def _sentence(message: str, kind: Any) -> str:
    """What msgspec found, in the words of somebody who has never heard of it."""
    message = message.partition(" - at `")[0]
    for pattern, sentence in _SENTENCES:
        if found := re.match(pattern, message):
            return sentence.format(found[1])
    inner = bare(kind)
    if get_origin(inner) is Literal:
        return f"Expected one of {', '.join(map(str, get_args(inner)))}"
    if found := re.match(r"Expected `(\w+)[^`]*`, got", message):
        return f"Expected {_WORDS.get(found[1], found[1])}"
    return message
