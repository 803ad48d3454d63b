"""Routes as rooms declare them: what is taken, what is given, and which handler does it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from cleverinvo.errors import MethodNotAllowed, NotFound
from cleverinvo.shapes import Form
from cleverinvo.web.body import BODY_BYTES_MAX
from cleverinvo.web.request import Request

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[[Request], Awaitable[Any]]

API: Final = "/api/v1"

_VALUE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Nothing(Form, frozen=True):
    """A request without fields."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation of the API, and all that its documentation says of it."""

    method: Method
    path: str
    handler: Handler
    tag: str
    takes: type[Form] = Nothing
    query: type[Form] = Nothing
    gives: Any = None
    """The noun of the answer; None where there is no body."""
    status: int = 200
    media_type: str = "application/json"
    streams: bool = False
    """Whether the body is sent while it is made; it has no ETag then."""
    follows: bool = False
    """Whether who accepts text/event-stream gets the same as server-sent events, without end."""
    collection: str | None = None
    """Where a created object is found afterwards: the Location of the answer is this and its id."""
    media_types: tuple[str, ...] = ()
    """What is sent instead of JSON, such as `image/png`; the body is then an Upload."""
    body_bytes_max: int = BODY_BYTES_MAX
    raises: tuple[str, ...] = ()
    """Codes of errors that do not follow from all this."""
    only_reads: bool = False
    """Whether a key that may only read may call it."""

    @property
    def name(self) -> str:
        """Such as `POST /api/v1/invoices/{id}/void`."""
        return f"{self.method} {API}{self.path}"

    @property
    def needs_body(self) -> bool:
        """Whether something must be sent; a POST whose fields can all be left out may come without a body."""
        fields = msgspec.structs.fields(self.takes)
        return bool(self.media_types) or self.method in ("PUT", "PATCH") or any(one.required for one in fields)

    @property
    def summary(self) -> str:
        """The first sentence of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0].rstrip(".")


class Routes:
    """The routes of one room, in the order in which the room tells of them."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Route] = []

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._add("GET", path, only_reads=True, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._add("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._add("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._add("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._add("DELETE", path, status=204, **declared)

    def _add(self, method: Method, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        def remember(handler: Handler) -> Handler:
            self.all.append(Route(method=method, path=path, handler=handler, tag=self.tag, **declared))
            return handler

        return remember


class Map:
    """All routes by the segments of their paths; a segment in braces takes what an id is made of."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root: dict[str, Any] = {}
        for route in routes:
            node = self._root
            for segment in route.path.split("/")[1:]:
                node = node.setdefault("{}" if segment.startswith("{") else segment, {})
            node.setdefault("/", {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route for a request, and the values of its path. HEAD is answered as GET."""
        node, values = self._root, []
        for segment in path.split("/")[1:]:
            if segment in node:
                node = node[segment]
            elif "{}" in node and _VALUE.fullmatch(segment):
                node = node["{}"]
                values.append(segment)
            else:
                raise NotFound("There is nothing at this path.")
        methods: dict[str, Route] = node.get("/", {})
        if not methods:
            raise NotFound("There is nothing at this path.")
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            raise MethodNotAllowed(sorted({*methods, "HEAD"} if "GET" in methods else methods))
        names = [segment.strip("{}") for segment in route.path.split("/") if segment.startswith("{")]
        return route, dict(zip(names, values, strict=True))
