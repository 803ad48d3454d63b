"""Lists as pages ask for them: the API's own query forms, filled in from addresses that people may type."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.responses import Response, StreamingResponse

from cleverinvo.errors import Problem
from cleverinvo.paging import Window
from cleverinvo.site.visit import HEADERS, Faults, Said, Visit
from cleverinvo.web.query import fill_query

PAGE_ROWS: Final = 25
EXPORT_ROWS: Final = 100

W = TypeVar("W", bound=Window)


def ask(visit: Visit, form: type[W]) -> tuple[W, Said, Faults]:
    """What an address asks for, its fields for links, and what is wrong with it: then everything is shown."""
    text = visit.request.scope["query_string"].decode("latin-1")
    fields = Said({name: value for name, value in parse_qsl(text, max_num_fields=50) if value.strip()})
    raw = urlencode({"limit": str(PAGE_ROWS), **fields}).encode()
    try:
        return fill_query(form, raw), fields, Faults([])
    except Problem as problem:
        return form(limit=PAGE_ROWS), Said(), Faults.of(problem)


async def find(visit: Visit, form: type[W], page: Callable[..., Any]) -> dict[str, Any]:
    """What the page of a list shows: what was asked for, what is wrong with that, and the nouns on one page."""
    query, fields, wrong = ask(visit, form)
    found = await visit.scan(page, query)
    return {"account": await visit.account(), "query": fields, "faults": wrong, "found": found}


async def as_csv(
    visit: Visit, name: str, head: Sequence[str], query: Window, page: Callable[..., Any], rows: Callable[..., Any]
) -> Response:
    """Every row that the query asks for as a file, a page at a time: however many there are, memory stays small.

    `rows` is a question that gives the cells for the nouns of one page.
    """

    async def lines() -> AsyncIterator[bytes]:
        yield BOM + _line(head)
        window = msgspec.structs.replace(query, limit=EXPORT_ROWS, page=1, cursor=None)
        while True:
            found = await visit.scan(page, window)
            cells = await visit.scan(rows, found.data)
            yield b"".join(map(_line, cells))
            cursor = found.pagination.next_cursor
            if cursor is None:
                return
            window = msgspec.structs.replace(window, cursor=cursor)

    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def csv_of(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A small table as a file."""
    return BOM + b"".join(map(_line, [head, *rows]))


BOM: Final = b"\xef\xbb\xbf"
"""Tells a spreadsheet that the file is UTF-8."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def _line(cells: Sequence[Any]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return file.getvalue().encode()


def safe(cell: Any) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe (OWASP); numbers stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
    return format(cell, "f")
