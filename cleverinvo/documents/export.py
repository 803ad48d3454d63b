"""Many documents as one ZIP archive, made while it is sent, so that its size needs no memory."""

import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final, Literal

import msgspec

from cleverinvo.db.engine import Database
from cleverinvo.documents import actions
from cleverinvo.documents.einvoice import cii, compliance
from cleverinvo.documents.renderer import Renderer
from cleverinvo.documents.rules import Document
from cleverinvo.errors import Fault, Invalid, Problem
from cleverinvo.invoices import lists
from cleverinvo.invoices.forms import ListInvoices

PAGE: Final = 100
FAILURES: Final = "NOT-INCLUDED.txt"
"""The file that names every document that could not be had; without it, all of them are there."""

Include = Literal["pdf", "xml", "all"]


class ExportInvoices(ListInvoices, frozen=True):
    """Which invoices to export: the filters of the list, without its pages."""

    include: Include = "pdf"


def refuse_pages(form: ExportInvoices) -> None:
    """An export is the whole list. Raises Invalid for what would make it a part."""
    defaults = ExportInvoices()
    faults = [
        Fault(name, "An export has no pages")
        for name in ("page", "limit", "cursor")
        if getattr(form, name) != getattr(defaults, name)
    ]
    if faults:
        raise Invalid(faults)


async def stream(
    database: Database, renderer: Renderer, account_id: int, form: ExportInvoices
) -> AsyncGenerator[bytes, None]:
    """The archive of everything that the form asks for, in pieces."""
    async for piece in archive(renderer, _documents(database, account_id, form), form.include):
        yield piece


async def archive(
    renderer: Renderer, documents: AsyncIterator[Document], include: Include = "pdf"
) -> AsyncGenerator[bytes, None]:
    """Documents in one archive, in pieces. What cannot be had is told in a file of its own."""
    sink = Sink()
    failures: list[str] = []
    with zipfile.ZipFile(sink, "w") as file:
        async for document in documents:
            try:
                for ending, content in await _files(renderer, document, include):
                    file.writestr(_entry(document, ending), content)
            except Problem as problem:
                failures.append(f"{document.name}: {problem.message}\n")
            yield sink.take()
        if failures:
            file.writestr(FAILURES, "".join(failures))
    yield sink.take()


async def _documents(database: Database, account_id: int, form: ExportInvoices) -> AsyncIterator[Document]:
    window: ListInvoices = msgspec.structs.replace(form, limit=PAGE)
    while True:
        page = await database.scan(lists.page, account_id, window)
        for invoice in page.data:
            yield await database.scan(actions.of_invoice, account_id, invoice)
        if page.pagination.next_cursor is None:
            return
        window = msgspec.structs.replace(window, cursor=page.pagination.next_cursor)


async def _files(renderer: Renderer, document: Document, include: Include) -> list[tuple[str, bytes]]:
    files = []
    if include in ("pdf", "all"):
        files.append(("pdf", await renderer.pdf(document)))
    if include in ("xml", "all"):
        actions.refuse_incomplete(compliance.check(document))
        files.append(("xml", cii.write(document).encode()))
    return files


def _entry(document: Document, ending: str) -> zipfile.ZipInfo:
    """A number may hold slashes and dots; a name in an archive may not lead out of its folder."""
    name = document.name.replace("/", "-").replace("\\", "-").lstrip(".")
    year, month, day = (int(part) for part in document.issue_date.split("-"))
    return zipfile.ZipInfo(f"{name}.{ending}", (min(max(year, 1980), 2107), month, day, 0, 0, 0))


class Sink:
    """A file that can only be written, and is emptied as it fills."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """Nor anything to let go of."""

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
