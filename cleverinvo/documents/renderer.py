"""Documents as bytes: set when they are asked for, and once an invoice is sent, stored and the same for ever."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions, store
from cleverinvo.documents.pdf.typesetter import Typesetter
from cleverinvo.documents.rules import Document, Kind
from cleverinvo.documents.storage import Storage
from cleverinvo.errors import Damaged, NotFound, Unavailable

STORAGE_THREADS: Final = 4

DRAWN_AT_ONCE: Final = 4
"""Previews that are made or wait; whoever types meanwhile asks again."""

BATCH: Final = 50
"""Documents that the worker makes between two looks at its other work."""

T = TypeVar("T")

Finder = Callable[[Tx, int, str], Document]
"""Gives the document of an account's invoice or credit note by its id."""

logger = logging.getLogger("cleverinvo.documents")


class Renderer:
    """Gives every document's bytes. Nothing here runs inside a transaction."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        finders: Mapping[Kind, Finder],
        typesetter: Typesetter | None = None,
    ) -> None:
        """`finders` gather the documents of each kind that is kept."""
        self._database = database
        self._finders = finders
        self._storage = storage
        self._typesetter = typesetter or Typesetter()
        self._threads = ThreadPoolExecutor(STORAGE_THREADS, thread_name_prefix="storage")
        self._after = dict.fromkeys(finders, 0)
        self._drawing = 0

    async def pdf(self, document: Document) -> bytes:
        """The document's bytes: of a sent invoice those that are kept, which are made now if nobody has yet.

        Raises Damaged where they were kept and are gone or altered: they are never made again.
        """
        if document.sha256 is not None:
            return await self._fetch(document.sha256)
        pdf = await self._typesetter.set(document)
        return await self._keep(document, pdf) if document.is_frozen else pdf

    async def draw(self, document: Document) -> bytes:
        """The first page as a picture, of a document that is nowhere stored. Few at a time: PDFs go first."""
        if self._drawing >= DRAWN_AT_ONCE:
            raise Unavailable("Too many previews are being made; try again shortly.")
        self._drawing += 1
        try:
            return await self._typesetter.draw(document)
        finally:
            self._drawing -= 1

    async def keep_due(self) -> bool:
        """Make and store some of the documents of invoices sent lately; whether there are more.

        What fails is tried again when its turn comes, and holds up no other.
        """
        return any([await self._keep_due(kind) for kind in self._finders])

    async def forget(self, hashes: Sequence[str]) -> None:
        """Delete stored documents, but for those that are some account's after all. What cannot be, is told."""
        used = await self._database.scan(store.find_used, hashes)
        for sha256 in set(hashes) - used:
            try:
                await self._call(lambda sha256=sha256: self._storage.forget(sha256))  # type: ignore[misc]
            except Unavailable as error:
                logger.warning("the document %s of a removed account is left: %s", sha256, error)

    def close(self) -> None:
        self._typesetter.close()
        self._threads.shutdown(cancel_futures=True)

    async def _keep_due(self, kind: Kind) -> bool:
        due = await self._database.scan(store.list_unprinted, kind, self._after[kind], BATCH)
        is_more = len(due) == BATCH
        self._after[kind] = due[-1].seq if is_more else 0
        for one in due:
            try:
                await self.pdf(await self._database.scan(self._finders[kind], one.account_id, one.id))
            except Unavailable as error:
                logger.warning("the document of %s waits: %s", one.id, error)
                return False
            except NotFound:
                continue  # removed meanwhile
            except Exception:
                logger.exception("the document of %s could not be made", one.id)
        return is_more

    async def _keep(self, document: Document, pdf: bytes) -> bytes:
        """Store the bytes, then note their hash. Whoever was first, in whichever process, made the document."""
        sha256 = await self._call(lambda: self._storage.keep(pdf))
        try:
            recorded = await self._database.write(
                actions.keep, document.account_id, document.kind, document.id, sha256
            )
        except NotFound:  # removed meanwhile, with its account
            await self.forget([sha256])
            raise
        return pdf if recorded == sha256 else await self._fetch(recorded)

    async def _fetch(self, sha256: str) -> bytes:
        try:
            return await self._call(lambda: self._storage.fetch(sha256))
        except Damaged as damage:
            logger.error("%s", damage)
            raise

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
