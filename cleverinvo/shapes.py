"""What travels: nouns that go out, forms that come in, and the scalars that forms are made of."""

import hashlib
import re
import threading
import types
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, Union, get_args, get_origin

import msgspec


class Noun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A thing of the domain; the same class is the API's answer and the webhook's payload."""


class Form(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A request as the user fills it in. A field that nobody knows is refused, not ignored."""


def given(form: Form) -> dict[str, Any]:
    """The fields that the user has sent, by their Python names."""
    return {name: value for name in form.__struct_fields__ if (value := getattr(form, name)) is not msgspec.UNSET}


class Scalar:
    """A field type that reads itself strictly, and says in one sentence why it refuses.

    `read` raises ValueError with that sentence; `schema` is the JSON Schema (2020-12) of what it accepts.
    """

    @classmethod
    def read(cls, raw: object) -> Self:
        raise NotImplementedError

    @classmethod
    def schema(cls) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def native(cls) -> Any:
        """A type of msgspec's own that takes exactly what `read` takes. Whoever changes `read` changes it as well,

        or goes without: what stands nearest in the line of classes counts.
        """
        raise NotImplementedError


class Text(str, Scalar):
    """Free text over several lines, kept as it was typed."""

    MIN: ClassVar[int] = 0
    MAX: ClassVar[int] = 10_000

    @classmethod
    def read(cls, raw: object) -> Self:
        if type(raw) is not str:
            raise ValueError("Expected text")
        if len(raw) > cls.MAX:
            raise ValueError(f"At most {cls.MAX:,} characters")
        if len(raw) < cls.MIN:
            raise ValueError("Must not be empty")
        return cls(raw)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        bounds = {"minLength": cls.MIN} if cls.MIN else {}
        return {"type": "string", **bounds, "maxLength": cls.MAX}

    @classmethod
    def native(cls) -> Any:
        return Annotated[str, msgspec.Meta(min_length=cls.MIN, max_length=cls.MAX)]


class Label(Text):
    """Text on one line that is not blank: a name, a number, a reference."""

    MIN = 1
    MAX = 200
    PATTERN: ClassVar[str] = r"^[^\r\n\t]*[^\s][^\r\n\t]*$"

    @classmethod
    def read(cls, raw: object) -> Self:
        label = super().read(raw)
        if not label.strip():
            raise ValueError("Must not be blank")
        if "\n" in label or "\r" in label or "\t" in label:
            raise ValueError("Must stay on one line")
        return label

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {**super().schema(), "pattern": cls.PATTERN}

    @classmethod
    def native(cls) -> Any:
        return Annotated[super().native(), msgspec.Meta(pattern=r"\A(?!\s*\Z)[^\r\n\t]*\Z")]


class Pattern(Text):
    """Text of a fixed form, described by one regular expression and one sentence."""

    MIN = 1
    PATTERN: ClassVar[str]
    SENTENCE: ClassVar[str]

    @classmethod
    def read(cls, raw: object) -> Self:
        text = super().read(raw)
        if re.fullmatch(cls.PATTERN, text, re.ASCII) is None:
            raise ValueError(cls.SENTENCE)
        return text

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {**super().schema(), "pattern": f"^{cls.PATTERN}$"}

    @classmethod
    def native(cls) -> Any:
        return Annotated[super().native(), msgspec.Meta(pattern=rf"\A(?a:{cls.PATTERN})\Z")]


T = TypeVar("T")


def fill(form: type[T], tree: object) -> T:
    """Fill in a form from parsed JSON. Stops at the first fault with msgspec.ValidationError: see faults.py.

    Texts come out as plain ones: a scalar's own class would cost a call on its way in, and each time it is stored
    or written as JSON another one.
    """
    with _one_at_a_time:
        twin: type[T] = _natively(form)  # type: ignore[arg-type]  # a type can be hashed
    return read(twin, tree)


def read(kind: type[T], tree: object) -> T:
    """As fill, for a field of any type; every scalar reads itself, and says what is wrong in its own words."""
    return msgspec.convert(tree, kind, dec_hook=_read_scalar)


_one_at_a_time = threading.Lock()
"""Two threads that make the same twin at once would make two, and lines of one never equal lines of the other."""


@cache
def _natively(kind: Any) -> Any:
    """The type with all that msgspec can check by itself left to it; the twin of a form is one of its kind."""
    if isinstance(kind, type) and issubclass(kind, Form):
        fields = [
            (field.name, _natively(field.type), msgspec.field(name=field.encode_name, **_default(field)))
            for field in msgspec.structs.fields(kind)
        ]
        return msgspec.defstruct(kind.__name__, fields, bases=(kind,), frozen=True, kw_only=True)
    if isinstance(kind, type) and issubclass(kind, Scalar):
        nearest = next(one for one in kind.__mro__ if {"read", "native"} & vars(one).keys())
        return kind.native() if "native" in vars(nearest) else kind
    if get_origin(kind) is Annotated:
        return Annotated[(_natively(get_args(kind)[0]), *kind.__metadata__)]
    if get_origin(kind) in (Union, types.UnionType):
        return Union[tuple(map(_natively, get_args(kind)))]  # noqa: UP007 - of what is known only now
    return list[_natively(get_args(kind)[0])] if get_origin(kind) is list else kind  # type: ignore[misc]


def _default(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    given = {"default": field.default, "default_factory": field.default_factory}
    return {name: value for name, value in given.items() if value is not msgspec.NODEFAULT}


def refill(form: type[T], stored: str) -> T:
    """Fill in a form again from the JSON that it was stored as. Its decimals never become binary fractions."""
    return fill(form, _decoder.decode(stored))


def encode(noun: object) -> bytes:
    """JSON in the guide's form: camelCase, and decimals as numbers with all their digits (`5000.00`)."""
    body = _encoder.encode(noun)
    return _TINY.sub(_write_plainly, body) if b"E-" in body else body


def canonical(content: object) -> bytes:
    """JSON that is the same whoever writes it: keys in order, no spaces, UTF-8, decimals as strings."""
    return _canonical.encode(content)


def noun_fields(noun: Noun, *without: str) -> dict[str, Any]:
    """The fields of a noun by their names on the wire, but for those of these Python names."""
    names = zip(noun.__struct_fields__, noun.__struct_encode_fields__, strict=True)
    return {wire: getattr(noun, name) for name, wire in names if name not in without}


def etag(body: bytes) -> str:
    """The strong ETag of an object's JSON: equal bytes, equal tag."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(if_match: str, body: bytes) -> bool:
    """Whether an If-Match header names this JSON; `*` names any."""
    tags = [tag.strip() for tag in if_match.split(",")]
    return "*" in tags or etag(body) in tags


def is_known(if_none_match: str, body: bytes) -> bool:
    """Whether an If-None-Match header names this body, also as the weak tag that a proxy makes of it."""
    return matches(if_none_match.replace("W/", ""), body)


def _read_scalar(scalar: type[Any], raw: object) -> object:
    return scalar.read(raw)


def _write_scalar(value: object) -> object:
    if isinstance(value, Decimal):
        return Decimal(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_TINY: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9.]+E-[0-9]+')
"""A text, to be passed over, or a number that Python writes with an exponent (`1E-7`)."""


def _write_plainly(found: re.Match[bytes]) -> bytes:
    token = found[0]
    return token if token.startswith(b'"') else format(Decimal(token.decode()), "f").encode()


_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_write_scalar)
_canonical = msgspec.json.Encoder(decimal_format="string", order="sorted", enc_hook=_write_scalar)
_decoder = msgspec.json.Decoder(float_hook=Decimal)
