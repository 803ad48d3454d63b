"""All bad fields of a form at once: the slow walk that follows when filling it in has failed."""

import difflib
import math
import re
import types
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from cleverinvo.errors import REQUIRED, Fault, Invalid
from cleverinvo.shapes import Form, fill, read

FAULTS_MAX: Final = 100
"""A page of faults is help; ten thousand are a way to keep the server talking."""

FIELD_MAX: Final = 500
"""Characters of a field's path; nobody finds a field by more of them."""

F = TypeVar("F", bound=Form)

WHOLE: Final = "body"
"""The field that a fault names when the body as a whole is wrong."""


def filled(form: type[F], tree: dict[str, Any]) -> F:
    """The form that a tree of what was typed fills in. Raises Invalid with every fault."""
    try:
        return fill(form, tree)
    except msgspec.ValidationError as error:
        raise Invalid(find(form, tree) or [Fault(WHOLE, str(error))]) from None


def find(form: Any, tree: object, *, read_only: Collection[str] = (), path: str = "") -> list[Fault]:
    """Every fault of parsed JSON as a filled-in form, in the form's own order.

    `read_only` are names that the answer has and the form has not: they earn a better sentence.
    """
    return list(islice(_walk(form, tree, path, read_only), FAULTS_MAX))


def repeated(pairs: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Query fields that were given more than once."""
    for name in {name: None for name, _ in pairs}:
        if sum(other == name for other, _ in pairs) > 1:
            yield Fault(_join("", name), "Was given more than once")


def is_unprintable(text: str) -> bool:
    return _UNPRINTABLE.search(text) is not None


def unprintable(tree: object) -> list[Fault]:
    """Texts that no database and no document can hold: control characters and lone surrogates."""
    found: list[Fault] = []
    _collect_unprintable(tree, None, found)
    return found[:FAULTS_MAX]


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


Place = tuple[Any, str | int]
"""Where something stands in a tree: the place of what holds it, None for the tree itself, and its key there."""


def _collect_unprintable(tree: object, place: Place | None, found: list[Fault]) -> None:
    """Looks at every value of a body, of which there may be 300,000: the path is written only for a fault."""
    if len(found) >= FAULTS_MAX:
        return
    if isinstance(tree, str):
        if _UNPRINTABLE.search(tree):
            found.append(Fault(_path(place), "Must not contain control characters or broken Unicode"))
    elif isinstance(tree, dict):
        for key, value in tree.items():
            _collect_unprintable(key, (place, key), found)
            _collect_unprintable(value, (place, key), found)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            _collect_unprintable(value, (place, index), found)


def _path(place: Place | None) -> str:
    keys: list[str | int] = []
    while place is not None:
        place, key = place
        keys.append(key)
    path = ""
    for key in reversed(keys):
        path = f"{path}[{key}]" if isinstance(key, int) else _join(path, key)
        if len(path) > FIELD_MAX:
            break
    return path[:FIELD_MAX] or WHOLE


def _walk(kind: Any, tree: Any, path: str, read_only: Collection[str]) -> Iterator[Fault]:
    inner = bare(kind)
    if isinstance(inner, type) and issubclass(inner, Form) and isinstance(tree, dict):
        yield from _walk_form(inner, tree, path, read_only)
    elif get_origin(inner) is list and isinstance(tree, list) and len(tree) <= _length_max(kind):
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
        read(kind, tree)
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


def _length_max(kind: Any) -> float:
    """How long a list may be; a longer one is told so, and its ten thousand items are not looked at."""
    if get_origin(kind) is Annotated:
        return next((meta.max_length for meta in kind.__metadata__ if meta.max_length is not None), math.inf)
    if get_origin(kind) in (Union, types.UnionType):
        return max(map(_length_max, get_args(kind)))
    return math.inf if get_origin(kind) is list else 0


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
