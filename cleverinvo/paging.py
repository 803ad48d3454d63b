"""Pages of a list: which one is asked for, and how it is answered."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec

from cleverinvo.errors import Fault, Invalid
from cleverinvo.shapes import Form, Label, Noun

T = TypeVar("T")

PAGE_MAX: Final = 1_000_000


class Cursor(Label):
    """The `nextCursor` of the page before."""

    MAX = 64


class Query(Label):
    """Words to find: each must begin a word of what is found, whatever its case and accents."""

    MAX = 200


class Window(Form, frozen=True):
    """Which part of a list is asked for: a page by its number, or what follows a cursor."""

    page: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 1
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: Cursor | None = None
    sort: str = "-createdAt"


class Pagination(Noun, frozen=True):
    page: int
    limit: int
    total: int
    total_is_exact: bool
    """Whether `total` was counted to the end; counting filtered lists stops at 10,000."""
    total_pages: int
    has_more: bool
    next_cursor: str | None


class Page(Noun, Generic[T], frozen=True):
    data: Sequence[T]
    pagination: Pagination


def refuse_page_and_cursor(window: Window) -> None:
    if window.cursor is not None and window.page != 1:
        raise Invalid([Fault("cursor", "Use either page or cursor")])


def page_of(found: Sequence[Any], window: Window, total: int, *, is_exact: bool = True) -> Page[Any]:
    """The page for `found`, which holds one more than the limit where there is more."""
    has_more = len(found) > window.limit
    data = found[: window.limit]
    return Page(
        data=data,
        pagination=Pagination(
            page=window.page,
            limit=window.limit,
            total=total,
            total_is_exact=is_exact,
            total_pages=-(-total // window.limit),
            has_more=has_more,
            next_cursor=data[-1].id if has_more else None,
        ),
    )
