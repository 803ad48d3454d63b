"""Documents to PDF bytes, on a few threads of their own, so that setting type never holds up an answer."""

import asyncio
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec

from cleverinvo.documents import labels
from cleverinvo.documents.einvoice import cii, compliance
from cleverinvo.documents.pdf import facturx, fonts, view
from cleverinvo.documents.pdf.scratch import Scratch
from cleverinvo.documents.pdf.text import Cleaner
from cleverinvo.documents.rules import Document
from cleverinvo.documents.words import Words
from cleverinvo.errors import Unavailable

THREADS: Final = 2
WAITING_MAX: Final = 200
SECONDS_MAX: Final = 30
"""How long one asks for a document before giving up; the largest that can be takes three."""

DRAWN_PPI: Final = 96
"""Pixels to the inch of a page that is only looked at: 794 by 1,123 of A4."""

TEMPLATE: Final = Path(__file__).parent / "template"

SHORT_LINES_MAX: Final = 16
SHORT_TEXT_MAX: Final = 2_000
"""What probably fits on one page, which is set faster when page numbers need not be found out."""

_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")
_PLAIN: Final = [*range(0x20, 0x7F), *range(0xA1, 0x100)]

logger = logging.getLogger("cleverinvo.documents")


class Typesetter:
    """A press for each thread: one compiler used by two threads at once refuses to work."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pdf")
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._waiting = 0
        self._shop: Shop | None = None

    async def set(self, document: Document) -> bytes:
        """The document's bytes; equal documents give equal bytes. Raises Unavailable when too much is asked."""
        return await self._ask(self.set_now, document)

    async def draw(self, document: Document) -> bytes:
        """The document's first page as a picture (PNG), to be looked at before anything is stored."""
        return await self._ask(lambda document: self._press().draw(document), document)

    async def _ask(self, work: Callable[[Document], bytes], document: Document) -> bytes:
        if self._waiting >= WAITING_MAX:
            raise Unavailable("Too many documents are being made; try again shortly.")
        self._waiting += 1
        future = self._threads.submit(work, document)
        future.add_done_callback(lambda _: self._finish())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), SECONDS_MAX)
        except TimeoutError:
            logger.error("document %s took longer than %s s", document.id, SECONDS_MAX)
            raise Unavailable("The document took too long to make; try again shortly.") from None

    def set_now(self, document: Document) -> bytes:
        """The same, on the thread that calls."""
        return self._press().set(document)

    def _press(self) -> "Press":
        """The press of the thread that calls."""
        press: Press | None = getattr(self._of_thread, "press", None)
        if press is None:
            with self._lock:
                self._shop = self._shop or Shop()
            press = self._of_thread.press = Press(self._shop)
        return press

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        if self._shop is not None:
            self._shop.close()

    def _finish(self) -> None:
        with self._lock:
            self._waiting -= 1


class Shop:
    """What all presses share: a folder, the fonts, and which characters they have."""

    def __init__(self) -> None:
        import typst  # only when the first document is made

        self._scratch = Scratch()
        self.folder = self._scratch.path
        self.fonts = fonts.find()
        self.languages = frozenset(language for language in labels.LANGUAGES if self.fonts.can_print(language))
        self.cleaner = Cleaner(fonts.coverage(self.fonts.text_files))
        cases = self.folder / "fonts"
        cases.mkdir()
        for number, path in enumerate(self.fonts.files):  # by link: the packages' folders hold italics as well
            (cases / f"{number}{path.suffix}").symlink_to(path)
        self.faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(cases)])

    def close(self) -> None:
        self._scratch.close()


class Press:
    """One compiler with a folder of its own: the template, and beside it the data of the document being set.

    The folder is all that a template can read; text comes to it as JSON, never as markup.
    """

    def __init__(self, shop: Shop) -> None:
        import typst

        self._shop = shop
        self._folder = Path(tempfile.mkdtemp(dir=shop.folder))
        for path in TEMPLATE.glob("*.typ"):
            shutil.copy(path, self._folder)
        main = self._folder / "document.typ"
        self._compiler = typst.Compiler(str(main), root=str(self._folder), font_paths=shop.faces)

    def set(self, document: Document) -> bytes:
        """The document's bytes."""
        is_billing = document.kind in ("invoice", "credit_note")
        xml = cii.write(document) if is_billing and compliance.check(document).ready else None
        pdf = self._try(document, lambda shown, words, cleaner: self._print(shown, words, cleaner, xml))
        return facturx.mark(pdf) if xml else pdf

    def draw(self, document: Document) -> bytes:
        """The first page as PNG."""
        return self._try(document, self._draw)

    def _try(self, document: Document, work: Callable[[Document, Words, Cleaner], bytes]) -> bytes:
        """What cannot be set is set in plain letters and without logo; the log tells."""
        words = Words(document.locale, document.currency, self._shop.languages)
        try:
            return work(document, words, self._shop.cleaner)
        except RuntimeError as error:
            logger.warning("document %s is set in plain letters: %s", document.id, error)
            words = Words(labels.FALLBACK, document.currency)
            return work(document._replace(logo=None), words, Cleaner(_PLAIN))

    def _draw(self, document: Document, words: Words, cleaner: Cleaner) -> bytes:
        data = view.of_document(document, words, self._shop.fonts, cleaner)
        data |= {"xml": None, **self._logo(document), "carry": [], "running": False, "pages": 1}
        self._lay_out(data)
        pages = self._compiler.compile(format="png", ppi=DRAWN_PPI)
        assert pages is not None
        return pages if isinstance(pages, bytes) else pages[0]

    def _print(self, document: Document, words: Words, cleaner: Cleaner, xml: str | None) -> bytes:
        data = view.of_document(document, words, self._shop.fonts, cleaner)
        data |= {"xml": xml, **self._logo(document), "carry": []}
        pages = 1 if data["slip"] is None else 2
        if _is_short(document):
            pdf = self._compile({**data, "running": False, "pages": pages})
            if _count_pages(pdf) == pages:
                return pdf
        carry = cleaner.clean_all(view.carried(document, words), is_rtl=words.is_rtl)
        return self._compile({**data, "running": True, "pages": pages, "carry": carry})

    def _compile(self, data: dict[str, Any]) -> bytes:
        self._lay_out(data)
        pdf = self._compiler.compile(format="pdf", pdf_standards=["a-3b", "ua-1"])
        assert isinstance(pdf, bytes)  # other formats come page by page
        return pdf

    def _lay_out(self, data: dict[str, Any]) -> None:
        (self._folder / "data.json").write_bytes(msgspec.json.encode(data))

    def _logo(self, document: Document) -> dict[str, Any]:
        logo = document.logo
        if logo is None:
            return {"logo": None}
        path = self._folder / f"{logo.sha256}.{_ENDINGS[logo.media_type]}"
        if not path.exists():
            for other in self._folder.glob("????????*.[pjs][npv]g"):
                other.unlink()
            path.write_bytes(logo.content)
        return {"logo": path.name, "logo_ratio": logo.width / logo.height}


def _is_short(document: Document) -> bool:
    text = sum(len(line.item.description) for line in document.lines)
    text += len(document.notes or "") + len(document.terms or "")
    count = len(document.lines) + len(document.balance.bookings if document.balance else ())
    return count <= SHORT_LINES_MAX and text <= SHORT_TEXT_MAX


def _count_pages(pdf: bytes) -> int:
    found = _PAGES.search(pdf)
    assert found is not None, "typst writes its page tree otherwise"
    return int(found[1])
