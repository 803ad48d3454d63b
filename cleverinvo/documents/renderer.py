"""Documents to PDF, on a few threads of their own, so that rendering never holds up an answer."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec

from cleverinvo.documents import view
from cleverinvo.documents.rules import Document
from cleverinvo.errors import Unavailable

THREADS: Final = 2
WAITING_MAX: Final = 200
TEMPLATE: Final = Path(__file__).parent / "pdf" / "invoice.typ"


class Renderer:
    """A compiler for each thread: one compiler used by two threads at once refuses to work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pdf")
        self._of_thread = threading.local()
        self._waiting = 0
        self._lock = threading.Lock()
        self._fonts: Any = None
        self._cleaner: Any = None

    async def pdf(self, document: Document) -> bytes:
        """The document's bytes; the same document gives the same bytes."""
        if self._waiting >= WAITING_MAX:
            raise Unavailable("Too many documents are being made; try again shortly.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._render, document)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _render(self, document: Document) -> bytes:
        compiler = getattr(self._of_thread, "compiler", None)
        if compiler is None:
            compiler = self._of_thread.compiler = self._make_compiler()
        data = self._cleaner.clean_all(view.of_document(document))
        pdf: bytes = compiler.compile(
            format="pdf",
            sys_inputs={"data": msgspec.json.encode(data).decode()},
            pdf_standards=["a-3b", "ua-1"],
        )
        return pdf

    def _make_compiler(self) -> Any:
        import fontpkg_inter
        import typst

        from cleverinvo.documents.text import Cleaner

        with self._lock:
            if self._fonts is None:
                folder = Path(fontpkg_inter.__file__).parent / "files"
                self._cleaner = Cleaner(sorted(folder.glob("*.ttf")))
                self._fonts = typst.Fonts(
                    include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
                )
        return typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=self._fonts)
